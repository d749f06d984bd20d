#include "actors/broker/broker_actor.hpp"

#include "schemas/caf_error.hpp"

namespace finch::broker {

void BrokerState::advance() {
  auto round = account->next_round();
  if (asking || !account->ready(round))
    return;
  account->close_round(round);
  if (!account->status())
    return self->quit(to_caf(account->status().error()));
  if (probe.closed)
    probe.closed(round);
  asking = true;
  // No timeout: risk answers when the round's decisions are there, and its death is seen by the desk's
  // monitor.
  self->request(risk, caf::infinite, account->state())
      .then(
          [this, round](const OrderFrame& orders) {
            asking = false;
            account->note_decisions(orders->orders()->size() + orders->refusals()->size());
            if (auto taken = account->submit(*orders); !taken)
              return self->quit(to_caf(taken.error()));
            if (probe.decided)
              probe.decided(round);
            self->send(clock, done_atom::value, round);
            advance();
          },
          [this](caf::error& error) { self->quit(std::move(error)); });
}

BrokerActor::behavior_type broker_actor(BrokerActor::stateful_pointer<BrokerState> self,
                                        std::shared_ptr<Account> account, RiskActor risk, ClockActor clock,
                                        LatencyProbe probe) {
  auto& state = self->state;
  state.account = std::move(account);
  state.risk = std::move(risk);
  state.clock = std::move(clock);
  state.probe = std::move(probe);
  return {
      [self](const MarketFrame& block) {
        auto taken = self->state.account->consume(block);
        if (!taken)
          return self->quit(to_caf(taken.error()));
        if (self->state.probe.played)
          self->state.probe.played(*block, *taken);
        self->state.advance();
      },
      [self](const FeatureFrame& block) { self->state.account->features(block); },
      [self](const DecisionFrame& decisions) { self->state.account->keep_decisions(decisions); },
      [self](report_atom, bool finish) {
        if (finish)
          self->state.account->finish();
        return self->state.account->result();
      },
      [self](records_atom) { return self->state.account->take_records(); },
  };
}

} // namespace finch::broker
