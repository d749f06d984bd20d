/// The broker actor: the desk's account, settled round by round with risk.
#pragma once

#include "actors/broker/account.hpp"
#include "actors/broker/latency_probe.hpp"
#include "actors/interfaces.hpp"

#include <memory>

namespace finch::broker {

struct BrokerState {
  BrokerActor::stateful_pointer<BrokerState> self;
  std::shared_ptr<Account> account;
  RiskActor risk;
  ClockActor clock;
  LatencyProbe probe;
  bool asking = false; ///< risk is thinking about the round closed last

  explicit BrokerState(BrokerActor::stateful_pointer<BrokerState> pointer) : self{pointer} {}
  void advance();
  static inline const char* name = "broker";
};

/// Plays market data as it comes, closes each round once all instruments have closed it, asks risk for that
/// round's orders, and only then goes on to the next. `probe` is told when.
BrokerActor::behavior_type broker_actor(BrokerActor::stateful_pointer<BrokerState> self,
                                        std::shared_ptr<Account> account, RiskActor risk, ClockActor clock,
                                        LatencyProbe probe);

} // namespace finch::broker
