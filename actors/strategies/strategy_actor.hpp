/// The strategy actor: one instance's feature rows into votes.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/strategies/active_span.hpp"
#include "actors/strategies/evaluator.hpp"

#include <memory>

namespace finch::strategies {

struct StrategyState {
  StrategyActor::stateful_pointer<StrategyState> self;
  std::shared_ptr<Evaluator> evaluator;
  ActiveSpan active;
  std::uint32_t instance = 0;
  std::size_t timeframes = 1; ///< frames that make a window
  BookActor book;
  ConsensusActor consensus;
  std::vector<FeatureFrame> window;

  explicit StrategyState(StrategyActor::stateful_pointer<StrategyState> pointer) : self{pointer} {}
  static inline const char* name = "strategy";
};

/// Votes once all `timeframes` frames of a window are here, and abstains outside `active`. The join sends the
/// frames one after another, so a window is never interleaved with the next.
StrategyActor::behavior_type strategy_actor(StrategyActor::stateful_pointer<StrategyState> self,
                                            std::shared_ptr<Evaluator> evaluator, ActiveSpan active,
                                            std::uint32_t instance, std::size_t timeframes, BookActor book,
                                            ConsensusActor consensus);

} // namespace finch::strategies
