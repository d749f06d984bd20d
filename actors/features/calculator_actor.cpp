#include "actors/features/calculator_actor.hpp"

namespace finch::features {

CalculatorActor::behavior_type calculator_actor(CalculatorActor::stateful_pointer<CalculatorState> self,
                                                std::shared_ptr<InstrumentCalculator> calculator,
                                                market::Round first, JoinActor join) {
  self->state.calculator = std::move(calculator);
  self->state.next = first;
  self->state.join = std::move(join);
  return {
      [self](const MarketFrame& block) {
        auto& state = self->state;
        state.calculator->consume(*block);
        auto through = state.calculator->complete_through();
        if (through < state.next)
          return;
        self->send(state.join, state.calculator->take(state.next, through));
        state.next = through + 1;
      },
  };
}

} // namespace finch::features
