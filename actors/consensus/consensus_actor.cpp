#include "actors/consensus/consensus_actor.hpp"

#include "schemas/caf_error.hpp"

namespace finch::consensus {

template <class Table>
void ConsensusState::take(const Frame<Table>& block) {
  if (auto taken = consensus->add(block); !taken)
    return self->quit(to_caf(taken.error()));
  // All senders cut rounds alike, so the last block to arrive completes exactly its own rounds.
  auto last = block->last_round();
  if (last < next || !consensus->ready(next, last))
    return;
  auto decisions = consensus->decide(next, last);
  if (records)
    self->send(records, decisions);
  self->send(risk, std::move(decisions));
  next = last + 1;
}

ConsensusActor::behavior_type consensus_actor(ConsensusActor::stateful_pointer<ConsensusState> self,
                                              std::shared_ptr<Consensus> consensus, market::Round first,
                                              RiskActor risk, BrokerActor records) {
  self->state.consensus = std::move(consensus);
  self->state.next = first;
  self->state.risk = std::move(risk);
  self->state.records = std::move(records);
  return {
      [self](const VoteFrame& votes) { self->state.take(votes); },
      [self](const FeatureFrame& block) { self->state.take(block); },
  };
}

} // namespace finch::consensus
