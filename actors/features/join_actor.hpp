/// The join actor: one instrument's rows become everybody's rows.
#pragma once

#include "actors/features/join.hpp"
#include "actors/interfaces.hpp"

#include <memory>

namespace finch::features {

struct JoinState {
  JoinActor::stateful_pointer<JoinState> self;
  std::shared_ptr<Join> join;
  std::vector<StrategyActor> strategies;
  ConsensusActor consensus;
  BrokerActor broker;

  explicit JoinState(JoinActor::stateful_pointer<JoinState> pointer) : self{pointer} {}
  static inline const char* name = "join";
};

/// Sends every finished feature block to all strategies and, where there are any, to broker and consensus.
JoinActor::behavior_type join_actor(JoinActor::stateful_pointer<JoinState> self, std::shared_ptr<Join> join,
                                    std::vector<StrategyActor> strategies, ConsensusActor consensus,
                                    BrokerActor broker = {});

} // namespace finch::features
