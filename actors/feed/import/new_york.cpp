#include "actors/feed/import/new_york.hpp"

#include <date/tz.h>

#include <algorithm>
#include <exception>

namespace finch::feed {

Result<NewYorkDay> NewYorkDay::of(std::int32_t day) {
  using namespace std::chrono;
  NewYorkDay out;
  out.midnight_ns_ = day * market::ns_per_day;
  auto midnight = seconds{day * std::int64_t{86'400}};
  try {
    const auto* zone = date::locate_zone("America/New_York");
    // A day touches at most a few stretches; walking the transitions in UTC gives them in the order they
    // happened, so the first of a repeated hour is found first.
    auto at = date::sys_seconds{midnight - hours{24}};
    while (at < date::sys_seconds{midnight + hours{48}}) {
      auto info = zone->get_info(at);
      auto begin = (info.begin.time_since_epoch() + info.offset - midnight).count();
      auto end = (info.end.time_since_epoch() + info.offset - midnight).count();
      constexpr std::int64_t day_s = 86'400;
      if (begin < day_s && end > 0)
        out.stretches_.push_back({std::max<std::int64_t>(begin, 0) * 1'000, std::min(end, day_s) * 1'000,
                                  nanoseconds{info.offset}.count()});
      at = info.end;
    }
  } catch (const std::exception& error) {
    return fail(Category::unavailable,
                std::string{"cannot read the time zone America/New_York: "} + error.what(),
                "install the package tzdata");
  }
  return out;
}

} // namespace finch::feed
