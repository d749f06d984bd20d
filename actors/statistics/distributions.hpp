/// The normal and Student's t distribution.
#pragma once

namespace finch::statistics {

/// Φ(x), full precision in both tails.
[[nodiscard]] double normal_cdf(double x) noexcept;
/// Φ⁻¹(p) to about 1e-16 relative (Wichura, algorithm AS 241); ∓inf at 0 and 1, NaN outside [0, 1].
[[nodiscard]] double normal_quantile(double p) noexcept;
/// Regularised incomplete beta I_x(a, b) for a, b > 0 by continued fraction, to about 1e-14.
[[nodiscard]] double incomplete_beta(double a, double b, double x) noexcept;
/// P(|t| ≥ |value|) with `freedom` > 0 degrees of freedom.
[[nodiscard]] double student_two_sided(double value, double freedom) noexcept;
/// P(t ≤ value).
[[nodiscard]] double student_cdf(double value, double freedom) noexcept;
/// The positive t whose two-sided tail is `p` in (0, 1]; 0 at 1, inf at 0.
[[nodiscard]] double student_two_sided_quantile(double p, double freedom) noexcept;
/// P(K > x) of Kolmogorov's limiting distribution, for the two-sample test's D·√(nm/(n+m)).
[[nodiscard]] double kolmogorov_tail(double x) noexcept;

} // namespace finch::statistics
