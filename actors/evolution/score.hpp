/// One instance judged on the evidence of its book.
#pragma once

#include "actors/evolution/evidence.hpp"
#include "actors/statistics/drift.hpp"
#include "actors/statistics/scores.hpp"

#include <string>
#include <vector>

namespace finch::evolution {

/// How much searching stands behind a score.
struct Search {
  double trials = 1;          ///< all ever evaluated on this data
  double sharpe_variance = 0; ///< across trials, per observation; ≤ 0: unknown
};

/// NaN means undefined or too little to say (below 30 trades or 30 hours).
struct Score {
  std::string instance; ///< id, as in the registry
  statistics::TradeSummary trades;
  statistics::Eep eep;
  statistics::Composite composite;
  double days = 0;
  double total_return = 0, max_drawdown = 0;
  double sharpe = 0, sortino = 0; ///< annual, from hourly buckets, with Lo's factor
  double psr = 0, dsr = 0;
  double sharpe_per_hour = 0;
  double min_track_record_days = 0;  ///< to show a positive Sharpe at 90 %; infinite when it is not positive
  bool profitable_at_stress = false; ///< still, at 1.5 times the costs
  std::size_t folds = 0, profitable_folds = 0, cells = 0, profitable_cells = 0;
  double trades_per_day = 0, cost_bps = 0;
  std::vector<double> hourly_returns; ///< for correlation and PBO
};

/// `drift` is NaN where there is no forward data. `cells` may hold more than the evidence's own (other
/// timeframes).
[[nodiscard]] Score score(std::string instance, const Evidence& evidence, std::span<const Cell> cells,
                          const Search& search, double drift);
/// The figures drift compares.
[[nodiscard]] statistics::DriftMetrics drift_metrics(const Score& score) noexcept;

} // namespace finch::evolution
