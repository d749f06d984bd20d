#include "actors/statistics/quantiles.hpp"

#include "actors/statistics/moments.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace finch::statistics {

namespace {

double of_sorted(const std::vector<double>& sorted, double q) {
  if (sorted.empty())
    return nan;
  auto position = std::clamp(q, 0.0, 1.0) * static_cast<double>(sorted.size() - 1);
  auto below = static_cast<std::size_t>(position);
  auto above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

std::vector<double> sorted_copy(std::span<const double> x) {
  std::vector<double> sorted{x.begin(), x.end()};
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

} // namespace

double quantile(std::span<const double> x, double q) { return of_sorted(sorted_copy(x), q); }

double median(std::span<const double> x) { return quantile(x, 0.5); }

double interquartile_range(std::span<const double> x) {
  auto sorted = sorted_copy(x);
  return of_sorted(sorted, 0.75) - of_sorted(sorted, 0.25);
}

std::vector<std::size_t> ascending_order(std::span<const double> x) {
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return x[a] < x[b]; });
  return order;
}

std::vector<double> ranks(std::span<const double> x) {
  auto order = ascending_order(x);
  std::vector<double> result(x.size());
  for (std::size_t i = 0; i < order.size();) {
    auto end = i + 1;
    while (end < order.size() && x[order[end]] == x[order[i]])
      ++end;
    auto shared = static_cast<double>(i + 1 + end) / 2;
    for (; i < end; ++i)
      result[order[i]] = shared;
  }
  return result;
}

double rank_correlation(std::span<const double> x, std::span<const double> y) {
  return correlation(ranks(x), ranks(y));
}

} // namespace finch::statistics
