/// Maps from raw scores to probabilities, fitted on data the model did not train on (reference 4.5).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace finch::statistics {

/// Platt's sigmoid p = 1/(1 + exp(a·score + b)), fitted with smoothed targets.
struct Platt {
  double a = 0, b = 0;

  [[nodiscard]] double operator()(double score) const noexcept;
};
[[nodiscard]] Platt fit_platt(std::span<const int> outcome, std::span<const double> score);

/// A non-decreasing step function fitted by pooling adjacent violators; linear between the pooled blocks'
/// means.
struct Isotonic {
  std::vector<double> score, p; ///< both ascending

  [[nodiscard]] double operator()(double at) const noexcept;
};
[[nodiscard]] Isotonic fit_isotonic(std::span<const int> outcome, std::span<const double> score);

} // namespace finch::statistics
