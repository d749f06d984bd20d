/// Moments of a sample: mean, spread, shape, dependence.
#pragma once

#include <cstddef>
#include <limits>
#include <span>

namespace finch::statistics {

inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Plain sum in index order.
[[nodiscard]] double sum(std::span<const double> x) noexcept;
/// NaN for an empty sample.
[[nodiscard]] double mean(std::span<const double> x) noexcept;
/// Two-pass variance with `ddof` delta degrees of freedom; NaN unless the sample has more than `ddof` values.
[[nodiscard]] double variance(std::span<const double> x, std::size_t ddof = 1) noexcept;
/// Square root of `variance`. Exactly 0 for a constant sample, however its values round.
[[nodiscard]] double deviation(std::span<const double> x, std::size_t ddof = 1) noexcept;
/// Population skewness; 0 for a constant sample, NaN for an empty one.
[[nodiscard]] double skewness(std::span<const double> x) noexcept;
/// Population kurtosis, not excess (a normal has 3); 3 for a constant sample, NaN for an empty one.
[[nodiscard]] double kurtosis(std::span<const double> x) noexcept;
/// Pearson correlation of two series of one length; 0 when either is constant, NaN below two values.
[[nodiscard]] double correlation(std::span<const double> x, std::span<const double> y) noexcept;
/// Lag-k autocorrelation with the full-sample mean and denominator; 0 for a constant sample.
[[nodiscard]] double autocorrelation(std::span<const double> x, std::size_t lag = 1) noexcept;

/// Intercept and slope of least squares of y on x; the slope is 0 when x is constant.
struct Line {
  double intercept = 0, slope = 0;
};
[[nodiscard]] Line least_squares(std::span<const double> x, std::span<const double> y) noexcept;

} // namespace finch::statistics
