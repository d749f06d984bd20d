/// Position size from risk and limits (reference 6.6), for books and for the desk alike.
#pragma once

#include "actors/market/instrument.hpp"

#include <cstdint>
#include <limits>

namespace finch::accounting {

/// Everything in quote unless it says otherwise. An infinite limit does not bind.
struct SizingInputs {
  double equity = 0;
  double risk_fraction = 0.01; ///< of equity, lost when the stop is hit
  double entry = 0;            ///< expected entry price
  double stop_distance = 0;    ///< |entry − stop|; nothing positive: no trade
  double round_trip_cost = 0;  ///< fraction of notional
  double coin_cap = 0.25;      ///< of equity, per instrument
  double coin_exposure = 0;    ///< notional the instrument already carries
  double max_leverage = 2;     ///< gross exposure over equity
  double gross_exposure = 0;   ///< notional of all open positions
  double daily_loss_left = std::numeric_limits<double>::infinity();
  double open_risk = 0; ///< Σ loss to the stops, costs included
};

/// What decided the size.
enum class Limit : std::uint8_t { risk, coin_cap, leverage, open_risk, no_stop, lot, min_notional };

[[nodiscard]] const char* to_string(Limit limit) noexcept;

/// A size and how it came about. `q_*` are in base, before rounding.
struct Size {
  std::int64_t quantity = 0; ///< quantity units, a multiple of the lot; 0: no trade
  Limit binding = Limit::no_stop;
  double q_risk = 0, q_coin_cap = 0, q_leverage = 0, q_open_risk = 0;
};

/// qty = min(equity·risk/u, coin cap, leverage left, open risk left) with u = stop distance + cost·entry,
/// rounded down to the lot; `binding` names the least, or why nothing is left. Inputs that are not numbers
/// give no trade.
[[nodiscard]] Size size_position(const SizingInputs& inputs, const market::Instrument& instrument) noexcept;

} // namespace finch::accounting
