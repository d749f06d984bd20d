/// New York local time of one day to UTC, with daylight saving as it was in force.
#pragma once

#include "actors/market/time.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace finch::feed {

/// The stretches of one local day, each with one offset from UTC.
class NewYorkDay {
public:
  /// The day by its number since 1970-01-01. Fails when the time zone database is missing.
  [[nodiscard]] static Result<NewYorkDay> of(std::int32_t day);

  /// UTC of `ms` milliseconds after local midnight by the clock on the wall; false for a time the clock
  /// skipped. Of the hour the clock shows twice, the first.
  [[nodiscard]] bool to_utc(std::int64_t ms, market::TimeNs& out) const noexcept {
    for (const auto& stretch : stretches_)
      if (ms >= stretch.begin_ms && ms < stretch.end_ms) {
        out = midnight_ns_ + ms * market::ns_per_ms - stretch.offset_ns;
        return true;
      }
    return false;
  }

private:
  struct Stretch {
    std::int64_t begin_ms, end_ms; ///< wall clock since midnight
    market::TimeNs offset_ns;      ///< what the wall clock is ahead of UTC
  };
  market::TimeNs midnight_ns_ = 0; ///< as if the wall clock were UTC
  std::vector<Stretch> stretches_;
};

} // namespace finch::feed
