#include "actors/statistics/moments.hpp"

#include <algorithm>
#include <cmath>

namespace finch::statistics {

namespace {

bool constant(std::span<const double> x) noexcept {
  return std::all_of(x.begin(), x.end(), [&](double v) { return v == x.front(); });
}

double central_moment(std::span<const double> x, double centre, int order) noexcept {
  double total = 0;
  for (auto v : x) {
    auto d = v - centre;
    total += order == 2 ? d * d : order == 3 ? d * d * d : d * d * d * d;
  }
  return total / static_cast<double>(x.size());
}

} // namespace

double sum(std::span<const double> x) noexcept {
  double total = 0;
  for (auto v : x)
    total += v;
  return total;
}

double mean(std::span<const double> x) noexcept {
  return x.empty() ? nan : sum(x) / static_cast<double>(x.size());
}

double variance(std::span<const double> x, std::size_t ddof) noexcept {
  if (x.size() <= ddof)
    return nan;
  // The rounded mean of equal values may differ from them, which would turn "no spread" into a tiny spread.
  if (constant(x))
    return 0;
  auto centre = mean(x);
  double total = 0;
  for (auto v : x)
    total += (v - centre) * (v - centre);
  return total / static_cast<double>(x.size() - ddof);
}

double deviation(std::span<const double> x, std::size_t ddof) noexcept {
  return std::sqrt(variance(x, ddof));
}

double skewness(std::span<const double> x) noexcept {
  if (x.empty())
    return nan;
  if (constant(x))
    return 0;
  auto centre = mean(x);
  return central_moment(x, centre, 3) / std::pow(central_moment(x, centre, 2), 1.5);
}

double kurtosis(std::span<const double> x) noexcept {
  if (x.empty())
    return nan;
  if (constant(x))
    return 3;
  auto centre = mean(x);
  auto spread = central_moment(x, centre, 2);
  return central_moment(x, centre, 4) / (spread * spread);
}

double correlation(std::span<const double> x, std::span<const double> y) noexcept {
  if (x.size() < 2 || x.size() != y.size())
    return nan;
  if (constant(x) || constant(y))
    return 0;
  auto mx = mean(x), my = mean(y);
  double sxy = 0, sxx = 0, syy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    sxy += (x[i] - mx) * (y[i] - my);
    sxx += (x[i] - mx) * (x[i] - mx);
    syy += (y[i] - my) * (y[i] - my);
  }
  return sxy / std::sqrt(sxx * syy);
}

double autocorrelation(std::span<const double> x, std::size_t lag) noexcept {
  if (x.size() <= lag)
    return nan;
  if (constant(x))
    return 0;
  auto centre = mean(x);
  double cross = 0, total = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (i >= lag)
      cross += (x[i] - centre) * (x[i - lag] - centre);
    total += (x[i] - centre) * (x[i] - centre);
  }
  return cross / total;
}

Line least_squares(std::span<const double> x, std::span<const double> y) noexcept {
  if (x.empty() || x.size() != y.size())
    return {nan, nan};
  auto mx = mean(x), my = mean(y);
  if (constant(x))
    return {my, 0};
  double sxy = 0, sxx = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    sxy += (x[i] - mx) * (y[i] - my);
    sxx += (x[i] - mx) * (x[i] - mx);
  }
  return {my - sxy / sxx * mx, sxy / sxx};
}

} // namespace finch::statistics
