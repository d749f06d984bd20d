/// The page about backtests: what a trader looks at first, and what luck could have done.
#pragma once

#include "actors/reporting/account.hpp"
#include "actors/reporting/price_series.hpp"

#include <string>
#include <vector>

namespace finch::reporting {

/// One instance's book and what its figures are worth. Unknown figures are NaN.
struct BacktestLine {
  Account account;
  double score = unknown, eep = unknown; ///< 0 to 100
  double sortino = unknown;
  double psr = unknown, dsr = unknown; ///< probability that the true Sharpe ratio is above 0; deflated
  double min_track_record_days = unknown;
  double haircut_sharpe = unknown; ///< what Bonferroni leaves of the annual Sharpe ratio
  double payoff = unknown, breakeven_win_rate = unknown;
  bool beats_breakeven = false;                ///< by two standard errors
  bool profitable_at_stress = false;           ///< at 1.5 times the costs
  double cost_share = unknown;                 ///< of gross winnings
  std::size_t folds = 0, profitable_folds = 0; ///< of the walk-forward over its own equity
};

/// A spec chosen anew in each fold of a walk-forward by what came before it.
struct WalkForwardLine {
  std::string name; ///< strategy and timeframe
  std::size_t variants = 0, folds = 0, profitable_folds = 0;
  double inside_sharpe = unknown,
         outside_sharpe = unknown; ///< annual: mean of the chosen in training; outside
  double outside_return = unknown;
};

/// All a backtest page shows. Nothing in it depends on the wall clock, so one backtest makes one page.
struct BacktestReport {
  std::string title = "Backtest";
  std::string command, build;
  std::string speed; ///< `exact` or `screen`
  market::TimeNs from_ns = 0, to_ns = 0, holdout_from_ns = 0;
  std::string currency = "USDT";
  bool synthetic = false;
  std::size_t instruments = 0;
  std::vector<BacktestLine> lines; ///< best first
  std::size_t detailed = 24;       ///< so many of them are shown in detail
  std::vector<WalkForwardLine> walks;
  std::vector<PriceSeries> prices;
  std::int64_t trials_total = 0;
  double effective_trials = unknown;   ///< clusters of what was compared here
  double best_by_luck = unknown;       ///< annual Sharpe the best of all trials shows without any skill
  double min_backtest_years = unknown; ///< for an annual Sharpe of 1 after so many trials
  double pbo = unknown, spa_p = unknown;
  bool holdout = false; ///< the window is the holdout: this was the one look
  std::vector<std::string> notes, warnings;
};

/// The page as one HTML document that loads nothing.
[[nodiscard]] std::string render_html(const BacktestReport& report);

} // namespace finch::reporting
