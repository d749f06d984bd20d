/// The risk actor: the gate every order of the desk's account passes.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/risk/risk.hpp"

#include <deque>
#include <memory>

namespace finch::risk {

struct RiskState {
  RiskActor::stateful_pointer<RiskState> self;
  std::shared_ptr<Risk> risk;
  std::deque<DecisionFrame> decisions;
  flatbuffers::uoffset_t used = 0;     ///< decisions of the front block already settled
  std::optional<AccountFrame> waiting; ///< the account of a round whose decisions are not here yet
  caf::typed_response_promise<OrderFrame> promise;

  explicit RiskState(RiskActor::stateful_pointer<RiskState> pointer) : self{pointer} {}
  /// Answers for the account's round when its decisions are here.
  [[nodiscard]] std::optional<OrderFrame> settle(const fb::AccountState& account);
  static inline const char* name = "risk";
};

RiskActor::behavior_type risk_actor(RiskActor::stateful_pointer<RiskState> self, std::shared_ptr<Risk> risk);

} // namespace finch::risk
