/// The calculator actor: one instrument's market data into feature rows.
#pragma once

#include "actors/features/calculator.hpp"
#include "actors/interfaces.hpp"

#include <memory>

namespace finch::features {

struct CalculatorState {
  CalculatorActor::stateful_pointer<CalculatorState> self;
  std::shared_ptr<InstrumentCalculator> calculator;
  JoinActor join;

  explicit CalculatorState(CalculatorActor::stateful_pointer<CalculatorState> pointer) : self{pointer} {}
  static inline const char* name = "calculator";
};

/// Hands the join one frame of rows per window. `calculator` becomes the actor's own.
CalculatorActor::behavior_type calculator_actor(CalculatorActor::stateful_pointer<CalculatorState> self,
                                                std::shared_ptr<InstrumentCalculator> calculator,
                                                JoinActor join);

} // namespace finch::features
