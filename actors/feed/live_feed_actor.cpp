#include "actors/feed/live_feed_actor.hpp"

#include "actors/feed/feed_actor.hpp"
#include "schemas/caf_error.hpp"

namespace finch::feed {

void LiveFeedState::tell(const MarketFrame& block, bool live) {
  for (const auto& listener : listeners)
    self->send(listener, block);
  if (live && recorder)
    self->send(recorder, block);
}

LiveFeedActor::behavior_type live_feed_actor(LiveFeedActor::stateful_pointer<LiveFeedState> self,
                                             std::shared_ptr<Source> history,
                                             std::shared_ptr<SimulatedSource> venue,
                                             std::vector<MarketListener> listeners, RecorderActor recorder) {
  auto& state = self->state;
  state.history = std::move(history);
  state.venue = std::move(venue);
  state.listeners = std::move(listeners);
  state.recorder = std::move(recorder);
  return {
      [self](advance_atom, market::Round first, market::Round last) {
        auto& own = self->state;
        auto recorded = std::min(last, own.venue->round() - 1);
        if (first <= recorded) {
          auto told =
              own.history->read(first, recorded, [&](const MarketFrame& block) { own.tell(block, false); });
          if (!told)
            return self->quit(to_caf(told.error()));
        }
        while (own.venue->round() <= last)
          own.venue->close([&](const MarketFrame& block) { own.tell(block, true); });
      },
      [self](poll_atom, market::TimeNs now) {
        auto& own = self->state;
        own.venue->poll(now, [&](const MarketFrame& block) { own.tell(block, true); });
      },
  };
}

} // namespace finch::feed
