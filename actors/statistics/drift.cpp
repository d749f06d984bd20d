#include "actors/statistics/drift.hpp"

#include "actors/statistics/distributions.hpp"
#include "actors/statistics/moments.hpp"
#include "actors/statistics/quantiles.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace finch::statistics {

namespace {

struct Term {
  double DriftMetrics::*metric;
  double weight, floor;
};
constexpr std::array terms{
    Term{&DriftMetrics::expectancy_r, 0.30, 0.02},  Term{&DriftMetrics::profit_factor, 0.20, 0.2},
    Term{&DriftMetrics::win_rate, 0.20, 0.05},      Term{&DriftMetrics::sharpe, 0.15, 0.25},
    Term{&DriftMetrics::trades_per_day, 0.10, 0.5}, Term{&DriftMetrics::cost_bps, 0.05, 1.0}};

double deviation_of(double backtest, double forward, double floor) noexcept {
  if (std::isnan(backtest) || std::isnan(forward))
    return std::isnan(backtest) == std::isnan(forward) ? 0 : 1;
  return std::min(1.0, std::abs(forward - backtest) / std::max(std::abs(backtest), floor));
}

} // namespace

Drift drift(const DriftMetrics& backtest, const DriftMetrics& forward, std::size_t forward_trades) {
  Drift result;
  for (const auto& term : terms) {
    auto d = deviation_of(backtest.*term.metric, forward.*term.metric, term.floor);
    result.per_metric.*term.metric = d;
    result.overall += term.weight * d;
  }
  if (forward_trades < min_forward_trades)
    result.overall = nan;
  return result;
}

double stability_index(std::span<const double> expected, std::span<const double> observed) {
  double total = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    auto e = std::max(expected[i], 1e-4), o = std::max(observed[i], 1e-4);
    total += (o - e) * std::log(o / e);
  }
  return total;
}

double stability_index_of(std::span<const double> expected, std::span<const double> observed) {
  constexpr std::size_t bins = 10;
  if (expected.empty() || observed.empty())
    return nan;
  std::array<double, bins - 1> edges{};
  for (std::size_t i = 0; i < edges.size(); ++i)
    edges[i] = quantile(expected, static_cast<double>(i + 1) / bins);
  auto shares = [&](std::span<const double> x) {
    std::array<double, bins> result{};
    for (auto v : x)
      result[static_cast<std::size_t>(std::upper_bound(edges.begin(), edges.end(), v) - edges.begin())] +=
          1.0 / static_cast<double>(x.size());
    return result;
  };
  return stability_index(shares(expected), shares(observed));
}

KolmogorovSmirnov kolmogorov_smirnov(std::span<const double> a, std::span<const double> b) {
  if (a.empty() || b.empty())
    return {nan, nan};
  std::vector<double> x{a.begin(), a.end()}, y{b.begin(), b.end()};
  std::sort(x.begin(), x.end());
  std::sort(y.begin(), y.end());
  auto n = static_cast<double>(x.size()), m = static_cast<double>(y.size());
  double distance = 0;
  for (std::size_t i = 0, j = 0; i < x.size() && j < y.size();) {
    auto at = std::min(x[i], y[j]);
    while (i < x.size() && x[i] == at)
      ++i;
    while (j < y.size() && y[j] == at)
      ++j;
    distance = std::max(distance, std::abs(static_cast<double>(i) / n - static_cast<double>(j) / m));
  }
  return {distance, kolmogorov_tail(distance * std::sqrt(n * m / (n + m)))};
}

double critical_distance(std::size_t n, std::size_t m) noexcept {
  auto a = static_cast<double>(n), b = static_cast<double>(m);
  return 1.358 * std::sqrt((a + b) / (a * b));
}

double win_rate_z(double p1, std::size_t n1, double p2, std::size_t n2) noexcept {
  auto a = static_cast<double>(n1), b = static_cast<double>(n2);
  auto pooled = (p1 * a + p2 * b) / (a + b);
  auto error = std::sqrt(pooled * (1 - pooled) * (1 / a + 1 / b));
  return error > 0 ? (p1 - p2) / error : 0;
}

bool drift_demotes(const Drift& result, double ks_p, double z, std::size_t forward_trades) noexcept {
  constexpr double z_at_ten_percent = 1.6448536269514722;
  auto significant = ks_p < 0.10 || std::abs(z) > z_at_ten_percent || forward_trades >= 100;
  return result.overall > drift_limit && significant;
}

} // namespace finch::statistics
