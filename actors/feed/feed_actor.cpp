#include "actors/feed/feed_actor.hpp"

#include "schemas/caf_error.hpp"

namespace finch::feed {

FeedActor::behavior_type feed_actor(FeedActor::stateful_pointer<FeedState> self,
                                    std::shared_ptr<Source> source, CalculatorActor calculator,
                                    std::vector<MarketListener> listeners) {
  auto& state = self->state;
  state.source = std::move(source);
  state.calculator = std::move(calculator);
  state.listeners = std::move(listeners);
  return {
      [self](advance_atom, market::Round first, market::Round last) {
        auto& own = self->state;
        auto told = own.source->read(first, last, [self](const MarketFrame& block) {
          self->send(self->state.calculator, block);
          for (const auto& listener : self->state.listeners)
            self->send(listener, block);
        });
        if (!told)
          return self->quit(to_caf(told.error()));
        self->send(own.calculator, done_atom::value, first, last);
      },
  };
}

} // namespace finch::feed
