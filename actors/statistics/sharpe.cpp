#include "actors/statistics/sharpe.hpp"

#include "actors/statistics/distributions.hpp"
#include "actors/statistics/moments.hpp"
#include "actors/statistics/returns.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace finch::statistics {

namespace {

// Variance of the Sharpe estimate times (T - 1).
double variance_term(const SharpeSample& s) noexcept {
  return 1 - s.skew * s.sharpe + (s.kurtosis - 1) / 4 * s.sharpe * s.sharpe;
}

} // namespace

SharpeSample measure_sharpe(std::span<const double> returns) {
  return {sharpe(returns), skewness(returns), kurtosis(returns), static_cast<double>(returns.size())};
}

double probabilistic_sharpe(const SharpeSample& s, double benchmark) noexcept {
  auto term = variance_term(s);
  if (!(term > 0) || s.observations < 2)
    return nan;
  return normal_cdf((s.sharpe - benchmark) * std::sqrt(s.observations - 1) / std::sqrt(term));
}

double expected_maximum(double trials) noexcept {
  if (!(trials > 1))
    return 0;
  // Beyond this argument the quantile would be infinite; nobody has run more trials than that.
  constexpr double cap = 1 - 1.2e-16;
  auto z = [=](double p) { return normal_quantile(p < cap ? p : cap); };
  constexpr double gamma = std::numbers::egamma;
  return (1 - gamma) * z(1 - 1 / trials) + gamma * z(1 - 1 / (trials * std::numbers::e));
}

double expected_best_sharpe(double trials, double variance_across_trials) noexcept {
  return std::sqrt(variance_across_trials) * expected_maximum(trials);
}

double deflated_sharpe(const SharpeSample& s, double trials, double variance_across_trials) noexcept {
  auto spread = variance_across_trials > 0 ? variance_across_trials : 1 / s.observations;
  return probabilistic_sharpe(s, expected_best_sharpe(trials, spread));
}

double trial_variance(std::span<const double> trial_sharpes, double observations) noexcept {
  return trial_sharpes.size() < 10 ? 1 / observations : variance(trial_sharpes);
}

double min_track_record(const SharpeSample& s, double benchmark, double alpha) noexcept {
  if (!(s.sharpe > benchmark))
    return std::numeric_limits<double>::infinity();
  auto ratio = normal_quantile(1 - alpha) / (s.sharpe - benchmark);
  return 1 + variance_term(s) * ratio * ratio;
}

double min_backtest_years(double trials, double target_annual_sharpe) noexcept {
  auto ratio = expected_maximum(trials) / target_annual_sharpe;
  return ratio * ratio;
}

double lo_factor(double q, double rho) noexcept {
  if (rho == 0 || q <= 1)
    return 1;
  auto inner = 1 + 2 * rho / (1 - rho) * (1 - (1 - std::pow(rho, q)) / (q * (1 - rho)));
  return inner > 0 ? 1 / std::sqrt(inner) : nan;
}

double annual_sharpe(std::span<const double> returns, double per_year) {
  if (returns.size() < min_observations)
    return nan;
  return sharpe(returns, per_year) * lo_factor(per_year, autocorrelation(returns));
}

} // namespace finch::statistics
