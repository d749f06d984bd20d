/// What a Sharpe ratio is worth: probabilistic and deflated Sharpe, track record and backtest length
/// (reference 5.1–5.3). Ratios are per observation unless a name says annual; kurtosis is not excess.
#pragma once

#include <cstddef>
#include <span>

namespace finch::statistics {

/// A Sharpe ratio per observation and the shape of the returns it came from.
struct SharpeSample {
  double sharpe = 0;
  double skew = 0, kurtosis = 3;
  double observations = 0;
};
/// Measures a return series; `sharpe` is NaN without spread.
[[nodiscard]] SharpeSample measure_sharpe(std::span<const double> returns);

/// P(true Sharpe > `benchmark`); NaN when the variance term is not positive or below two observations.
[[nodiscard]] double probabilistic_sharpe(const SharpeSample& sample, double benchmark = 0) noexcept;
/// Expected maximum of `trials` independent standard normals; 0 for one trial.
[[nodiscard]] double expected_maximum(double trials) noexcept;
/// The Sharpe the best of `trials` skill-less trials would show, given the variance of Sharpe across them.
[[nodiscard]] double expected_best_sharpe(double trials, double variance_across_trials) noexcept;
/// PSR against that best. `variance_across_trials` ≤ 0 (or NaN) means unknown: 1/T is used.
[[nodiscard]] double deflated_sharpe(const SharpeSample& sample, double trials,
                                     double variance_across_trials) noexcept;
/// Variance to deflate with: of the trials' Sharpe ratios, or 1/T when there are fewer than ten.
[[nodiscard]] double trial_variance(std::span<const double> trial_sharpes, double observations) noexcept;
/// Observations needed to reject Sharpe ≤ `benchmark` at `alpha`; infinite when it is not above.
[[nodiscard]] double min_track_record(const SharpeSample& sample, double benchmark, double alpha) noexcept;
/// Years of data below which the best of `trials` shows an annual Sharpe of `target` by luck alone.
[[nodiscard]] double min_backtest_years(double trials, double target_annual_sharpe) noexcept;
/// Factor by which √q scaling of a Sharpe ratio must be multiplied under lag-1 autocorrelation `rho` (Lo
/// 2002).
[[nodiscard]] double lo_factor(double q, double rho) noexcept;
/// Annual Sharpe of `returns` with Lo's factor; NaN below `min_observations` or without spread.
[[nodiscard]] double annual_sharpe(std::span<const double> returns, double per_year);

} // namespace finch::statistics
