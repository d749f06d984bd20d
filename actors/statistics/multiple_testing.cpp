#include "actors/statistics/multiple_testing.hpp"

#include "actors/statistics/distributions.hpp"
#include "actors/statistics/quantiles.hpp"

#include <algorithm>
#include <cmath>

namespace finch::statistics {

namespace {

std::vector<double> step_up(std::span<const double> p, double factor) {
  auto order = ascending_order(p);
  auto m = static_cast<double>(p.size());
  std::vector<double> result(p.size());
  double least = 1;
  for (auto k = order.size(); k-- > 0;) {
    least = std::min(least, factor * m / static_cast<double>(k + 1) * p[order[k]]);
    result[order[k]] = least;
  }
  return result;
}

} // namespace

std::vector<double> bonferroni(std::span<const double> p) {
  std::vector<double> result;
  for (auto value : p)
    result.push_back(std::min(1.0, static_cast<double>(p.size()) * value));
  return result;
}

std::vector<double> holm(std::span<const double> p) {
  auto order = ascending_order(p);
  std::vector<double> result(p.size());
  double greatest = 0;
  for (std::size_t k = 0; k < order.size(); ++k) {
    greatest = std::max(greatest, static_cast<double>(p.size() - k) * p[order[k]]);
    result[order[k]] = std::min(1.0, greatest);
  }
  return result;
}

std::vector<double> benjamini_hochberg(std::span<const double> p) { return step_up(p, 1); }

std::vector<double> benjamini_yekutieli(std::span<const double> p) {
  double harmonic = 0;
  for (std::size_t i = 1; i <= p.size(); ++i)
    harmonic += 1.0 / static_cast<double>(i);
  return step_up(p, harmonic);
}

Haircut haircut_sharpe(double annual_sharpe, double observations, double per_year, double tests) {
  auto root_years = std::sqrt(observations / per_year);
  Haircut result;
  result.p_single = student_two_sided(annual_sharpe * root_years, observations - 1);
  result.p_adjusted = std::min(1.0, result.p_single * tests);
  result.annual_sharpe = std::copysign(
      student_two_sided_quantile(result.p_adjusted, observations - 1) / root_years, annual_sharpe);
  result.haircut = annual_sharpe != 0 ? 1 - result.annual_sharpe / annual_sharpe : 0;
  return result;
}

double profit_hurdle(double tests, double observations, double per_year, double annual_volatility,
                     double alpha) {
  auto z = normal_quantile(1 - alpha / tests / 2);
  return z * annual_volatility / std::sqrt(per_year) / std::sqrt(observations);
}

} // namespace finch::statistics
