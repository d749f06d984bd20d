/// Probability of backtest overfitting by combinatorially symmetric cross-validation (reference 5.5).
#pragma once

#include "schemas/error.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace finch::statistics {

/// Returns of `trials` trials over the same periods, period after period: [row][trial].
struct TrialMatrix {
  std::span<const double> values;
  std::size_t trials = 0;

  [[nodiscard]] std::size_t rows() const noexcept { return trials == 0 ? 0 : values.size() / trials; }
};

struct Overfitting {
  double probability = 0;          ///< share of splits whose winner ranks in the lower half outside
  double probability_of_loss = 0;  ///< share of splits whose winner has a negative Sharpe outside
  double slope = 0, intercept = 0; ///< of the winner's Sharpe outside on inside
  std::vector<double> logits, inside, outside; ///< per split, in lexicographic order of the training blocks
};

/// Splits into `blocks` even blocks (the remainder of rows is dropped from the front) and takes every half of
/// them as training set. Fails on fewer than two trials, an odd or too large count of blocks, or too few
/// rows.
[[nodiscard]] Result<Overfitting> backtest_overfitting(TrialMatrix matrix, std::size_t blocks);
/// 16 blocks, or 8 when there are fewer than 480 rows.
[[nodiscard]] constexpr std::size_t default_blocks(std::size_t rows) noexcept { return rows < 480 ? 8 : 16; }

} // namespace finch::statistics
