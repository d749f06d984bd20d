#include "actors/market/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace finch::market {
namespace {

using Days = std::chrono::sys_days;

/// The last whole second that 64 bits of nanoseconds hold, in 2262.
constexpr std::int64_t last_second = 9'223'372'036;

/// Takes exactly `width` digits off the front of `text`; false when they are not there.
bool take(std::string_view& text, std::size_t width, int& out) {
  if (text.size() < width)
    return false;
  auto [end, error] = std::from_chars(text.data(), text.data() + width, out);
  if (error != std::errc{} || end != text.data() + width)
    return false;
  text.remove_prefix(width);
  return true;
}

bool take(std::string_view& text, char symbol) {
  if (text.empty() || text.front() != symbol)
    return false;
  text.remove_prefix(1);
  return true;
}

Error malformed(std::string_view text) {
  return {Category::usage, fmt::format("'{}' is not a time", text),
          "write ISO-8601 UTC, as 2024-08-09 or 2024-08-09T14:30:00Z"};
}

} // namespace

std::string format_day(std::int32_t day) {
  std::chrono::year_month_day date{Days{std::chrono::days{day}}};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string format_time(TimeNs time) {
  auto day = day_of(time);
  auto rest = time - day * ns_per_day;
  auto seconds = rest / ns_per_s;
  auto text =
      fmt::format("{}T{:02}:{:02}:{:02}", format_day(day), seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (auto fraction = rest % ns_per_s; fraction != 0) {
    auto digits = fmt::format("{:09}", fraction);
    digits.erase(digits.find_last_not_of('0') + 1);
    text += "." + digits;
  }
  return text + "Z";
}

TimeNs from_unix(std::int64_t stamp) noexcept {
  auto size = stamp < 0 ? -stamp : stamp;
  // Stamps past the year 2262 do not fit nanoseconds: the last second that does stands for them.
  if (size < 100'000'000'000)
    return std::clamp(stamp, -last_second, last_second) * ns_per_s;
  if (size < 100'000'000'000'000)
    return std::clamp(stamp, -last_second * 1'000, last_second * 1'000) * ns_per_ms;
  if (size < 100'000'000'000'000'000)
    return std::clamp(stamp, -last_second * 1'000'000, last_second * 1'000'000) * ns_per_us;
  return stamp;
}

Result<TimeNs> parse_time(std::string_view text) {
  auto rest = text;
  if (std::int64_t stamp = 0; text.find('-', 1) == std::string_view::npos && text.size() >= 9) {
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), stamp);
    if (error == std::errc{} && end == text.data() + text.size())
      return from_unix(stamp);
  }
  int year = 0, month = 0, day = 0;
  if (!take(rest, 4, year) || !take(rest, '-') || !take(rest, 2, month) || !take(rest, '-') ||
      !take(rest, 2, day))
    return tl::unexpected(malformed(text));
  std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                   std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || year < 1678 || year > 2261)
    return tl::unexpected(malformed(text));
  auto time = TimeNs{Days{date}.time_since_epoch().count()} * ns_per_day;
  if (rest.empty())
    return time;
  int hour = 0, minute = 0, second = 0;
  if (!(take(rest, 'T') || take(rest, ' ')) || !take(rest, 2, hour) || !take(rest, ':') ||
      !take(rest, 2, minute))
    return tl::unexpected(malformed(text));
  if (take(rest, ':') && !take(rest, 2, second))
    return tl::unexpected(malformed(text));
  if (hour > 23 || minute > 59 || second > 60)
    return tl::unexpected(malformed(text));
  time += ((hour * 60 + minute) * TimeNs{60} + second) * ns_per_s;
  if (take(rest, '.')) {
    auto unit = ns_per_s;
    while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
      unit /= 10;
      time += (rest.front() - '0') * unit;
      rest.remove_prefix(1);
    }
  }
  if (rest.empty() || rest == "Z")
    return time;
  auto sign = rest.front() == '+' ? 1 : rest.front() == '-' ? -1 : 0;
  rest.remove_prefix(1);
  if (sign == 0 || !take(rest, 2, hour))
    return tl::unexpected(malformed(text));
  take(rest, ':');
  minute = 0;
  if ((!rest.empty() && !take(rest, 2, minute)) || !rest.empty() || hour > 14 || minute > 59)
    return tl::unexpected(malformed(text));
  return time - sign * (hour * 60 + minute) * ns_per_minute;
}

} // namespace finch::market
