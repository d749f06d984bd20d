/// The consensus actor: standing votes to decisions.
#pragma once

#include "actors/consensus/consensus.hpp"
#include "actors/interfaces.hpp"

#include <memory>

namespace finch::consensus {

struct ConsensusState {
  ConsensusActor::stateful_pointer<ConsensusState> self;
  std::shared_ptr<Consensus> consensus;
  RiskActor risk;
  BrokerActor records;    ///< told what is decided, before risk is; null where nobody keeps records
  market::Round next = 0; ///< first round not yet decided

  explicit ConsensusState(ConsensusActor::stateful_pointer<ConsensusState> pointer) : self{pointer} {}
  /// Takes a block and decides its rounds if it was the last one missing.
  template <class Table>
  void take(const Frame<Table>& block);
  static inline const char* name = "consensus";
};

/// Decides every round for which all votes and closes are here, beginning with `first`.
ConsensusActor::behavior_type consensus_actor(ConsensusActor::stateful_pointer<ConsensusState> self,
                                              std::shared_ptr<Consensus> consensus, market::Round first,
                                              RiskActor risk, BrokerActor records = {});

} // namespace finch::consensus
