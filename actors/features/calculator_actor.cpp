#include "actors/features/calculator_actor.hpp"

namespace finch::features {

CalculatorActor::behavior_type calculator_actor(CalculatorActor::stateful_pointer<CalculatorState> self,
                                                std::shared_ptr<InstrumentCalculator> calculator,
                                                JoinActor join) {
  self->state.calculator = std::move(calculator);
  self->state.join = std::move(join);
  return {
      [self](const MarketFrame& block) { self->state.calculator->consume(*block); },
      [self](done_atom, market::Round first, market::Round last) {
        self->send(self->state.join, self->state.calculator->take(first, last));
      },
  };
}

} // namespace finch::features
