#include "actors/risk/risk_actor.hpp"

namespace finch::risk {

std::optional<OrderFrame> RiskState::settle(const fb::AccountState& account) {
  while (!decisions.empty() && decisions.front()->last_round() < account.round()) {
    decisions.pop_front();
    used = 0;
  }
  if (decisions.empty())
    return std::nullopt;
  std::vector<fb::Decision> due;
  const auto& all = *decisions.front()->decisions();
  for (; used < all.size() && all.Get(used)->round() <= account.round(); ++used)
    if (all.Get(used)->round() == account.round())
      due.push_back(*all.Get(used));
  return risk->settle(account.round(), due, account);
}

RiskActor::behavior_type risk_actor(RiskActor::stateful_pointer<RiskState> self, std::shared_ptr<Risk> risk) {
  self->state.risk = std::move(risk);
  return {
      [self](const DecisionFrame& decisions) {
        auto& state = self->state;
        state.decisions.push_back(decisions);
        if (!state.waiting)
          return;
        if (auto orders = state.settle(**state.waiting)) {
          state.waiting.reset();
          state.promise.deliver(std::move(*orders));
        }
      },
      [self](const AccountFrame& account) -> caf::result<OrderFrame> {
        auto& state = self->state;
        if (auto orders = state.settle(*account))
          return std::move(*orders);
        state.waiting = account;
        state.promise = self->make_response_promise<OrderFrame>();
        return state.promise;
      },
  };
}

} // namespace finch::risk
