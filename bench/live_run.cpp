#include "bench/live_run.hpp"

#include "actors/desk/system.hpp"
#include "actors/feed/feed_actor.hpp"
#include "actors/feed/live_feed_actor.hpp"
#include "actors/storage/recorder_actor.hpp"
#include "actors/supervisor/event_clock.hpp"
#include "bench/library.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>

#include <algorithm>
#include <ctime>

namespace finch::bench {
namespace {

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void sleep_until(std::int64_t when) {
  timespec time{when / market::ns_per_s, when % market::ns_per_s};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr);
}

/// Hears the broker. Only its actor calls the hooks; all else is called while nothing runs.
class Listener {
public:
  [[nodiscard]] broker::LatencyProbe probe() {
    return {[this](market::Round round) { closed(round); }, [this](market::Round round) { decided(round); },
            [this](const fb::MarketBlock& block, std::size_t fills) { played(block, fills); }};
  }
  /// The rounds from `first` on are live.
  void begin(const supervisor::EventClock& clock, market::Round first, std::int64_t grace_ns) {
    clock_ = clock, first_ = first, grace_ns_ = grace_ns;
  }

  LiveRun heard;

private:
  [[nodiscard]] std::int64_t since_close(market::Round round, std::int64_t now) const {
    return now - clock_.when(market::round_close(round)) - grace_ns_;
  }

  void closed(market::Round round) {
    open_ = false;
    if (round >= first_)
      heard.closed.push_back(since_close(round, now_ns()));
  }

  void decided(market::Round round) {
    open_ = true;
    auto now = now_ns();
    if (round >= first_)
      heard.decided.push_back(since_close(round, now));
    for (auto arrival : waiting_)
      heard.played.push_back(now - arrival);
    waiting_.clear();
  }

  void played(const fb::MarketBlock& block, std::size_t fills) {
    auto count = block.tick_time_ns() == nullptr ? 0U : block.tick_time_ns()->size();
    if (block.arrival_ns() == 0 || count == 0)
      return;
    heard.ticks += count;
    auto arrival = clock_.when(block.arrival_ns());
    if (!open_)
      return waiting_.push_back(arrival);
    heard.played.push_back(now_ns() - arrival);
    if (fills > 0)
      heard.filled.push_back(heard.played.back());
  }

