#include "actors/feed/feed_actor.hpp"

#include "schemas/caf_error.hpp"

namespace finch::feed {

FeedActor::behavior_type feed_actor(FeedActor::stateful_pointer<FeedState> self,
                                    std::shared_ptr<Source> source, std::vector<MarketListener> listeners) {
  self->state.source = std::move(source);
  self->state.listeners = std::move(listeners);
  return {
      [self](advance_atom, market::Round first, market::Round last) {
        auto told = self->state.source->read(first, last, [self](const MarketFrame& block) {
          for (const auto& listener : self->state.listeners)
            self->send(listener, block);
        });
        if (!told)
          self->quit(to_caf(told.error()));
      },
  };
}

} // namespace finch::feed
