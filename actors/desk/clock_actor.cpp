#include "actors/desk/clock_actor.hpp"

namespace finch::desk {

void ClockState::grant() {
  while (!feeds.empty()) {
    auto window = clock->next();
    if (!window)
      return;
    for (const auto& feed : feeds)
      self->send(feed, advance_atom::value, window->first, window->last);
  }
}

void ClockState::settle() {
  auto settled = clock->settled();
  std::erase_if(waiters, [settled](Waiter& waiter) {
    if (waiter.round > settled)
      return false;
    waiter.promise.deliver(settled);
    return true;
  });
}

ClockActor::behavior_type clock_actor(ClockActor::stateful_pointer<ClockState> self, RoundClock clock) {
  self->state.clock.emplace(std::move(clock));
  return {
      [self](start_atom, std::vector<FeedActor>& feeds) {
        self->state.feeds = std::move(feeds);
        self->state.grant();
      },
      [self](done_atom, market::Round round) {
        self->state.clock->done(self->current_sender()->id(), round);
        self->state.settle();
        self->state.grant();
      },
      [self](advance_atom, market::Round last) {
        self->state.clock->allow(last);
        self->state.grant();
      },
      [self](wait_atom, market::Round round) -> caf::result<market::Round> {
        auto promise = self->make_response_promise<market::Round>();
        self->state.waiters.push_back({round, promise});
        self->state.settle();
        return promise;
      },
  };
}

} // namespace finch::desk
