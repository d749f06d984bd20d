/// What a voter has been worth so far: how well its confidence was placed, and what its confidence really
/// means.
#pragma once

#include "actors/market/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace finch::consensus {

/// Least and greatest confidence a vote counts with.
inline constexpr double least_p = 0.5, greatest_p = 0.9;

/// Terms of remembering.
struct MemoryTerms {
  double half_life_days = 14;
  double prior_votes = 20;             ///< pseudo-votes at Brier 0.25
  std::uint64_t min_resolved = 20;     ///< below it a voter has no reliability
  std::uint64_t calibrate_after = 100; ///< resolved votes before stated confidence is replaced
};

/// Exponentially forgetting score of one voter over all instruments.
class TrackRecord {
public:
  explicit TrackRecord(const MemoryTerms& terms = {}) noexcept : terms_{terms} {}

  /// Number of the bin a stated confidence falls in.
  [[nodiscard]] static std::size_t bin_of(double stated) noexcept;
  /// The probability a stated confidence stands for: clipped until enough votes have resolved, then
  /// calibrated.
  [[nodiscard]] double calibrated(double stated) const noexcept;
  /// Lets the past fade to `round`; call before `resolve` with rounds that never decrease.
  void forget(market::Round round) noexcept;
  /// A vote that counted with `p`, out of bin `bin`, turned out right or wrong.
  void resolve(std::size_t bin, double p, bool right) noexcept;

  [[nodiscard]] std::uint64_t resolved() const noexcept { return resolved_; }
  /// Shrunk Brier score.
  [[nodiscard]] double brier() const noexcept;
  /// max(0, 1 - brier/0.25); 0 until `min_resolved` votes have resolved.
  [[nodiscard]] double reliability() const noexcept;
  /// Share of right votes, shrunk to one half.
  [[nodiscard]] double hit_rate() const noexcept;

private:
  static constexpr std::size_t bins = 8;

  MemoryTerms terms_;
  std::uint64_t resolved_ = 0;
  market::Round as_of_ = 0;
  double votes_ = 0, right_ = 0, squared_error_ = 0;
  std::array<double, bins> bin_votes_{}, bin_right_{};
};

} // namespace finch::consensus
