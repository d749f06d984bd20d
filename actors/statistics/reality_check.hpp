/// Is the best of many better than nothing: White's reality check and Hansen's SPA test over a stationary
/// bootstrap (reference 5.6).
#pragma once

#include "actors/statistics/overfitting.hpp"
#include "schemas/error.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace finch::statistics {

/// Resampled row numbers, one list of T per bootstrap.
using BootstrapIndices = std::vector<std::vector<std::uint32_t>>;

/// Stationary bootstrap (Politis and Romano): blocks of geometric length with mean `mean_block` that wrap
/// around. Every list is a function of (seed, its number) alone.
[[nodiscard]] BootstrapIndices stationary_bootstrap(std::size_t rows, double mean_block,
                                                    std::size_t repetitions, std::uint64_t seed);

struct RealityCheck {
  std::vector<double> mean, omega, t; ///< per strategy: d̄, the kernel deviation of √T·d̄, and their ratio
  double t_spa = 0, t_rc = 0;
  double recentre_threshold = 0; ///< strategies with t below it are not recentred in p_consistent
  double p_white = 1, p_lower = 1, p_consistent = 1, p_upper = 1;
};

/// Tests `differences` ([row][strategy]: performance less benchmark). `q` = 1/mean block length used in the
/// kernel. A constant strategy contributes t = 0. Fails on an empty matrix, or indices out of range.
[[nodiscard]] Result<RealityCheck> reality_check(TrialMatrix differences, const BootstrapIndices& indices,
                                                 double q);

/// Names the strategies better than the benchmark with family-wise error `alpha`, by stepping the studentised
/// maximum down (Romano and Wolf). Ascending column numbers.
[[nodiscard]] Result<std::vector<std::size_t>>
stepwise_superior(TrialMatrix differences, const BootstrapIndices& indices, double q, double alpha);

} // namespace finch::statistics
