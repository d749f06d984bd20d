#pragma once

#include <string_view>

namespace finch::market {

/// What a number measures. A count is a pure number, a flag is 0 or 1 (or a sign).
enum class Dimension { unitless, price, volume, time, count, flag };

/// The dimension's name as people read it.
[[nodiscard]] inline constexpr std::string_view format_dimension(Dimension dimension) {
  switch (dimension) {
  case Dimension::unitless:
    return "unitless";
  case Dimension::price:
    return "price";
  case Dimension::volume:
    return "volume";
  case Dimension::time:
    return "time";
  case Dimension::count:
    return "count";
  case Dimension::flag:
    return "flag";
  }
  return "unitless";
}

} // namespace finch::market
