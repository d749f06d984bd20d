/// Stretches of time in which data is missing.
#pragma once

#include "actors/market/time.hpp"

#include <cstdint>
#include <vector>

namespace finch::feed {

/// Nothing is known of [from, to).
struct Gap {
  market::TimeNs from_ns = 0, to_ns = 0;

  bool operator==(const Gap&) const = default;
};

/// Silence up to this long means that nothing traded; longer means that ticks or quotes are missing.
inline constexpr market::TimeNs quiet_ns = 3 * market::ns_per_minute;
/// Silence this long is a closed session of an instrument that has sessions, and no gap.
inline constexpr market::TimeNs session_break_ns = 240 * market::ns_per_minute;

/// Finds gaps between pieces of data given in order of time. Keeps the first hundred and counts them all.
class GapFinder {
public:
  static constexpr std::size_t kept = 100;

  /// `allowed_ns` is the longest silence that is no gap: 0 for bars, `quiet_ns` for ticks.
  GapFinder(market::TimeNs allowed_ns, bool has_sessions) noexcept
      : allowed_ns_(allowed_ns), has_sessions_(has_sessions) {}

  /// There is data in [from, to). Data that begins before an earlier piece ended is no gap.
  void add(market::TimeNs from, market::TimeNs to) {
    auto silence = from - end_ns_;
    if (started_ && silence > allowed_ns_ && !(has_sessions_ && silence >= session_break_ns)) {
      ++count_;
      missing_ns_ += silence;
      if (gaps_.size() < kept)
        gaps_.push_back({end_ns_, from});
    }
    end_ns_ = started_ && end_ns_ > to ? end_ns_ : to;
    started_ = true;
  }

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] market::TimeNs missing_ns() const noexcept { return missing_ns_; }
  [[nodiscard]] const std::vector<Gap>& gaps() const noexcept { return gaps_; }

private:
  market::TimeNs allowed_ns_;
  bool has_sessions_, started_ = false;
  market::TimeNs end_ns_ = 0, missing_ns_ = 0;
  std::uint64_t count_ = 0;
  std::vector<Gap> gaps_;
};

} // namespace finch::feed
