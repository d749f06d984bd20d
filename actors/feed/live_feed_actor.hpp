/// The live feed actor: recorded history first, then the venue as it happens.
#pragma once

#include "actors/feed/simulated/simulated_source.hpp"
#include "actors/feed/source.hpp"
#include "actors/interfaces.hpp"

#include <functional>
#include <memory>

namespace finch::feed {

/// Opens the recorded past of the feed's instrument from its first round on.
using HistoryFactory = std::function<Result<std::unique_ptr<Source>>()>;

struct LiveFeedState {
  LiveFeedActor::stateful_pointer<LiveFeedState> self;
  HistoryFactory open_history;
  std::unique_ptr<Source> history;
  std::shared_ptr<SimulatedSource> venue;
  CalculatorActor calculator;
  std::vector<MarketListener> listeners;
  RecorderActor recorder;
  std::vector<MarketFrame> held; ///< a close that only the urgent have heard of
  bool caught_up = false;        ///< the listeners have heard everything before the open round

  explicit LiveFeedState(LiveFeedActor::stateful_pointer<LiveFeedState> pointer) : self{pointer} {}
  void tell(const MarketFrame& block);
  /// Takes what the venue says.
  void hear(const MarketFrame& block);
  void hear_close(const MarketFrame& block);
  void tell_held();
  void listen();
  [[nodiscard]] Status advance(market::Round first, market::Round last);
  static inline const char* name = "live feed";
};

/// Lives as long as the venue does, whoever listens. Windows before the venue's open round are read from the
/// recorded past, once `recorder` has it on disk; later ones are closed as they stand. Who joins in the
/// middle of a round hears it from its beginning. `recorder` hears only what is new.
///
/// A live close is told to the calculator and to the first listener, the desk's broker, at once, because the
/// round's decisions wait for them; the others hear of it a millisecond later, or when anything else is to be
/// told.
LiveFeedActor::behavior_type live_feed_actor(LiveFeedActor::stateful_pointer<LiveFeedState> self,
                                             HistoryFactory history, std::shared_ptr<SimulatedSource> venue,
                                             RecorderActor recorder);

} // namespace finch::feed

namespace caf {

template <>
struct allowed_unsafe_message_type<finch::feed::HistoryFactory> : std::true_type {};

} // namespace caf
