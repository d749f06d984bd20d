/// Quality of probabilities for a yes-or-no outcome, and the thresholds to act on them
/// (reference 3.3, 4.4, 4.5).
#pragma once

#include "schemas/error.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace finch::statistics {

/// Counts at a threshold (predict 1 from it on) and what follows from them; 0 where a denominator is 0.
struct Confusion {
  std::size_t true_positive = 0, false_positive = 0, false_negative = 0, true_negative = 0;
  double accuracy = 0, precision = 0, recall = 0, f1 = 0, mcc = 0, balanced_accuracy = 0;
};
/// `outcome` holds 0 or 1. Both spans have one length.
[[nodiscard]] Confusion confusion(std::span<const int> outcome, std::span<const double> p,
                                  double threshold = 0.5);
/// P(p of a positive > p of a negative) + half of ties; NaN with one class only.
[[nodiscard]] double area_under_curve(std::span<const int> outcome, std::span<const double> p);
/// Mean negative log likelihood, p clipped to [1e-15, 1 - 1e-15]; NaN for an empty sample.
[[nodiscard]] double log_loss(std::span<const int> outcome, std::span<const double> p);
/// Mean (p - outcome)²; NaN for an empty sample.
[[nodiscard]] double brier(std::span<const int> outcome, std::span<const double> p);
/// 1 - Brier / (base rate's Brier); NaN with one class only.
[[nodiscard]] double brier_skill(std::span<const int> outcome, std::span<const double> p);

struct CalibrationBin {
  std::size_t bin = 0, count = 0;
  double mean_p = 0, mean_outcome = 0;
};
/// Murphy's decomposition over ten equal bins and the expected calibration error.
struct Calibration {
  std::vector<CalibrationBin> bins; ///< the occupied ones
  double reliability = 0, resolution = 0, uncertainty = 0, expected_error = 0;
};
[[nodiscard]] Calibration calibration(std::span<const int> outcome, std::span<const double> p);

/// Long from `tau_long` up, short from `tau_short` down, else abstain.
struct Thresholds {
  double tau_long = 0.5, tau_short = 0.5;
  std::size_t signals = 0;
  double abstention = 0;      ///< share of bars without a signal
  double value_per_bar = 0;   ///< Σ (side·return - cost) / bars
  double value_per_trade = 0; ///< NaN without signals
};
[[nodiscard]] Thresholds evaluate_thresholds(std::span<const double> p,
                                             std::span<const double> forward_return, double cost,
                                             double tau_long, double tau_short);
/// The grid τ_long ∈ [0.5, 0.8] × τ_short ∈ [0.2, 0.5] in steps of `step`, τ_long outer.
[[nodiscard]] std::vector<Thresholds> threshold_grid(std::span<const double> p,
                                                     std::span<const double> forward_return, double cost,
                                                     double step = 0.01);
/// The most valuable of the grid with at least `min_signals`; ties go to the wider neutral zone, then the
/// first.
[[nodiscard]] Result<Thresholds> best_thresholds(std::span<const Thresholds> grid, std::size_t min_signals);
/// Calibrated p above which a trade with these barriers pays: (loss + cost)/(win + loss).
[[nodiscard]] double analytic_threshold(double win, double loss, double cost) noexcept;

} // namespace finch::statistics
