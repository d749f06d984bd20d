/// Order statistics: quantiles and ranks.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace finch::statistics {

/// The q-quantile (0..1) by linear interpolation between order statistics; NaN for an empty sample.
[[nodiscard]] double quantile(std::span<const double> x, double q);
/// The 0.5-quantile.
[[nodiscard]] double median(std::span<const double> x);
/// Third quartile less first.
[[nodiscard]] double interquartile_range(std::span<const double> x);
/// Ranks from 1 (least); equal values share the mean of their ranks.
[[nodiscard]] std::vector<double> ranks(std::span<const double> x);
/// Indices that put `x` in ascending order; equal values keep theirs.
[[nodiscard]] std::vector<std::size_t> ascending_order(std::span<const double> x);
/// Spearman's correlation: Pearson's of the ranks.
[[nodiscard]] double rank_correlation(std::span<const double> x, std::span<const double> y);

} // namespace finch::statistics
