#include "actors/consensus/formulas.hpp"

#include "actors/statistics/moments.hpp"

#include <algorithm>
#include <cmath>

namespace finch::consensus {

double reliability(double brier) noexcept { return std::max(0.0, 1 - brier / uninformed_brier); }

void normalise(std::span<double> weights) noexcept {
  double total = 0;
  for (auto weight : weights)
    total += weight;
  if (total > 0)
    for (auto& weight : weights)
      weight /= total;
}

void penalise_correlation(std::span<double> weights, std::span<const double> correlation) noexcept {
  auto n = weights.size();
  for (std::size_t i = 0; i < n; ++i) {
    double crowd = 0;
    for (std::size_t j = 0; j < n; ++j)
      crowd += std::abs(correlation[i * n + j]);
    weights[i] /= crowd;
  }
  normalise(weights);
}

double weighted_sum(std::span<const double> weights, std::span<const int> sides,
                    std::span<const double> p) noexcept {
  double total = 0;
  for (std::size_t i = 0; i < weights.size(); ++i)
    total += weights[i] * sides[i] * (2 * p[i] - 1);
  return total;
}

double agreement(std::span<const double> weights, std::span<const int> sides, int side) noexcept {
  double with = 0, voting = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    voting += sides[i] != 0 ? weights[i] : 0;
    with += sides[i] == side && side != 0 ? weights[i] : 0;
  }
  return voting > 0 ? with / voting : 0;
}

double confidence_pct(double s, double threshold, double share) noexcept {
  return 100 * std::min(1.0, std::abs(s) / (2 * threshold)) * share;
}

double adaptive_threshold(std::span<const double> history, double k, double floor) noexcept {
  // std::max keeps the floor when the deviation is NaN, which it is below two values.
  return k * std::max(floor, statistics::deviation(history));
}

double effective_voters(std::span<const double> correlation, std::size_t n) noexcept {
  double total = 0;
  for (std::size_t i = 0; i < n * n; ++i)
    total += correlation[i];
  return total > 0 ? static_cast<double>(n) * static_cast<double>(n) / total : 0;
}

int majority(std::span<const int> sides) noexcept {
  auto longs = std::count(sides.begin(), sides.end(), 1);
  auto shorts = std::count(sides.begin(), sides.end(), -1);
  auto none = static_cast<std::ptrdiff_t>(sides.size()) - longs - shorts;
  if (longs > shorts && longs > none)
    return 1;
  return shorts > longs && shorts > none ? -1 : 0;
}

} // namespace finch::consensus
