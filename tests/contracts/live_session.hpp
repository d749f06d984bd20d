/// A paper session on the simulated exchange, live but for the clock: the test says what time it is.
#pragma once

#include "actors/desk/system.hpp"
#include "actors/feed/live_feed_actor.hpp"
#include "actors/storage/recorder_actor.hpp"
#include "tests/contracts/place.hpp"

#include <random>

namespace finch::contracts {

/// Live feeds of every instrument of a filled store, recorded into it. The venues go on where the recording
/// stands, or at the end of the market.
class LiveSession {
public:
  LiveSession(const Market& market, const feed::SimulatedConfig& config) : system_{config_}, self_{system_} {
    recorder_ = system_.spawn(storage::recorder_actor, std::make_shared<storage::Recorder>(market.store));
    for (const auto& instrument : market.store->instruments()) {
      auto next = must(storage::next_live_round(*market.store, instrument.id));
      std::shared_ptr<feed::SimulatedSource> venue =
          must(next ? feed::SimulatedSource::resume(config, instrument, *next)
                    : feed::SimulatedSource::make(config, instrument, market.last + 1));
      auto history = [store = market.store, id = instrument.id] {
        return feed::RecordedSource::make(store, id).map(
            [](auto source) { return std::unique_ptr<feed::Source>{std::move(source)}; });
      };
      feeds_.emplace(instrument.id,
                     system_.spawn(feed::live_feed_actor, history, std::move(venue), recorder_));
    }
  }
  ~LiveSession() {
    for (auto& [id, feed] : feeds_)
      self_->send_exit(feed, caf::exit_reason::user_shutdown);
    self_->send_exit(recorder_, caf::exit_reason::user_shutdown);
  }
  LiveSession(const LiveSession&) = delete;
  LiveSession& operator=(const LiveSession&) = delete;

  /// A desk that the feeds tell everything from now on, the past first.
  std::unique_ptr<desk::Desk> join(const desk::DeskConfig& config) {
    return must(desk::Desk::spawn(system_, config,
                                  [&](caf::actor_system&, const market::Instrument& instrument,
                                      CalculatorActor calculator, std::vector<MarketListener> listeners) {
                                    const auto& feed = feeds_.at(instrument.id);
                                    self_->send(feed, listen_atom::value, calculator, std::move(listeners));
                                    return Result<FeedActor>{feed};
                                  }));
  }
  /// The clock of every venue reads `now`.
  void poll(market::TimeNs now) {
    for (auto& [id, feed] : feeds_)
      self_->send(feed, poll_atom::value, now);
  }
  /// Everything told so far is on disk.
  void sync() {
    self_->request(recorder_, caf::infinite, wait_atom::value)
        .receive([](bool) {}, [&](caf::error& error) { FAIL(system_.render(error)); });
  }

private:
  desk::SystemConfig config_{2};
  caf::actor_system system_;
  caf::scoped_actor self_;
  RecorderActor recorder_;
  std::map<market::InstrumentId, LiveFeedActor> feeds_;
};

/// Lets the rounds up to `last` happen: the venues are polled at random instants, now and then past the
/// round's end, and the desk may fall rounds behind.
inline void live_through(LiveSession& session, desk::Desk& desk, market::Round first, market::Round last,
                         std::mt19937_64& random) {
  for (auto round = first; round <= last; ++round) {
    auto begin = market::round_begin(round);
    auto now = begin;
    for (auto polls = random() % 5; polls > 0; --polls)
      session.poll(now += static_cast<market::TimeNs>(random() % (30 * market::ns_per_s)));
    desk.allow(round);
    if (random() % 8 == 0)
      must(desk.wait(round));
  }
  must(desk.wait(last));
}

} // namespace finch::contracts
