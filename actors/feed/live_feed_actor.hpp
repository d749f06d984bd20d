/// The live feed actor: recorded history first, then the venue as it happens.
#pragma once

#include "actors/feed/simulated/simulated_source.hpp"
#include "actors/feed/source.hpp"
#include "actors/interfaces.hpp"

#include <memory>

namespace finch::feed {

struct LiveFeedState {
  LiveFeedActor::stateful_pointer<LiveFeedState> self;
  std::shared_ptr<Source> history;
  std::shared_ptr<SimulatedSource> venue;
  std::vector<MarketListener> listeners;
  RecorderActor recorder;

  explicit LiveFeedState(LiveFeedActor::stateful_pointer<LiveFeedState> pointer) : self{pointer} {}
  void tell(const MarketFrame& block, bool live);
  static inline const char* name = "live feed";
};

/// Windows before the venue's first round are read from `history`; from then on every granted round is closed
/// as it stands. `recorder` hears only what is new.
LiveFeedActor::behavior_type live_feed_actor(LiveFeedActor::stateful_pointer<LiveFeedState> self,
                                             std::shared_ptr<Source> history,
                                             std::shared_ptr<SimulatedSource> venue,
                                             std::vector<MarketListener> listeners, RecorderActor recorder);

} // namespace finch::feed
