/// The feed actor: one instrument, told to everybody who listens.
#pragma once

#include "actors/feed/source.hpp"
#include "actors/interfaces.hpp"

#include <memory>

namespace finch::feed {

struct FeedState {
  FeedActor::stateful_pointer<FeedState> self;
  std::shared_ptr<Source> source;
  CalculatorActor calculator;
  std::vector<MarketListener> listeners;

  explicit FeedState(FeedActor::stateful_pointer<FeedState> pointer) : self{pointer} {}
  static inline const char* name = "feed";
};

/// Tells `calculator` and `listeners` what `source` has for each granted window; ends with the source's error
/// where it fails.
FeedActor::behavior_type feed_actor(FeedActor::stateful_pointer<FeedState> self,
                                    std::shared_ptr<Source> source, CalculatorActor calculator,
                                    std::vector<MarketListener> listeners);

} // namespace finch::feed
