/// Scores from 0 to 100: entry-and-exit performance (EEP), the composite that ranks, portfolio health.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace finch::statistics {

/// A point of a piecewise-linear score.
struct Anchor {
  double value = 0, score = 0;
};
/// Interpolates between anchors (values ascending), clamped outside; NaN stays NaN.
[[nodiscard]] double interpolate(std::span<const Anchor> anchors, double value) noexcept;
/// Component scores of reference 2.4 that others use too.
[[nodiscard]] double sharpe_score(double annual_sharpe) noexcept;
[[nodiscard]] double drawdown_score(double max_drawdown) noexcept;

/// Raw values EEP is made of; NaN where undefined.
struct EepInputs {
  double profit_factor = 0, sharpe = 0, max_drawdown = 0, sortino = 0, expectancy_r = 0;
  double profit_capture = 0, reward_realisation = 0, stop_frequency = 0, breakeven_rate = 0;
  std::size_t trades = 0;
};
/// Component scores, the two parts and the whole, each 0..100; `confidence` 0..1.
struct Eep {
  double profit_factor = 0, sharpe = 0, max_drawdown = 0, sortino = 0, expectancy_r = 0;
  double profit_capture = 0, reward_realisation = 0, stop_frequency = 0, breakeven_rate = 0;
  double entry = 0, exit = 0, confidence = 0, score = 0;
};
/// EEP = min(1, N/50)·(0.6·entry + 0.4·exit); a NaN component scores 0, break-even 50.
[[nodiscard]] Eep eep(const EepInputs& inputs) noexcept;

struct CompositeInputs {
  double eep = 0;
  double dsr = 0;                              ///< NaN scores 0
  std::size_t profitable_folds = 0, folds = 0; ///< walk-forward folds
  std::size_t profitable_cells = 0, cells = 0; ///< symbol × timeframe cells; below 3 the term is 0
  double cost_share = 1;
  double drift = 0; ///< NaN where there is no forward data
};
struct Composite {
  double cost_score = 0, before_drift = 0, drift_multiplier = 1, score = 0;
};
/// The score that ranks strategies (reference 2.5).
[[nodiscard]] Composite composite(const CompositeInputs& inputs) noexcept;

struct HealthInputs {
  double sharpe = 0; ///< of the portfolio, annual
  double max_drawdown = 0;
  double mean_composite = 0; ///< of the active strategies
  double effective_strategies = 0;
  double drift = 0;  ///< NaN where there is no forward data: scored as none
  double uptime = 0; ///< 0..1
  std::size_t active = 0, slots = 20;
  std::size_t correlated = 0; ///< strategies `effective_strategies` was taken over
};
struct Health {
  double sharpe_score = 0, drawdown_score = 0, diversification = 0, drift_score = 0, operations = 0,
         score = 0;
  std::string_view band; ///< CRITICAL, POOR, FAIR, GOOD, EXCELLENT
};
[[nodiscard]] Health health(const HealthInputs& inputs) noexcept;
/// N² / Σ_ij max(0, ρ_ij) of a row-major N×N correlation matrix; 0 without data.
[[nodiscard]] double effective_count(std::span<const double> correlation, std::size_t n) noexcept;

} // namespace finch::statistics
