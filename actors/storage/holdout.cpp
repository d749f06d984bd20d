#include "actors/storage/holdout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace finch::storage {

Holdout Holdout::at(market::TimeNs h0) { return Holdout{market::day_of(h0) * market::ns_per_day}; }

Holdout Holdout::of(market::TimeNs first, market::TimeNs last, double fraction) {
  auto length = static_cast<double>(last - first);
  return at(last - static_cast<market::TimeNs>(std::ceil(length * std::clamp(fraction, 0.0, 1.0))));
}

Holdout Holdout::of(const TickStore& store, double fraction) {
  bool any = false;
  market::TimeNs first = 0, last = 0;
  for (const auto& span : store.spans()) {
    if (span.kind == Kind::quotes || span.kind == Kind::funding)
      continue;
    auto end = span.last_ns + span.timeframe.length_ns();
    first = any ? std::min(first, span.first_ns) : span.first_ns;
    last = any ? std::max(last, end) : end;
    any = true;
  }
  return any ? of(first, last, fraction) : at(0);
}

Result<SearchWindow> Holdout::window(market::TimeNs from, market::TimeNs to) const {
  if (from >= to)
    return fail(Category::usage, fmt::format("the window {} to {} is empty", market::format_time(from),
                                             market::format_time(to)));
  if (to > h0_)
    return fail(Category::usage,
                fmt::format("a search window that ends at {} reaches into the holdout, which begins at {}",
                            market::format_time(to), market::format_time(h0_)),
                "end it at or before that time");
  return SearchWindow{from, to};
}

} // namespace finch::storage
