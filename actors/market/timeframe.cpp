#include "actors/market/timeframe.hpp"

#include <fmt/format.h>

#include <charconv>

namespace finch::market {

std::string format_timeframe(Timeframe timeframe) { return fmt::format("{}m", timeframe.minutes); }

Result<Timeframe> parse_timeframe(std::string_view text) {
  std::int32_t count = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  auto unit = std::string_view{end, static_cast<std::size_t>(text.data() + text.size() - end)};
  auto scale = unit == "m" ? 1 : unit == "h" ? 60 : unit == "d" ? 1'440 : 0;
  auto minutes = static_cast<std::int64_t>(count) * scale;
  if (error != std::errc{} || minutes <= 0 || minutes > 1'440 || 1'440 % minutes != 0)
    return fail(Category::usage, fmt::format("'{}' is not a timeframe", text),
                "use a whole number of minutes that divides a day, as 1m, 5m, 15m, 60m");
  return Timeframe{static_cast<std::int32_t>(minutes)};
}

} // namespace finch::market
