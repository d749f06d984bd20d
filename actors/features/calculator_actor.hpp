/// The calculator actor: one instrument's market data into feature rows.
#pragma once

#include "actors/features/instrument_calculator.hpp"
#include "actors/interfaces.hpp"

#include <memory>

namespace finch::features {

struct CalculatorState {
  CalculatorActor::stateful_pointer<CalculatorState> self;
  std::shared_ptr<InstrumentCalculator> calculator;
  JoinActor join;
  market::Round next = 0; ///< first round not yet handed to the join

  explicit CalculatorState(CalculatorActor::stateful_pointer<CalculatorState> pointer) : self{pointer} {}
  static inline const char* name = "calculator";
};

/// Hands the join one frame of rows for every run of rounds a block completes. `calculator` becomes the
/// actor's own; `first` is the first round it will be told.
CalculatorActor::behavior_type calculator_actor(CalculatorActor::stateful_pointer<CalculatorState> self,
                                                std::shared_ptr<InstrumentCalculator> calculator,
                                                market::Round first, JoinActor join);

} // namespace finch::features
