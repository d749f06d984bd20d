#include "actors/strategies/strategy_actor.hpp"

#include "schemas/caf_error.hpp"

namespace finch::strategies {

StrategyActor::behavior_type strategy_actor(StrategyActor::stateful_pointer<StrategyState> self,
                                            std::shared_ptr<Evaluator> evaluator, ActiveSpan active,
                                            std::uint32_t instance, std::size_t timeframes, BookActor book,
                                            ConsensusActor consensus) {
  auto& state = self->state;
  state.evaluator = std::move(evaluator);
  state.active = active;
  state.instance = instance;
  state.timeframes = timeframes;
  state.book = std::move(book);
  state.consensus = std::move(consensus);
  return {
      [self](const FeatureFrame& block) {
        auto& own = self->state;
        own.window.push_back(block);
        if (own.window.size() < own.timeframes)
          return;
        auto cast = own.evaluator->vote(own.instance, own.window);
        auto window = std::exchange(own.window, {});
        if (!cast)
          return self->quit(to_caf(cast.error()));
        auto votes = within(own.active, *cast);
        if (own.consensus)
          self->send(own.consensus, votes); // first, because decisions wait for it
        for (const auto& rows : window)
          if (rows->minutes() == votes->minutes())
            self->send(own.book, rows);
        self->send(own.book, votes);
      },
  };
}

} // namespace finch::strategies
