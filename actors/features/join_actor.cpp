#include "actors/features/join_actor.hpp"

namespace finch::features {

JoinActor::behavior_type join_actor(JoinActor::stateful_pointer<JoinState> self, std::shared_ptr<Join> join,
                                    std::vector<StrategyActor> strategies, ConsensusActor consensus,
                                    BrokerActor broker) {
  self->state.join = std::move(join);
  self->state.strategies = std::move(strategies);
  self->state.consensus = std::move(consensus);
  self->state.broker = std::move(broker);
  return {
      [self](const RowsFrame& rows) {
        auto& state = self->state;
        state.join->add(rows);
        if (!state.join->ready())
          return;
        auto blocks = state.join->take();
        // Listener by listener, so that each finds the whole window in its mailbox and runs once.
        for (const auto& strategy : state.strategies)
          for (const auto& block : blocks)
            self->send(strategy, block);
        // Before the consensus, so that no decision overtakes the rows it rests on.
        if (state.broker)
          for (const auto& block : blocks)
            self->send(state.broker, block);
        if (state.consensus)
          for (const auto& block : blocks)
            self->send(state.consensus, block);
      },
  };
}

} // namespace finch::features
