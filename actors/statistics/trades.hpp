/// Metrics of a list of closed trades (reference 2.2).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace finch::statistics {

/// A closed trade as statistics see it. Money in quote, prices in quote per base.
struct TradeOutcome {
  int side = 0; ///< 1 long, -1 short
  std::int64_t close_time_ns = 0;
  double gross = 0;          ///< before every cost
  double costs = 0;          ///< fees, spread, slippage and funding paid
  double risk = 0;           ///< |entry - initial stop| · quantity; 0 where there was no stop
  double fallback_risk = 0;  ///< 1.5·ATR·quantity, used where there was no stop; 0 leaves R undefined
  double planned_reward = 0; ///< |target - entry| / |entry - stop|; 0 where there was no target
  double favourable = 0;     ///< greatest excursion in favour · quantity, quote, ≥ 0
  double adverse = 0;        ///< greatest excursion against · quantity, quote, ≥ 0
  bool stopped = false;      ///< closed by its initial stop

  [[nodiscard]] double net() const noexcept { return gross - costs; }
  /// Money at risk at entry; 0 leaves R undefined.
  [[nodiscard]] double unit() const noexcept { return risk > 0 ? risk : fallback_risk; }
  /// Net result in R; NaN where R is undefined.
  [[nodiscard]] double net_r() const noexcept;
};

/// NaN where a metric is undefined; see each. Trades without a defined R are left out of the R figures.
struct TradeSummary {
  std::size_t trades = 0, wins = 0, losses = 0;
  double net = 0, gross_profit = 0, gross_loss = 0; ///< profit and loss net of costs, both ≥ 0
  double win_rate = 0;      ///< NaN without trades; a net of exactly 0 counts in the denominator only
  double profit_factor = 0; ///< 10, capped, with profit and no loss; NaN without trades
  bool profit_factor_capped = false;
  double expectancy = 0; ///< mean net; NaN without trades
  double expectancy_r = 0;
  double mean_win_r = 0, mean_loss_r = 0; ///< the loss as a positive number
  double payoff = 0;                      ///< mean win R over mean loss R; NaN without wins or losses
  double breakeven_win_rate = 0;          ///< 1 / (1 + payoff)
  double planned_reward = 0;              ///< mean, 2 for trades without a target
  double reward_realisation = 0;          ///< payoff / planned; 1 without losses, 0 without wins
  double mean_favourable_r = 0, mean_adverse_r = 0;
  double profit_capture = 0; ///< Σ max(gross R, 0) / Σ favourable R; 0 without excursions
  double stop_frequency = 0; ///< NaN without trades
  std::size_t breakeven_eligible = 0;
  double breakeven_rate = 0; ///< of trades that saw 0.5 R, the share that kept -0.1 R net; NaN without any
  double cost_share = 0;     ///< all costs over gross winnings; 1 without gross winnings
  double costs = 0;
  double kelly = 0; ///< win rate - (1 - win rate)/payoff; NaN where payoff is
};

[[nodiscard]] TradeSummary summarise(std::span<const TradeOutcome> trades);
/// mean R / deviation R · √(trades a year); informational. NaN below two trades or without spread.
[[nodiscard]] double trade_sharpe(std::span<const TradeOutcome> trades, double days_observed);
/// Returns of each UTC day from `first_day` through `last_day` (days since the epoch): the day's net result
/// over the equity at its start, days without a close included.
[[nodiscard]] std::vector<double> daily_returns(std::span<const TradeOutcome> trades, double start_equity,
                                                std::int64_t first_day, std::int64_t last_day);
/// Whether the win rate beats its break-even by two standard errors.
[[nodiscard]] bool beats_breakeven(const TradeSummary& summary) noexcept;

} // namespace finch::statistics
