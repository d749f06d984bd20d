#include "actors/statistics/distributions.hpp"

#include "actors/statistics/moments.hpp"

#include <array>
#include <cmath>

namespace finch::statistics {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
using Coefficients = std::array<double, 8>;

// Rational approximations published as AS 241 (PPND16), constant term first: |p - 0.5| <= 0.425, r <= 5, r
// > 5.
constexpr Coefficients central_over{3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                                    1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                                    3.3430575583588128105e4, 2.5090809287301226727e3};
constexpr Coefficients central_under{1.0,
                                     4.2313330701600911252e1,
                                     6.8718700749205790830e2,
                                     5.3941960214247511077e3,
                                     2.1213794301586595867e4,
                                     3.9307895800092710610e4,
                                     2.8729085735721942674e4,
                                     5.2264952788528545610e3};
constexpr Coefficients middle_over{1.42343711074968357734e0,  4.63033784615654529590e0,
                                   5.76949722146069140550e0,  3.64784832476320460504e0,
                                   1.27045825245236838258e0,  2.41780725177450611770e-1,
                                   2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr Coefficients middle_under{1.0,
                                    2.05319162663775882187e0,
                                    1.67638483018380384940e0,
                                    6.89767334985100004550e-1,
                                    1.48103976427480074590e-1,
                                    1.51986665636164571966e-2,
                                    5.47593808499534494600e-4,
                                    1.05075007164441684324e-9};
constexpr Coefficients tail_over{6.65790464350110377720e0,  5.46378491116411436990e0,
                                 1.78482653991729133580e0,  2.96560571828504891230e-1,
                                 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                 2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr Coefficients tail_under{1.0,
                                  5.99832206555887937690e-1,
                                  1.36929880922735805310e-1,
                                  1.48753612908506148525e-2,
                                  7.86869131145613259100e-4,
                                  1.84631831751005468180e-5,
                                  1.42151175831644588870e-7,
                                  2.04426310338993978564e-15};

double polynomial(const Coefficients& c, double x) noexcept {
  double value = 0;
  for (auto i = c.size(); i-- > 0;)
    value = value * x + c[i];
  return value;
}

double ratio(const Coefficients& over, const Coefficients& under, double x) noexcept {
  return polynomial(over, x) / polynomial(under, x);
}

// Lentz's evaluation of the continued fraction of I_x(a, b); converges fast for x < (a + 1)/(a + b + 2).
double beta_fraction(double a, double b, double x) noexcept {
  constexpr double tiny = 1e-300, precise = 1e-16;
  auto guarded = [](double v) { return std::abs(v) < tiny ? tiny : v; };
  double c = 1, d = 1 / guarded(1 - (a + b) * x / (a + 1)), value = d;
  for (int m = 1; m <= 500; ++m) {
    auto even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guarded(1 + even * d);
    c = guarded(1 + even / c);
    value *= d * c;
    auto odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guarded(1 + odd * d);
    c = guarded(1 + odd / c);
    value *= d * c;
    if (std::abs(d * c - 1) < precise)
      break;
  }
  return value;
}

} // namespace

double normal_cdf(double x) noexcept { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

double normal_quantile(double p) noexcept {
  if (!(p >= 0 && p <= 1))
    return nan;
  if (p == 0 || p == 1)
    return p == 0 ? -infinity : infinity;
  auto q = p - 0.5;
  if (std::abs(q) <= 0.425)
    return q * ratio(central_over, central_under, 0.180625 - q * q);
  auto r = std::sqrt(-std::log(q < 0 ? p : 1 - p));
  auto value = r <= 5 ? ratio(middle_over, middle_under, r - 1.6) : ratio(tail_over, tail_under, r - 5);
  return q < 0 ? -value : value;
}

double incomplete_beta(double a, double b, double x) noexcept {
  if (!(x > 0))
    return x == x ? 0 : nan;
  if (x >= 1)
    return 1;
  auto front =
      std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x));
  if (x < (a + 1) / (a + b + 2))
    return front * beta_fraction(a, b, x) / a;
  return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double student_two_sided(double value, double freedom) noexcept {
  if (std::isinf(value))
    return 0;
  return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + value * value));
}

double student_cdf(double value, double freedom) noexcept {
  auto tail = student_two_sided(value, freedom) / 2;
  return value > 0 ? 1 - tail : tail;
}

double student_two_sided_quantile(double p, double freedom) noexcept {
  if (!(p >= 0 && p <= 1))
    return nan;
  if (p == 0)
    return infinity;
  double low = 0, high = 1;
  while (student_two_sided(high, freedom) > p && high < 1e300)
    low = high, high *= 2;
  // Halving to the last bit costs about sixty evaluations and cannot diverge, unlike Newton in heavy tails.
  for (auto middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2)
    (student_two_sided(middle, freedom) > p ? low : high) = middle;
  return p == 1 ? 0 : (low + high) / 2;
}

double kolmogorov_tail(double x) noexcept {
  // Below this the alternating series needs many terms, and the answer is 1 to fifteen digits.
  if (!(x > 0.2))
    return x == x ? 1 : nan;
  double total = 0;
  for (int k = 1; k <= 100; ++k) {
    auto term = std::exp(-2.0 * k * k * x * x);
    total += k % 2 == 1 ? term : -term;
    if (term < 1e-18)
      break;
  }
  return std::min(1.0, std::max(0.0, 2 * total));
}

} // namespace finch::statistics
