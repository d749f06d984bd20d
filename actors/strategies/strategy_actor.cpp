#include "actors/strategies/strategy_actor.hpp"

#include "schemas/caf_error.hpp"

namespace finch::strategies {

StrategyActor::behavior_type strategy_actor(StrategyActor::stateful_pointer<StrategyState> self,
                                            std::shared_ptr<Evaluator> evaluator, std::uint32_t instance,
                                            std::size_t timeframes, BookActor book,
                                            ConsensusActor consensus) {
  auto& state = self->state;
  state.evaluator = std::move(evaluator);
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
        auto votes = own.evaluator->vote(own.instance, own.window);
        own.window.clear();
        if (!votes)
          return self->quit(to_caf(votes.error()));
        self->send(own.book, *votes);
        if (own.consensus)
          self->send(own.consensus, *votes);
      },
  };
}

} // namespace finch::strategies
