#include "actors/features/join_actor.hpp"

namespace finch::features {

JoinActor::behavior_type join_actor(JoinActor::stateful_pointer<JoinState> self, std::shared_ptr<Join> join,
                                    std::vector<StrategyActor> strategies, ConsensusActor consensus) {
  self->state.join = std::move(join);
  self->state.strategies = std::move(strategies);
  self->state.consensus = std::move(consensus);
  return {
      [self](const RowsFrame& rows) {
        auto& state = self->state;
        state.join->add(rows);
        if (!state.join->ready())
          return;
        for (const auto& block : state.join->take()) {
          for (const auto& strategy : state.strategies)
            self->send(strategy, block);
          if (state.consensus)
            self->send(state.consensus, block);
        }
      },
  };
}

} // namespace finch::features
