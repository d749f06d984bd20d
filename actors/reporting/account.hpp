/// Accounts and trades as reports see them: doubles in quote currency, names instead of numbers.
#pragma once

#include "actors/market/data.hpp"
#include "actors/market/instrument.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace finch::fb {
struct AccountResult;
}

namespace finch::reporting {

inline constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// One trade, entry to exit. Costs are positive where paid; `net_quote` is after all of them.
struct TradeLine {
  std::string instrument;
  market::Side side = market::Side::none;
  market::TimeNs entry_time_ns = 0, exit_time_ns = 0;
  double entry_price = 0, exit_price = 0, quantity = 0;
  double fees_quote = 0, funding_quote = 0, net_quote = 0;
  double planned_risk_quote = 0; ///< what the initial stop would have lost; 0 without a stop
  std::string exit_reason;       ///< as `stop`, `target`, `trailing`, `max_hold`
  std::string regime = {};       ///< of the market when it was entered; empty where the caller does not know
};

struct EquityPoint {
  market::TimeNs time_ns = 0;
  double equity_quote = 0;
};

/// How often the account was refused something, and why, in words.
struct RefusalLine {
  std::string reason;
  std::int64_t count = 0;
};

/// An account over a run: the desk's, or the book of one strategy instance.
struct Account {
  std::string name;
  std::int64_t ticks = 0, bars = 0, rounds = 0, votes = 0, decisions = 0, orders = 0, refusals = 0, fills = 0;
  double fees_quote = 0, spread_quote = 0, slippage_quote = 0, funding_quote = 0;
  double equity_start_quote = 0, equity_end_quote = 0;
  double max_drawdown = 0;          ///< fraction of the peak, over every round
  double sharpe = unknown;          ///< where the caller computed it; annualised
  std::vector<TradeLine> trades;    ///< in order of exit
  std::vector<EquityPoint> equity;  ///< in order of time
  std::vector<RefusalLine> refused; ///< most frequent first; the caller finds the words

  [[nodiscard]] double total_return() const noexcept {
    return equity_start_quote > 0 ? equity_end_quote / equity_start_quote - 1 : unknown;
  }
};

/// Reads a result as engines send it. Trades in instruments that are not in `instruments` are named by their
/// number.
[[nodiscard]] Account read_account(const fb::AccountResult& result,
                                   std::span<const market::Instrument> instruments);

/// What a group of trades adds up to. Ratios are those of `statistics::summarise`, NaN where they have no
/// meaning.
struct TradeSummary {
  std::string key;
  std::int64_t trades = 0, wins = 0;
  double net_quote = 0, fees_quote = 0, funding_quote = 0;
  double hold_seconds = 0; ///< in all
  double win_rate = unknown;
  double profit_factor = unknown; ///< capped at 10 without losses
  double expectancy_r = unknown;  ///< mean net in units of planned risk, over trades that had a stop

  [[nodiscard]] double mean_hold_seconds() const noexcept;
};

[[nodiscard]] TradeSummary summarise(std::span<const TradeLine> trades);
/// One summary per distinct value of `key`, best net first, ties by key.
[[nodiscard]] std::vector<TradeSummary> summarise_by(std::span<const TradeLine> trades,
                                                     std::string TradeLine::*key);

} // namespace finch::reporting
