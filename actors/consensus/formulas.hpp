/// The arithmetic of consensus, as pure functions (reference 7).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace finch::consensus {

/// Brier score of always saying one half: the score that earns nothing.
inline constexpr double uninformed_brier = 0.25;

/// max(0, 1 - brier/0.25).
[[nodiscard]] double reliability(double brier) noexcept;
/// Divides by the sum; all zero stays all zero.
void normalise(std::span<double> weights) noexcept;
/// Divides each weight by Σ_j |ρ_ij| (row-major matrix, ones on the diagonal) and normalises.
void penalise_correlation(std::span<double> weights, std::span<const double> correlation) noexcept;
/// Σ w·side·(2p - 1).
[[nodiscard]] double weighted_sum(std::span<const double> weights, std::span<const int> sides,
                                  std::span<const double> p) noexcept;
/// Weight share of those on `side` among those that do not abstain; 0 when all abstain.
[[nodiscard]] double agreement(std::span<const double> weights, std::span<const int> sides,
                               int side) noexcept;
/// 100·min(1, |S|/(2·threshold))·agreement; `threshold` > 0.
[[nodiscard]] double confidence_pct(double s, double threshold, double agreement) noexcept;
/// k·max(σ, floor) with σ the sample deviation of `history`.
[[nodiscard]] double adaptive_threshold(std::span<const double> history, double k, double floor) noexcept;
/// n²/ΣΣρ of a row-major n×n correlation matrix.
[[nodiscard]] double effective_voters(std::span<const double> correlation, std::size_t n) noexcept;
/// The side with most votes, abstaining being one of three; ties and plurality of abstainers give 0.
[[nodiscard]] int majority(std::span<const int> sides) noexcept;

} // namespace finch::consensus