  supervisor::EventClock clock_{0, 0, 1};
  market::Round first_ = INT64_MAX;
  std::int64_t grace_ns_ = 0;
  bool open_ = true;                  // blocks are played as they come; else they wait for the decision
  std::vector<std::int64_t> waiting_; // arrivals of those that wait
};

/// The exchange at a mean rate; how busy its live rounds are is up to its prices.
Result<std::int64_t> ticks_of(const feed::SimulatedConfig& config, market::Round first,
                              market::Round rounds) {
  auto exchange = feed::SimulatedExchange::make(config);
  if (!exchange)
    return tl::unexpected(exchange.error());
  if (auto sought = exchange->seek(first); !sought)
    return tl::unexpected(sought.error());
  std::int64_t ticks = 0;
  for (market::Round i = 0; i < rounds; ++i)
    for (const auto& plan : exchange->advance())
      ticks += plan.trade_count;
  return ticks;
}

/// The exchange whose live rounds have the ticks wanted.
Result<feed::SimulatedConfig> exchange_of(const LiveJob& job) {
  feed::SimulatedConfig config;
  config.start = 1'767'225'600 * market::ns_per_s;
  auto wanted = job.ticks_per_second * 60 / job.speed * static_cast<double>(job.rounds);
  config.ticks_per_second = job.ticks_per_second / job.speed / config.symbols;
  // Counts are rounded and bounded tick by tick, so that the second guess is closer than the first.
  for (int i = 0; i < 3; ++i) {
    auto ticks = ticks_of(config, market::round_of(config.start) + job.history, job.rounds);
    if (!ticks)
      return tl::unexpected(ticks.error());
    config.ticks_per_second *= wanted / static_cast<double>(*ticks);
  }
  return config;
}

desk::FeedFactory bulk_feeds(const feed::SimulatedConfig& exchange, market::Round first) {
  return [exchange, first](caf::actor_system& system, const market::Instrument& instrument,
                           CalculatorActor calculator,
                           std::vector<MarketListener> listeners) -> Result<FeedActor> {
    auto source = feed::SimulatedSource::make(exchange, instrument, first);
    if (!source)
      return tl::unexpected(source.error());
    return system.spawn(feed::feed_actor, std::shared_ptr<feed::Source>{std::move(*source)},
                        std::move(calculator), std::move(listeners));
  };
}

/// The digest of the same rounds as one replay.
Result<std::string> bulk_digest(desk::DeskConfig config, const feed::SimulatedConfig& exchange,
                                market::Round last) {
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

/// The venue's feeds, spawned for one desk.
class Venue {
public:
  Venue(const LiveJob& job, const feed::SimulatedConfig& exchange, market::Round first, market::Round live)
      : job_{job}, exchange_{exchange}, first_{first}, live_{live} {}

  /// Opens the store that records and takes over its ids.
  [[nodiscard]] Status record(const std::filesystem::path& folder,
                              std::vector<market::Instrument>& instruments) {
    auto opened = storage::TickStore::open(folder, storage::Mode::write);
    if (!opened)
      return tl::unexpected(opened.error());
    std::shared_ptr<storage::TickStore> store{std::move(*opened)};
    for (auto& instrument : instruments) {
      auto known = store->ensure_instrument(instrument);
      if (!known)
        return tl::unexpected(known.error());
      instrument = *known;
    }
    recorder_ = std::make_shared<storage::Recorder>(std::move(store));
    return {};
  }

  [[nodiscard]] desk::FeedFactory factory() {
    return [this](caf::actor_system& system, const market::Instrument& instrument, CalculatorActor calculator,
                  std::vector<MarketListener> listeners) -> Result<FeedActor> {
      auto source = feed::SimulatedSource::make(exchange_, instrument, live_);
      if (!source)
        return tl::unexpected(source.error());
      if (recorder_ && !recording_)
        recording_ = system.spawn<caf::detached>(storage::recorder_actor, recorder_); // it waits for the disk
      auto past = [exchange = exchange_, instrument,
                   first = first_]() -> Result<std::unique_ptr<feed::Source>> {
        auto made = feed::SimulatedSource::make(exchange, instrument, first);
        if (!made)
          return tl::unexpected(made.error());
        return std::unique_ptr<feed::Source>{std::move(*made)};
      };
      feeds_.push_back(system.spawn(feed::live_feed_actor, feed::HistoryFactory{past},
                                    std::shared_ptr<feed::SimulatedSource>{std::move(*source)}, recording_));
      caf::anon_send(feeds_.back(), listen_atom::value, std::move(calculator), std::move(listeners));
      return FeedActor{feeds_.back()};
    };
  }

  /// Polls the feeds in turn and closes rounds when they are due, until the last.
  void drive(caf::actor_system& system, desk::Desk& desk, const supervisor::EventClock& clock) {
    caf::scoped_actor self{system};
    auto step = job_.poll_ns / static_cast<std::int64_t>(feeds_.size());
    auto poll = clock.when(market::round_begin(live_)) + step;
    auto round = live_;
    for (std::size_t next = 0; round < live_ + job_.rounds;) {
      auto close = clock.when(market::round_close(round)) + job_.grace_ns;
      sleep_until(std::min(close, poll));
      if (close <= poll) {
        desk.allow(round++);
        continue;
      }
      self->send(feeds_[next], poll_atom::value, clock.event(poll));
      next = (next + 1) % feeds_.size();
      poll += step;
    }
  }

  /// Waits until all that was told is on disk; how many ticks that is.
  [[nodiscard]] Result<std::uint64_t> recorded(caf::actor_system& system) {
    if (!recording_)
      return 0U;
    caf::scoped_actor self{system};
    Status status;
    self->request(recording_, caf::infinite, wait_atom::value)
        .receive([](bool) {},
                 [&](const caf::error& error) { status = fail(Category::failed, system.render(error)); });
    self->send_exit(recording_, caf::exit_reason::user_shutdown);
    self->wait_for(recording_);
    recording_ = nullptr;
    if (!status)
      return tl::unexpected(status.error());
    return recorder_->ticks();
  }

private:
  const LiveJob& job_;
  feed::SimulatedConfig exchange_;
  market::Round first_, live_;
  std::shared_ptr<storage::Recorder> recorder_;
  RecorderActor recording_;
  std::vector<LiveFeedActor> feeds_;
};

} // namespace

Result<LiveRun> run_live(const LiveJob& job) {
  auto wanted = exchange_of(job);
  if (!wanted)
    return tl::unexpected(wanted.error());
  const auto& exchange = *wanted;
  auto simulated = feed::SimulatedExchange::make(exchange);
  if (!simulated)
    return tl::unexpected(simulated.error());
  auto instruments = simulated->instruments();
  auto first = market::round_of(exchange.start), live = first + job.history;
  Scratch scratch{job.scratch};
  Venue venue{job, exchange, first, live};
  if (job.record)
    if (auto opened = venue.record(scratch.path(), instruments); !opened)
      return tl::unexpected(opened.error());
  auto config = library_desk(job.library, instruments);
  if (!config)
    return tl::unexpected(config.error());
  config->first = config->trade_from = first;
  Listener listener;
  config->probe = listener.probe();

  desk::SystemConfig settings{2};
  caf::actor_system system{settings};
  auto desk = desk::Desk::spawn(system, *config, venue.factory());
  if (!desk)
    return tl::unexpected(desk.error());
  (*desk)->allow(live - 1);
  if (auto settled = (*desk)->wait(live - 1); !settled)
    return tl::unexpected(settled.error());

  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL); // sleeps end when they should
  supervisor::EventClock clock{market::round_begin(live), now_ns() + 100 * market::ns_per_ms, job.speed};
  listener.begin(clock, live, job.grace_ns);
  Watch watch;
  venue.drive(system, **desk, clock);
  auto last = live + job.rounds - 1;
  if (auto settled = (*desk)->wait(last); !settled)
    return tl::unexpected(settled.error());
  listener.heard.seconds = static_cast<double>(job.rounds) * 60 / job.speed;
  listener.heard.cpu = watch.cpu();
  auto recorded = venue.recorded(system);
  auto result = (*desk)->result(true);
  if (!recorded || !result)
    return tl::unexpected(recorded ? result.error() : recorded.error());
  (*desk)->stop();
  auto out = std::move(listener.heard);
  out.recorded = *recorded;
  out.digest = result->digest;
  auto bulk = bulk_digest(*config, exchange, last);
  if (!bulk)
    return tl::unexpected(bulk.error());
  out.bulk_digest = *bulk;
  return out;
}

} // namespace finch::bench
