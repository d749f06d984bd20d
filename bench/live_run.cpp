#include "bench/live_run.hpp"

#include "actors/desk/system.hpp"
#include "actors/feed/feed_actor.hpp"
#include "actors/feed/live_feed_actor.hpp"
#include "actors/storage/recorder_actor.hpp"
#include "actors/supervisor/event_clock.hpp"
#include "bench/library.hpp"

#include <fmt/format.h>

#include <atomic>
#include <ctime>
#include <map>

#include <sys/prctl.h>

namespace finch::bench {
namespace {

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void sleep_until(std::int64_t when) {
  timespec time{when / market::ns_per_s, when % market::ns_per_s};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr);
}

/// Hears the broker. Only its actor calls the hooks; they are read when the desk has stopped.
class Listener {
public:
  explicit Listener(const supervisor::EventClock& clock) : clock_{clock} {}

  [[nodiscard]] broker::LatencyProbe probe() {
    return {[this](market::Round) { open_ = false; }, [this](market::Round round) { decided(round); },
            [this](const fb::MarketBlock& block, std::size_t fills) { played(block, fills); }};
  }
  /// Live from this round on; it closes at `close_ns`, later ones an interval after each other.
  void begin(market::Round first, std::int64_t close_ns, std::int64_t interval_ns) {
    first_close_ = close_ns, interval_ = interval_ns;
    first_ = first;
  }

  std::vector<std::int64_t> decided_ns, played_ns, filled_ns;
  std::uint64_t ticks = 0;

private:
  void decided(market::Round round) {
    open_ = true;
    auto now = now_ns();
    if (round >= first_)
      decided_ns.push_back(now - (first_close_ + (round - first_) * interval_));
    for (auto arrival : waiting_)
      played_ns.push_back(now - arrival);
    waiting_.clear();
  }

  void played(const fb::MarketBlock& block, std::size_t fills) {
    auto count = block.tick_time_ns() == nullptr ? 0U : block.tick_time_ns()->size();
    if (block.arrival_ns() == 0 || count == 0)
      return;
    ticks += count;
    auto arrival = clock_.when(block.arrival_ns());
    if (!open_)
      return waiting_.push_back(arrival);
    played_ns.push_back(now_ns() - arrival);
    if (fills > 0)
      filled_ns.push_back(played_ns.back());
  }

  supervisor::EventClock clock_;
  std::atomic<market::Round> first_ = INT64_MAX;
  std::int64_t first_close_ = 0, interval_ = 0;
  bool open_ = true; // blocks are played as they come; else they wait for the decision
  std::vector<std::int64_t> waiting_;
};

feed::SimulatedConfig exchange_of(const LiveJob& job) {
  feed::SimulatedConfig config;
  config.start = 1'767'225'600 * market::ns_per_s;
  config.ticks_per_second = job.ticks_per_second / job.speed / config.symbols;
  return config;
}

desk::FeedFactory bulk_feeds(const feed::SimulatedConfig& exchange, market::Round first) {
  return [exchange, first](caf::actor_system& system, const market::Instrument& instrument, CalculatorActor calculator,
                           std::vector<MarketListener> listeners) -> Result<FeedActor> {
    auto source = feed::SimulatedSource::make(exchange, instrument, first);
    if (!source)
      return tl::unexpected(source.error());
    return system.spawn(feed::feed_actor, std::shared_ptr<feed::Source>{std::move(*source)}, std::move(calculator),
                        std::move(listeners));
  };
}

/// The digest of the same rounds as one replay.
Result<std::string> bulk_digest(desk::DeskConfig config, const feed::SimulatedConfig& exchange, market::Round last) {
  desk::SystemConfig settings{2};
  caf::actor_system system{settings};
  auto first = config.first;
  config.probe = {};
  auto desk = desk::Desk::spawn(system, std::move(config), bulk_feeds(exchange, first));
  if (!desk)
    return tl::unexpected(desk.error());
  (*desk)->allow(last);
  if (auto settled = (*desk)->wait(last); !settled)
    return tl::unexpected(settled.error());
  auto result = (*desk)->result(true);
  if (!result)
    return tl::unexpected(result.error());
  return result->digest;
}

/// Polls the feeds in turn and closes rounds when they are due, until the last.
void drive(caf::actor_system& system, desk::Desk& desk, const std::vector<LiveFeedActor>& feeds, const LiveJob& job,
           const supervisor::EventClock& clock, market::Round first) {
  caf::scoped_actor self{system};
  auto step = job.poll_ns / static_cast<std::int64_t>(feeds.size());
  auto poll = clock.when(market::round_begin(first)) + step;
  auto close_of = [&](market::Round round) { return clock.when(market::round_close(round)) + job.grace_ns; };
  auto round = first;
  for (std::size_t next = 0; round < first + job.rounds;) {
    auto closing = close_of(round) <= poll;
    sleep_until(closing ? close_of(round) : poll);
    if (closing) {
      desk.allow(round++);
      continue;
    }
    self->send(feeds[next], poll_atom::value, clock.event(poll));
    next = (next + 1) % feeds.size();
    poll += step;
  }
}

} // namespace

