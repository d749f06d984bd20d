/// Timeframes: a whole number of minutes that divides a day.
#pragma once

#include "actors/market/time.hpp"

#include <array>
#include <compare>

namespace finch::market {

/// A bar length. The default set is 1m, 5m, 15m, 60m.
struct Timeframe {
  std::int32_t minutes = 1;

  auto operator<=>(const Timeframe&) const = default;

  [[nodiscard]] constexpr TimeNs length_ns() const noexcept { return minutes * ns_per_minute; }
  /// Open time of the bar that holds `time`.
  [[nodiscard]] constexpr TimeNs bar_open(TimeNs time) const noexcept {
    return floor_div(time, length_ns()) * length_ns();
  }
  /// Whether a bar of this timeframe closes when `round` closes.
  [[nodiscard]] constexpr bool closes_at(Round round) const noexcept { return (round + 1) % minutes == 0; }
  /// Bars a year, trading around the clock.
  [[nodiscard]] constexpr double bars_per_year() const noexcept { return 525'600.0 / minutes; }
};

inline constexpr std::array default_timeframes{Timeframe{1}, Timeframe{5}, Timeframe{15}, Timeframe{60}};

/// `5m`; every length is written in minutes, so that a name has one spelling.
[[nodiscard]] std::string format_timeframe(Timeframe timeframe);
/// Reads `5m`, `1h`, `1d`; the length must divide a day.
[[nodiscard]] Result<Timeframe> parse_timeframe(std::string_view text);

} // namespace finch::market
