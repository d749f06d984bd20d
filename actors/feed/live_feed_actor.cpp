#include "actors/feed/live_feed_actor.hpp"

#include "schemas/caf_error.hpp"

#include <algorithm>
#include <chrono>

namespace finch::feed {

constexpr std::chrono::milliseconds patience{1};

void LiveFeedState::tell(const MarketFrame& block, bool live) {
  if (calculator)
    self->send(calculator, block);
  for (const auto& listener : listeners)
    self->send(listener, block);
  if (live && recorder)
    self->send(recorder, block);
}

void LiveFeedState::tell_urgent(const MarketFrame& block) {
  if (calculator)
    self->send(calculator, block);
  if (!listeners.empty())
    self->send(listeners.front(), block);
  held.push_back(block);
}

void LiveFeedState::tell_held() {
  for (const auto& block : held) {
    for (std::size_t i = 1; i < listeners.size(); ++i)
      self->send(listeners[i], block);
    if (recorder)
      self->send(recorder, block);
  }
  held.clear();
}

Status LiveFeedState::advance(market::Round first, market::Round last) {
  if (auto recorded = std::min(last, venue->round() - 1); first <= recorded) {
    auto told = history->read(first, recorded, [&](const MarketFrame& block) { tell(block, false); });
    if (!told)
      return told;
  }
  tell_held();
  while (venue->round() <= last)
    venue->close([&](const MarketFrame& block) { tell_urgent(block); });
  if (calculator)
    self->send(calculator, done_atom::value, first, last);
  if (!held.empty())
    self->delayed_send(self, patience, done_atom::value);
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
        own.tell_held();
        own.venue->poll(now, [&own](const MarketFrame& block) { own.tell(block, true); });
      },
      [self](listen_atom, const CalculatorActor& calculator, std::vector<MarketListener>& listeners) {
        auto& own = self->state;
        own.tell_held();
        own.calculator = calculator;
        own.listeners = std::move(listeners);
        auto opened = own.open_history();
        if (!opened)
          return self->quit(to_caf(opened.error()));
        own.history = std::move(*opened);
      },
      [self](done_atom) { self->state.tell_held(); },
  };
}

} // namespace finch::feed