Result<LiveRun> run_live(const LiveJob& job) {
  auto exchange = exchange_of(job);
  auto venue = feed::SimulatedExchange::make(exchange);
  if (!venue)
    return tl::unexpected(venue.error());
  auto instruments = venue->instruments();
  Scratch scratch{job.scratch};
  std::shared_ptr<storage::TickStore> store;
  if (job.record) {
    auto opened = storage::TickStore::open(scratch.path(), storage::Mode::write);
    if (!opened)
      return tl::unexpected(opened.error());
    store = std::move(*opened);
    for (auto& instrument : instruments) {
      auto known = store->ensure_instrument(instrument);
      if (!known)
        return tl::unexpected(known.error());
      instrument = *known;
    }
  }
  auto config = library_desk(job.library, instruments);
  if (!config)
    return tl::unexpected(config.error());
  config->first = config->trade_from = market::round_of(exchange.start);
  auto live_first = config->first + job.history;

  desk::SystemConfig settings{2};
  caf::actor_system system{settings};
  RecorderActor recorder;
  auto recording = std::make_shared<storage::Recorder>(store);
  if (job.record)
    recorder = system.spawn<caf::detached>(storage::recorder_actor, recording); // it waits for the disk
  // Event time begins to run when the past is settled; the broker's listener learns that through the clock below.
  supervisor::EventClock clock{market::round_begin(live_first), 0, job.speed};
  auto listener = std::make_shared<Listener>(clock);
  auto shift = std::make_shared<std::int64_t>(0);
  config->probe = listener->probe();
  std::vector<LiveFeedActor> feeds;
  auto spawn = [&](caf::actor_system& actors, const market::Instrument& instrument, CalculatorActor calculator,
                   std::vector<MarketListener> listeners) -> Result<FeedActor> {
    auto source = feed::SimulatedSource::make(exchange, instrument, live_first);
    if (!source)
      return tl::unexpected(source.error());
    auto past = [exchange, instrument, first = config->first]() -> Result<std::unique_ptr<feed::Source>> {
      auto made = feed::SimulatedSource::make(exchange, instrument, first);
      if (!made)
        return tl::unexpected(made.error());
      return std::unique_ptr<feed::Source>{std::move(*made)};
    };
    feeds.push_back(actors.spawn(feed::live_feed_actor, feed::HistoryFactory{past},
                                 std::shared_ptr<feed::SimulatedSource>{std::move(*source)}, recorder));
    caf::anon_send(feeds.back(), listen_atom::value, std::move(calculator), std::move(listeners));
    return FeedActor{feeds.back()};
  };
  auto desk = desk::Desk::spawn(system, *config, spawn);
  if (!desk)
    return tl::unexpected(desk.error());
  (*desk)->allow(live_first - 1);
  if (auto settled = (*desk)->wait(live_first - 1); !settled)
    return tl::unexpected(settled.error());
  return fail(Category::failed, "unfinished");
}

} // namespace finch::bench
