/// Backtest against forward: drift of the metrics, of distributions, and whether it is more than chance.
#pragma once

#include <cstddef>
#include <span>

namespace finch::statistics {

/// The metrics drift is measured on; also the deviations of each, 0..1.
struct DriftMetrics {
  double expectancy_r = 0, profit_factor = 0, win_rate = 0, sharpe = 0, trades_per_day = 0, cost_bps = 0;
};
struct Drift {
  DriftMetrics per_metric;
  double overall = 0; ///< NaN when the forward trades are too few to judge
};
/// Forward trades below which drift is "insufficient".
inline constexpr std::size_t min_forward_trades = 20;
/// Up to the first it is on target, above the second it demotes.
inline constexpr double drift_target = 0.10, drift_limit = 0.20;

/// |forward - backtest| / max(|backtest|, floor), clipped at 1, weighted (reference 2.6). A NaN on one side
/// only counts as full drift, on both sides as none.
[[nodiscard]] Drift drift(const DriftMetrics& backtest, const DriftMetrics& forward,
                          std::size_t forward_trades);

/// Population stability index of two lists of shares, floored at 1e-4: < 0.10 stable, > 0.25 retrain.
[[nodiscard]] double stability_index(std::span<const double> expected, std::span<const double> observed);
/// PSI of two samples over ten bins at the deciles of `expected`.
[[nodiscard]] double stability_index_of(std::span<const double> expected, std::span<const double> observed);

/// Two-sample Kolmogorov–Smirnov: D and its asymptotic p.
struct KolmogorovSmirnov {
  double distance = 0, p = 1;
};
[[nodiscard]] KolmogorovSmirnov kolmogorov_smirnov(std::span<const double> a, std::span<const double> b);
/// D above which the samples differ at 5 %: 1.358·√((n+m)/(nm)).
[[nodiscard]] double critical_distance(std::size_t n, std::size_t m) noexcept;
/// z of the difference of two win rates with pooled variance; 0 when there is none.
[[nodiscard]] double win_rate_z(double p1, std::size_t n1, double p2, std::size_t n2) noexcept;
/// Drift demotes only by size and significance together: overall > 0.20 and (KS or z rejects at 10 %, or ≥
/// 100 forward trades).
[[nodiscard]] bool drift_demotes(const Drift& drift, double ks_p, double z,
                                 std::size_t forward_trades) noexcept;

} // namespace finch::statistics
