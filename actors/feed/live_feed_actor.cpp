#include "actors/feed/live_feed_actor.hpp"

#include "schemas/caf_error.hpp"

#include <algorithm>
#include <chrono>

namespace finch::feed {
namespace {

/// Longer than a round's decisions take, and short beside the minute that books have.
constexpr std::chrono::milliseconds patience{1};

} // namespace

void LiveFeedState::tell(const MarketFrame& block) {
  if (calculator)
    self->send(calculator, block);
  for (const auto& listener : listeners)
    self->send(listener, block);
}

void LiveFeedState::hear(const MarketFrame& block) {
  if (recorder)
    self->send(recorder, block);
  if (caught_up)
    tell(block);
}

void LiveFeedState::hear_close(const MarketFrame& block) {
  if (recorder)
    self->send(recorder, block);
  if (!caught_up)
    return;
  if (calculator)
    self->send(calculator, block);
  if (!listeners.empty())
    self->send(listeners.front(), block);
  held.push_back(block);
}

void LiveFeedState::tell_held() {
  for (const auto& block : held)
    for (std::size_t i = 1; i < listeners.size(); ++i)
      self->send(listeners[i], block);
  held.clear();
}

Status LiveFeedState::advance(market::Round first, market::Round last) {
  tell_held();
  if (auto recorded = std::min(last, venue->round() - 1); first <= recorded) {
    auto told = history->read(first, recorded, [this](const MarketFrame& block) { tell(block); });
    if (!told)
      return told;
  }
  if (!caught_up && last >= venue->round() - 1) {
    venue->retell([this](const MarketFrame& block) { tell(block); });
    caught_up = true;
    history.reset(); // it holds on to the store as it was
  }
  while (venue->round() <= last)
    venue->close([this](const MarketFrame& block) { hear_close(block); });
  if (calculator)
    self->send(calculator, done_atom::value, first, last);
  if (!held.empty())
    self->delayed_send(self, patience, done_atom::value);
  return {};
}

void LiveFeedState::listen() {
  auto opened = open_history();
  if (!opened)
    return self->quit(to_caf(opened.error()));
  history = std::move(*opened);
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
        own.venue->poll(now, [&own](const MarketFrame& block) { own.hear(block); });
      },
      [self](listen_atom, const CalculatorActor& calculator, std::vector<MarketListener>& listeners) {
        auto& own = self->state;
        own.tell_held();
        own.calculator = calculator;
        own.listeners = std::move(listeners);
        own.caught_up = false;
        if (!own.recorder)
          return own.listen();
        // The past is read back from disk, so it must be there; until then nothing else is done.
        self->request(own.recorder, caf::infinite, wait_atom::value)
            .await([self](bool) { self->state.listen(); },
                   [self](caf::error& error) { self->quit(std::move(error)); });
      },
      [self](done_atom) { self->state.tell_held(); },
  };
}

} // namespace finch::feed
