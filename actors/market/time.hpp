/// Event time: exchange time in signed nanoseconds since 1970-01-01 UTC, and the one-minute round it falls
/// in.
#pragma once

#include "schemas/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace finch::market {

/// Nanoseconds since the epoch, UTC, by the exchange's clock.
using TimeNs = std::int64_t;
/// The system's base step: number of the UTC minute since the epoch. Round r covers [r, r+1) minutes.
using Round = std::int64_t;

inline constexpr TimeNs ns_per_us = 1'000;
inline constexpr TimeNs ns_per_ms = 1'000'000;
inline constexpr TimeNs ns_per_s = 1'000'000'000;
inline constexpr TimeNs ns_per_minute = 60 * ns_per_s;
inline constexpr TimeNs ns_per_hour = 60 * ns_per_minute;
inline constexpr TimeNs ns_per_day = 24 * ns_per_hour;
inline constexpr Round rounds_per_day = 1'440;

/// Division that rounds towards minus infinity, so that times before 1970 fall in the right minute too.
[[nodiscard]] constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) noexcept {
  return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

[[nodiscard]] constexpr Round round_of(TimeNs time) noexcept { return floor_div(time, ns_per_minute); }
[[nodiscard]] constexpr TimeNs round_begin(Round round) noexcept { return round * ns_per_minute; }
/// The instant the round closes, which is when rows of bars ending in it may be used.
[[nodiscard]] constexpr TimeNs round_close(Round round) noexcept { return (round + 1) * ns_per_minute; }
/// Days since the epoch, UTC.
[[nodiscard]] constexpr std::int32_t day_of(TimeNs time) noexcept {
  return static_cast<std::int32_t>(floor_div(time, ns_per_day));
}

/// `2024-08-09T00:00:00Z`; fractions are printed only when there are any, in as few digits as hold them.
[[nodiscard]] std::string format_time(TimeNs time);
/// `2024-08-09`.
[[nodiscard]] std::string format_day(std::int32_t day);

/// Reads ISO-8601: a date alone, or date and time parted by `T` or a space, with optional seconds, fraction
/// and `Z` or `±hh:mm` (UTC when absent). Also accepts a bare integer: seconds, ms, µs or ns since the epoch,
/// told apart by magnitude (1e9, 1e12, 1e15, 1e18).
[[nodiscard]] Result<TimeNs> parse_time(std::string_view text);

/// Scales an integer stamp whose unit is told by its magnitude to nanoseconds.
[[nodiscard]] TimeNs from_unix(std::int64_t stamp) noexcept;

} // namespace finch::market
