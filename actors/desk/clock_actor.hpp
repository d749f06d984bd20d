/// The clock: the one place that says which rounds run.
#pragma once

#include "actors/desk/round_clock.hpp"
#include "actors/interfaces.hpp"

namespace finch::desk {

struct ClockState {
  ClockActor::stateful_pointer<ClockState> self;
  std::optional<RoundClock> clock;
  std::vector<FeedActor> feeds;
  struct Waiter {
    market::Round round;
    caf::typed_response_promise<market::Round> promise;
  };
  std::vector<Waiter> waiters;

  explicit ClockState(ClockActor::stateful_pointer<ClockState> pointer) : self{pointer} {}
  void grant();
  void settle();
  static inline const char* name = "clock";
};

/// Drives its feeds through windows as `clock` allows; `sinks` actors report done.
ClockActor::behavior_type clock_actor(ClockActor::stateful_pointer<ClockState> self, RoundClock clock);

} // namespace finch::desk
