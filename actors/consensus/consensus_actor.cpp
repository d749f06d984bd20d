#include "actors/consensus/consensus_actor.hpp"

namespace finch::consensus {

void ConsensusState::decide() {
  auto through = consensus->complete_through();
  if (through < next)
    return;
  self->send(risk, consensus->decide(next, through));
  next = through + 1;
}

ConsensusActor::behavior_type consensus_actor(ConsensusActor::stateful_pointer<ConsensusState> self,
                                              std::shared_ptr<Consensus> consensus, market::Round first,
                                              RiskActor risk) {
  self->state.consensus = std::move(consensus);
  self->state.next = first;
  self->state.risk = std::move(risk);
  return {
      [self](const VoteFrame& votes) {
        self->state.consensus->add(votes);
        self->state.decide();
      },
      [self](const FeatureFrame& block) {
        self->state.consensus->add(block);
        self->state.decide();
      },
  };
}

} // namespace finch::consensus
