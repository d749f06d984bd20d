#include "actors/desk/round_clock.hpp"

#include <algorithm>

namespace finch::desk {

RoundClock::RoundClock(market::Round first, std::int32_t window, std::int32_t credit, std::size_t sinks)
    : next_{first}, allowed_{first - 1}, first_{first}, window_{window}, credit_{credit}, sinks_{sinks} {}

void RoundClock::allow(market::Round last) { allowed_ = std::max(allowed_, last); }

std::optional<Window> RoundClock::next() {
  if (next_ > allowed_ || std::ssize(open_) >= credit_)
    return std::nullopt;
  auto midnight = (market::floor_div(next_, market::rounds_per_day) + 1) * market::rounds_per_day;
  Window window{next_, std::min({next_ + window_ - 1, allowed_, midnight - 1})};
  open_.insert(window.last);
  next_ = window.last + 1;
  return window;
}

void RoundClock::done(std::uint64_t sink, market::Round round) {
  auto [entry, fresh] = settled_.try_emplace(sink, round);
  entry->second = std::max(entry->second, round);
  auto all = settled();
  std::erase_if(open_, [all](market::Round last) { return last <= all; });
}

void RoundClock::add_sink(std::uint64_t sink, market::Round round) {
  ++sinks_;
  settled_.try_emplace(sink, round - 1);
}

market::Round RoundClock::settled() const {
  if (settled_.size() < sinks_ || settled_.empty())
    return first_ - 1;
  return std::min_element(settled_.begin(), settled_.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->second;
}

} // namespace finch::desk
