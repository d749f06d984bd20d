#include "actors/feed/live_feed_actor.hpp"

#include "schemas/caf_error.hpp"

#include <algorithm>

namespace finch::feed {

void LiveFeedState::tell(const MarketFrame& block, bool live) {
  if (calculator)
    self->send(calculator, block);
  for (const auto& listener : listeners)
    self->send(listener, block);
  if (live && recorder)
    self->send(recorder, block);
}

Status LiveFeedState::advance(market::Round first, market::Round last) {
  if (auto recorded = std::min(last, venue->round() - 1); first <= recorded) {
    auto told = history->read(first, recorded, [&](const MarketFrame& block) { tell(block, false); });
    if (!told)
      return told;
  }
  while (venue->round() <= last)
    venue->close([&](const MarketFrame& block) { tell(block, true); });
  if (calculator)
    self->send(calculator, done_atom::value, first, last);
  return {};
}

LiveFeedActor::behavior_type live_feed_actor(LiveFeedActor::stateful_pointer<LiveFeedState> self,
                                             HistoryFactory history, std::shared_ptr<SimulatedSource> venue,
                                             RecorderActor recorder) {
  auto& state = self->state;
  state.open_history = std::move(history);
  state.venue = std::move(venue);
  state.recorder = std::move(recorder);
  return {
      [self](advance_atom, market::Round first, market::Round last) {
        if (auto told = self->state.advance(first, last); !told)
          self->quit(to_caf(told.error()));
      },
      [self](poll_atom, market::TimeNs now) {
        auto& own = self->state;
        own.venue->poll(now, [&own](const MarketFrame& block) { own.tell(block, true); });
      },
      [self](listen_atom, const CalculatorActor& calculator, std::vector<MarketListener>& listeners) {
        auto& own = self->state;
        own.calculator = calculator;
        own.listeners = std::move(listeners);
        auto opened = own.open_history();
        if (!opened)
          return self->quit(to_caf(opened.error()));
        own.history = std::move(*opened);
      },
  };
}

} // namespace finch::feed
