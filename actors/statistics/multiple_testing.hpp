/// Many tests at once: adjusted p-values, the Sharpe that is left, the hurdle to clear (reference 5.4).
#pragma once

#include <span>
#include <vector>

namespace finch::statistics {

/// Adjusted p-values in the order given, each at most 1.
[[nodiscard]] std::vector<double> bonferroni(std::span<const double> p);
[[nodiscard]] std::vector<double> holm(std::span<const double> p);
[[nodiscard]] std::vector<double> benjamini_hochberg(std::span<const double> p);
/// Benjamini–Hochberg under any dependence: times Σ 1/i.
[[nodiscard]] std::vector<double> benjamini_yekutieli(std::span<const double> p);

struct Haircut {
  double p_single = 1, p_adjusted = 1;
  double annual_sharpe = 0; ///< what is left
  double haircut = 0;       ///< the share taken off
};
/// Takes the Bonferroni price of `tests` trials off an annual Sharpe seen over `observations` periods.
[[nodiscard]] Haircut haircut_sharpe(double annual_sharpe, double observations, double per_year,
                                     double tests);
/// Mean return per period a strategy of `annual_volatility` must show to be significant at `alpha` after
/// `tests`, two-sided, by the normal distribution as in the paper's table.
[[nodiscard]] double profit_hurdle(double tests, double observations, double per_year,
                                   double annual_volatility, double alpha);

} // namespace finch::statistics
