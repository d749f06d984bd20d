/// What a set of instances compared on the same data is worth together: overfitting, luck, and what is left.
#pragma once

#include "actors/evolution/ledger.hpp"
#include "actors/interfaces.hpp"

namespace finch::evolution {

/// NaN where there is too little to say.
struct Comparison {
  double overfitting = 0;        ///< PBO by CSCV; from ten instances on
  double effective_trials = 0;   ///< clusters of correlated returns
  double spa_p = 1;              ///< p_consistent of Hansen's SPA against cash
  double best_by_luck = 0;       ///< annual Sharpe expected of the best of all trials without skill
  double min_backtest_years = 0; ///< for an annual Sharpe of 1 after so many trials
};

/// Scores of books over the same rounds: `results` are those of `instances`, in order. Cells of one spec's
/// timeframes count together. The scores are not deflated yet.
[[nodiscard]] std::vector<Evaluated> evaluate(std::span<const strategies::Instance> instances,
                                              std::span<const ResultFrame> results,
                                              std::span<const market::Instrument> instruments);
/// Scores them once more, deflated by the search.
void deflate(std::vector<Evaluated>& evaluated, const Search& search);
/// Compares the hourly returns of all of them. The bootstrap is keyed by `seed`.
[[nodiscard]] Comparison compare(std::span<const Evaluated> evaluated, const Search& search,
                                 std::uint64_t seed);

/// A parameter choice made anew in each fold of a purged walk-forward.
struct WalkForwardResult {
  std::size_t folds = 0, profitable_folds = 0;
  double inside_sharpe = 0;  ///< annual, mean over folds of the chosen variant's in training
  double outside_sharpe = 0; ///< annual, of the test spans one after another
  double outside_return = 0;
  std::vector<std::size_t> chosen; ///< variant per fold
};
/// Each fold takes the variant with the best Sharpe ratio over its training days, and trades the test days
/// after the purge with it. `variants` are hourly returns over the same whole days; ties go to the first.
[[nodiscard]] WalkForwardResult choose_forward(std::span<const std::vector<double>> variants);

} // namespace finch::evolution
