/// The words of the broker: what an account is made of, what it fills, what it refuses.
#pragma once

#include "actors/accounting/costs.hpp"
#include "actors/accounting/kept_feature.hpp"
#include "actors/accounting/latency.hpp"
#include "actors/market/instrument.hpp"
#include "actors/market/time.hpp"
#include "schemas/control_generated.h"
#include "schemas/results_generated.h"

#include <cstdint>
#include <string>
#include <vector>

namespace finch::broker {

using market::InstrumentId;
using market::Money;
using market::Round;
using market::TimeNs;

/// Why an order or a vote came to nothing. Codes start at 100, so that they never meet those of risk.
enum class Reason : std::uint16_t {
  unknown_instrument = 100, ///< the account does not trade it
  no_short,                 ///< a short entry where only derivatives can be sold short
  position_open,            ///< an entry while a position is open
  order_pending,            ///< an entry or exit while another is on its way
  nothing_open,             ///< a reducing order without a position
  zero_quantity,            ///< nothing left after rounding down to the lot
  below_min_notional,       ///< less than the venue accepts
  no_price,                 ///< nothing has traded yet
  no_stop,                  ///< an entry without a stop has no size
  no_liquidity,             ///< no volume in the last day
  near_liquidation,         ///< the stop lies too close to the liquidation price
  too_large,                ///< the notional would not fit the ledger
  expired,                  ///< no print came before the order's time was up
  no_equity,                ///< the account is ruined
  cancelled,                ///< withdrawn by a flatten or at the end
};

/// The code's name, as reports print it.
[[nodiscard]] const char* to_string(Reason reason) noexcept;

/// One fill. `value` is price × quantity ≥ 0, rounded once; what it cost apart from the price stands beside
/// it.
struct Fill {
  std::uint64_t order_id = 0; ///< for resting exits the id of the entry
  InstrumentId instrument = 0;
  TimeNs time_ns = 0;
  std::int64_t price = 0, quantity = 0; ///< in the instrument's units; quantity > 0
  int side = 0;                         ///< 1 buy, -1 sell
  bool closes = false;
  bool maker = false;
  fb::ExitReason reason = fb::ExitReason::stop; ///< meaningful when `closes`
  Money value{}, fee{}, spread{}, slippage{};
};

/// An order or vote that came to nothing.
struct Refusal {
  Round round = 0; ///< round it was decided or refused in
  InstrumentId instrument = 0;
  std::uint64_t order_id = 0; ///< 0 where no order was made
  Reason reason = Reason::expired;
};

/// What one round did to the account. Fills and trades are in posting order: by time, instrument, sequence.
struct RoundSummary {
  Round round = 0;
  Money cash{}, equity{};
  std::vector<Fill> fills;
  std::vector<fb::Trade> trades;
  std::vector<Refusal> refusals; ///< also those of the orders submitted at this round's close, once they are
};

/// Something that is not a tick and changes behaviour (schemas/control.fbs), as the digest knows it.
struct ControlNote {
  Round round = 0; ///< takes effect at its close
  fb::ControlKind kind = fb::ControlKind::promotion;
  std::uint64_t subject_hash = 0, detail_hash = 0;
};

/// Which features describe a trade. Without timeframes no feature blocks are expected and trades tell
/// nothing.
struct ContextTerms {
  std::size_t regime = 0;      ///< index of `market_regime` in the feature blocks
  std::vector<int> timeframes; ///< minutes of the blocks that will be told
  /// By instance: the values that are kept of an entry.
  std::vector<std::vector<accounting::KeptFeature>> features;
};

/// Everything that makes two accounts differ, apart from what they are told to trade.
struct AccountConfig {
  std::string name = "desk";
  int instance = -1;            ///< index of the instance; -1 is the desk
  Round first_round = 0;        ///< the first round that will be closed
  Round trade_from = INT64_MIN; ///< nothing is traded before; the equity curve begins with the hour before
  Money start_equity{10'000'00000000};
  accounting::CostModel costs;
  accounting::LatencyModel latency;
  std::uint64_t seed = 0;     ///< key of the latencies
  double leverage = 1;        ///< of isolated positions, for liquidation only
  double maintenance = 0.004; ///< margin rate below which the venue liquidates
  int minutes = 1;            ///< an entry lives one bar of this timeframe
  /// Timeframe by the bracket's instance, for the desk; instances past its end use `minutes`.
  std::vector<int> instance_minutes;
  ContextTerms context;
  std::vector<ControlNote> controls; ///< ascending rounds
  Round record_from = INT64_MAX;     ///< from here on records are kept for the journal, until they are taken
};

} // namespace finch::broker
