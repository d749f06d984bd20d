/// Metrics of a series of periodic returns (fractions) and of an equity curve (reference 2.1, 2.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace finch::statistics {

/// Below this many observations (or trades) ratios are not reported and rank as 0.
inline constexpr std::size_t min_observations = 30;
/// Ratios without a denominator (no loss, no drawdown) are shown as this.
inline constexpr double ratio_cap = 10;
/// Days a year, and periods of `minutes` a year, trading around the clock.
inline constexpr double days_per_year = 365;
[[nodiscard]] constexpr double periods_per_year(double minutes) noexcept { return 525'600 / minutes; }

/// A ratio and whether it is the cap that stands for "no denominator".
struct Capped {
  double value = 0;
  bool capped = false;
};

/// E_i / E_{i-1} - 1; a step from equity ≤ 0 counts as -1.
[[nodiscard]] std::vector<double> returns_of(std::span<const double> equity);
/// Changes of equity over its first value: the returns of an account that risks a fixed share of its start
/// equity, as books do. Their sum is the net result, so that no loser has a positive mean, and they stay
/// sound near ruin, where changes over what is left do not.
[[nodiscard]] std::vector<double> fixed_capital_returns(std::span<const double> equity);
/// Equity after each return, starting with `start` itself.
[[nodiscard]] std::vector<double> equity_of(std::span<const double> returns, double start = 1);

/// Compounded return; 0 for an empty series.
[[nodiscard]] double total_return(std::span<const double> returns) noexcept;
/// (1 + total)^(per_year / n) - 1; -1 once everything is lost, 0 for an empty series.
[[nodiscard]] double annualised_return(std::span<const double> returns, double per_year) noexcept;
/// Sample deviation · √per_year; NaN below two values.
[[nodiscard]] double annualised_volatility(std::span<const double> returns, double per_year) noexcept;
/// mean/deviation · √per_year of the returns less `risk_free` per period; NaN without spread.
[[nodiscard]] double sharpe(std::span<const double> returns, double per_year = 1, double risk_free = 0);
/// √(mean(min(r - target, 0)²) · per_year) over all n.
[[nodiscard]] double downside_risk(std::span<const double> returns, double per_year = 1,
                                   double target = 0) noexcept;
/// mean(r - target)/downside risk · √per_year; ±10, capped, without downside; NaN for an empty series.
[[nodiscard]] Capped sortino(std::span<const double> returns, double per_year = 1,
                             double target = 0) noexcept;
/// Annualised return over maximum drawdown; 10, capped, when it gained without drawdown, 0 when it did
/// nothing.
[[nodiscard]] Capped calmar(double annualised_return, double max_drawdown) noexcept;
/// Σ max(r - threshold, 0) / Σ max(threshold - r, 0); 10, capped, without losses.
[[nodiscard]] Capped omega(std::span<const double> returns, double threshold = 0) noexcept;
/// Mean of the worst floor(share·n) returns, at least one; NaN for an empty series.
[[nodiscard]] double tail_mean(std::span<const double> returns, double share = 0.05);

/// 1 - E/(peak so far) at every point; 1 once equity is ≤ 0.
[[nodiscard]] std::vector<double> drawdowns(std::span<const double> equity);
/// One fall from a peak: indices into the equity curve.
struct DrawdownEpisode {
  std::size_t peak = 0, trough = 0, recovery = 0; ///< `recovery` is the last point when the episode is open
  double depth = 0;
  bool open = false;
};
[[nodiscard]] std::vector<DrawdownEpisode> drawdown_episodes(std::span<const double> equity);
/// Greatest drawdown; 0 for an empty curve, 1 if equity ever was ≤ 0.
[[nodiscard]] double max_drawdown(std::span<const double> equity) noexcept;
/// What the episodes say together; durations in points of the curve.
struct DrawdownSummary {
  double average_depth = 0;    ///< over all episodes, open ones too; 0 without any
  double average_recovery = 0; ///< trough to new peak, recovered episodes only
  std::size_t longest_underwater = 0;
  double ulcer_index = 0; ///< root mean square drawdown over all points
};
[[nodiscard]] DrawdownSummary summarise_drawdowns(std::span<const double> equity);

/// Marked equity sampled at any times, as one value per bucket (the last sample of each; empty ones repeat
/// the previous). `times` ascend; the first bucket is the first sample's.
[[nodiscard]] std::vector<double> bucket_equity(std::span<const std::int64_t> times,
                                                std::span<const double> equity, std::int64_t bucket);

} // namespace finch::statistics
