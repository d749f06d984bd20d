#include "actors/broker/broker_actor.hpp"

namespace finch::broker {

void BrokerState::advance() {
  if (asking || !account->ready(next))
    return;
  account->close_round(next);
  asking = true;
  // No timeout: risk answers when the round's decisions are there, and its death is seen by the desk's monitor.
  self->request(risk, caf::infinite, account->state())
      .then(
          [this](const OrderFrame& orders) {
            asking = false;
            settle(*orders);
            advance();
          },
          [this](caf::error& error) { self->quit(std::move(error)); });
}

void BrokerState::settle(const fb::OrderBlock& orders) {
  account->accept(orders);
  self->send(clock, done_atom::value, next);
  ++next;
}

BrokerActor::behavior_type broker_actor(BrokerActor::stateful_pointer<BrokerState> self,
                                        std::shared_ptr<Account> account, market::Round first, RiskActor risk,
                                        ClockActor clock) {
  auto& state = self->state;
  state.account = std::move(account);
  state.next = first;
  state.risk = std::move(risk);
  state.clock = std::move(clock);
  return {
      [self](const MarketFrame& block) {
        self->state.account->consume(block);
        self->state.advance();
      },
      [self](report_atom) { return self->state.account->result(); },
  };
}

} // namespace finch::broker
