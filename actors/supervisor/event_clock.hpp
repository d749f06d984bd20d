/// Event time as a live venue's clock shows it, derived from any monotonic clock.
#pragma once

#include "actors/market/time.hpp"

namespace finch::supervisor {

/// Maps monotonic time to event time: `start_event_ns` at `start_ns`, then `speed` event seconds a second.
class EventClock {
public:
  EventClock(market::TimeNs start_event_ns, std::int64_t start_ns, double speed)
      : event_{start_event_ns}, since_{start_ns}, speed_{speed} {}

  [[nodiscard]] market::TimeNs event(std::int64_t now_ns) const noexcept {
    return event_ + static_cast<market::TimeNs>(static_cast<double>(now_ns - since_) * speed_);
  }
  /// The monotonic instant at which event time reaches `event_ns`.
  [[nodiscard]] std::int64_t when(market::TimeNs event_ns) const noexcept {
    return since_ + static_cast<std::int64_t>(static_cast<double>(event_ns - event_) / speed_);
  }
  /// Event time stands at `event_ns` at `now_ns` and goes on from there: what happened meanwhile did not take
  /// time.
  void restart(market::TimeNs event_ns, std::int64_t now_ns) noexcept {
    event_ = event_ns;
    since_ = now_ns;
  }

private:
  market::TimeNs event_;
  std::int64_t since_;
  double speed_;
};

} // namespace finch::supervisor
