/// The strategy actor: one instance's feature rows into votes.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/strategies/active_span.hpp"
#include "actors/strategies/evaluator.hpp"

#include <deque>
#include <memory>

namespace finch::strategies {

/// Who a strategy actor is and whom it tells.
struct StrategyPost {
  std::shared_ptr<Evaluator> evaluator;
  ActiveSpan active = {};
  std::uint32_t instance = 0; ///< its number; votes carry it
  std::size_t timeframes = 1; ///< feature frames that make a window
  /// Numbers of the strategies it takes votes of, in the evaluator's order.
  std::vector<std::uint32_t> references = {};
  std::vector<StrategyActor> readers = {}; ///< those that take its votes
  BookActor book = {};                     ///< absent where it only votes for others
  std::vector<int> told = {};              ///< minutes of the timeframes whose rows its book is told
  ConsensusActor consensus = {};           ///< absent where nobody decides on its votes
};

struct StrategyState {
  StrategyActor::stateful_pointer<StrategyState> self;
  StrategyPost post;
  std::deque<FeatureFrame> rows;            ///< of windows not voted on yet
  std::vector<std::deque<VoteFrame>> taken; ///< per reference, likewise

  explicit StrategyState(StrategyActor::stateful_pointer<StrategyState> pointer) : self{pointer} {}
  static inline const char* name = "strategy";
};

/// Votes once all frames of a window and the votes it takes of it are here. What it passes to readers is what
/// its rules say; its book and the consensus hear votes inside `active` only. Frames of one sender come in
/// the order of windows, so the oldest of each belong together.
StrategyActor::behavior_type strategy_actor(StrategyActor::stateful_pointer<StrategyState> self,
                                            StrategyPost post);

} // namespace finch::strategies

namespace caf {

// A post travels only inside the process, to the actor being spawned.
template <>
struct allowed_unsafe_message_type<finch::strategies::StrategyPost> : std::true_type {};

} // namespace caf
