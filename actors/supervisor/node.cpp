#include "actors/supervisor/node.hpp"

#include "actors/desk/system.hpp"
#include "actors/feed/live_feed_actor.hpp"
#include "actors/feed/recorded_source.hpp"
#include "actors/storage/recorder_actor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <map>
#include <optional>

namespace finch::supervisor {
namespace {

market::Round end_of_past(const NodeConfig& config) {
  return market::round_of(config.history.exchange.start) + config.history.days * market::rounds_per_day;
}

/// The first round the venue has to tell: after everything recorded of every instrument.
Result<market::Round> first_live_round(const storage::TickStore& store, const NodeConfig& config) {
  auto round = end_of_past(config);
  std::optional<market::Round> recorded;
  for (const auto& instrument : config.desk.instruments) {
    auto next = storage::next_live_round(store, instrument.id);
    if (!next)
      return tl::unexpected(next.error());
    if (!*next)
      return round;
    recorded = std::min(recorded.value_or(**next), **next);
  }
  return std::max(round, recorded.value_or(round));
}

class Node {
public:
  Node(const NodeConfig& config, std::shared_ptr<storage::TickStore> store, const Research& research,
       const NodeEdge& edge, const std::atomic<bool>& stop)
      : config_{config}, store_{std::move(store)}, research_{research}, edge_{edge}, stop_{stop},
        policy_{config.restarts}, system_config_{config.threads}, system_{system_config_}, self_{system_} {}

  Status start(const std::vector<desk::DeskInstance>& active);
  Status run(market::Round rounds);
  Status finish();

private:
  Status spawn_feeds();
  Status build_desk();
  void lose_desk(const Error& error);
  void poll(market::TimeNs now);
  Status close_round();
  Status begin_research();
  Status take_research();
  Status note_changes(const Session& before);
  void report();

  const NodeConfig& config_;
  std::shared_ptr<storage::TickStore> store_;
  const Research& research_;
  const NodeEdge& edge_;
  const std::atomic<bool>& stop_;
  RestartPolicy policy_;
  desk::SystemConfig system_config_;
  caf::actor_system system_;
  caf::scoped_actor self_;
  RecorderActor recorder_;
  std::map<market::InstrumentId, LiveFeedActor> feeds_;
  std::unique_ptr<desk::Desk> desk_;
  std::optional<std::int64_t> rebuild_at_; // when a lost desk may be built again
  Session session_;
  market::Round open_ = 0;     // the round the venue is in
  market::Round past_end_ = 0; // the first round after the filled past
  std::optional<EventClock> clock_;
  std::future<Result<std::vector<desk::DeskInstance>>> cycle_;
};

Status Node::spawn_feeds() {
  recorder_ =
      system_.spawn<caf::detached>(storage::recorder_actor, std::make_shared<storage::Recorder>(store_));
  self_->monitor(recorder_);
  for (const auto& instrument : config_.desk.instruments) {
    auto venue = open_ == past_end_
                     ? feed::SimulatedSource::make(config_.history.exchange, instrument, open_)
                     : feed::SimulatedSource::resume(config_.history.exchange, instrument, open_);
    if (!venue)
      return tl::unexpected(venue.error());
    auto history = [store = store_, id = instrument.id]() -> Result<std::unique_ptr<feed::Source>> {
      auto source = feed::RecordedSource::make(store, id);
      if (!source)
        return tl::unexpected(source.error());
      return std::unique_ptr<feed::Source>{std::move(*source)};
    };
    auto feed = system_.spawn(feed::live_feed_actor, feed::HistoryFactory{history},
                              std::shared_ptr<feed::SimulatedSource>{std::move(*venue)}, recorder_);
    self_->monitor(feed);
    feeds_.emplace(instrument.id, std::move(feed));
  }
  return {};
}

Status Node::start(const std::vector<desk::DeskInstance>& active) {
  auto open = first_live_round(*store_, config_);
  if (!open)
    return tl::unexpected(open.error());
  open_ = *open;
  past_end_ = end_of_past(config_);
  auto session = load_session(config_.session_file, config_.desk.catalogue);
  if (!session)
    return tl::unexpected(session.error());
  session_ = session->value_or(Session{open_, {}});
  switch_instances(session_, active, open_);
  if (auto saved = save_session(config_.session_file, session_); !saved)
    return saved;
  if (auto spawned = spawn_feeds(); !spawned)
    return spawned;
  return build_desk();
}

/// Spawns a desk and lets it relive everything recorded. Event time waits meanwhile.
Status Node::build_desk() {
  // What the recorder was told must be readable before it is replayed.
  bool synced = false;
  Status failure;
  self_->request(recorder_, caf::infinite, wait_atom::value)
      .receive([&](bool done) { synced = done; },
               [&](caf::error& error) {
                 failure = fail(Category::unavailable, "recording failed: " + system_.render(error),
                                "free disk space and start the node again");
               });
  if (!failure)
    return failure;
  auto config = config_.desk;
  config.instances = session_.instances;
  config.first = market::round_of(config_.history.exchange.start);
  config.trade_from = session_.start;
  config.owns_feeds = false;
  auto permanent = [this](caf::actor_system&, const market::Instrument& instrument,
                          CalculatorActor calculator,
                          std::vector<MarketListener> listeners) -> Result<FeedActor> {
    const auto& feed = feeds_.at(instrument.id);
    self_->send(feed, listen_atom::value, std::move(calculator), std::move(listeners));
    return FeedActor{feed};
  };
  auto desk = desk::Desk::spawn(system_, config, permanent);
  if (!desk)
    return tl::unexpected(desk.error());
  edge_.say(fmt::format("the desk works through what is recorded up to {}",
                        market::format_time(market::round_begin(open_))));
  (*desk)->allow(open_ - 1);
  if (auto settled = (*desk)->wait(open_ - 1, [this](market::Round) { return !stop_.load(); }); !settled)
    return settled;
  desk_ = std::move(*desk);
  clock_.emplace(market::round_begin(open_), edge_.now_ns(), config_.speed);
  edge_.say(fmt::format("desk of {} instances stands at {}", config.instances.size(),
                        market::format_time(market::round_begin(open_))));
  return {};
}

void Node::lose_desk(const Error& error) {
  edge_.warn(fmt::format("{} -> {}", error.message, error.remedy));
  desk_.reset();
  rebuild_at_ = policy_.died(edge_.now_ns());
  if (rebuild_at_)
    edge_.warn(fmt::format("the desk will be rebuilt in {:.1f} s (restart {})",
                           static_cast<double>(*rebuild_at_ - edge_.now_ns()) / 1e9, policy_.deaths()));
  else
    edge_.warn("the desk keeps failing and is given up: recording and research go on, nothing is traded");
}

void Node::poll(market::TimeNs now) {
  for (const auto& [id, feed] : feeds_)
    self_->send(feed, poll_atom::value, now);
}

/// Closes the open round for everybody and waits until it is settled and on disk.
Status Node::close_round() {
  if (desk_) {
    desk_->allow(open_);
    if (auto settled = desk_->wait(open_); !settled) {
      ++open_;
      lose_desk(settled.error());
      return {};
    }
  } else {
    for (const auto& [id, feed] : feeds_)
      self_->send(feed, advance_atom::value, open_, open_);
  }
  ++open_;
  return {};
}

void Node::report() {
  if (!desk_)
    return;
  auto result = desk_->result(false);
  if (result && edge_.settled)
    edge_.settled(open_ - 1, desk_->config(), *result);
}

Status Node::begin_research() {
  auto minute = open_ % 60, hour = open_ / 60;
  if (config_.research_minute < 0 || minute != config_.research_minute || hour % config_.research_hours != 0)
    return {};
  if (cycle_.valid()) {
    edge_.warn("the last research cycle is still running; this hour's is left out");
    return {};
  }
  auto as_of = market::round_begin(open_);
  cycle_ = std::async(std::launch::async, [this, as_of] { return research_(as_of); });
  edge_.say("research cycle as of " + market::format_time(as_of));
  return {};
}

/// Journals what changed against `before` as control events of the open round.
Status Node::note_changes(const Session& before) {
  for (std::size_t i = 0; edge_.control && i < session_.instances.size(); ++i) {
    const auto& now = session_.instances[i];
    auto fresh = i >= before.instances.size();
    if (!fresh && now.active == before.instances[i].active)
      continue;
    auto noted =
        edge_.control(session_.start, open_, "promotion", now.instance.id(),
                      fresh ? fmt::format("active, {}", now.weighted ? "weighted" : "unweighted") : "ended");
    if (!noted)
      return noted;
  }
  return {};
}

Status Node::take_research() {
  if (!cycle_.valid() || cycle_.wait_for(std::chrono::seconds{0}) != std::future_status::ready)
    return {};
  auto decided = cycle_.get();
  if (!decided) {
    edge_.warn(
        fmt::format("the research cycle failed: {} -> {}", decided.error().message, decided.error().remedy));
    return {};
  }
  auto before = session_;
  switch_instances(session_, *decided, open_);
  if (session_.instances.size() == before.instances.size() &&
      std::equal(session_.instances.begin(), session_.instances.end(), before.instances.begin(),
                 [](const auto& a, const auto& b) { return a.active == b.active; }))
    return {};
  // On disk before it acts: a crash from here on comes back with the new instances.
  if (auto noted = note_changes(before); !noted)
    return noted;
  if (auto saved = save_session(config_.session_file, session_); !saved)
    return saved;
  edge_.say(
      fmt::format("the active instances change from {} on", market::format_time(market::round_begin(open_))));
  if (desk_) {
    desk_.reset();
    return build_desk();
  }
  return {};
}

Status Node::run(market::Round rounds) {
  auto begun = open_;
  while (!stop_.load() && (rounds == 0 || open_ - begun < rounds)) {
    if (rebuild_at_ && edge_.now_ns() >= *rebuild_at_) {
      rebuild_at_.reset();
      if (auto built = build_desk(); !built)
        lose_desk(built.error());
    }
    auto now = clock_->event(edge_.now_ns());
    auto grace = static_cast<market::TimeNs>(static_cast<double>(config_.grace_ns) * config_.speed);
    poll(std::min(now, market::round_close(open_) - 1));
    if (now >= market::round_close(open_) + grace) {
      if (auto closed = close_round(); !closed)
        return closed;
      if (open_ % 60 == 0)
        report();
      if (auto begun_research = begin_research(); !begun_research)
        return begun_research;
    }
    if (auto taken = take_research(); !taken)
      return taken;
    Status failure;
    self_->receive(
        [&](const caf::down_msg& down) {
          failure =
              fail(Category::failed, "a feed or the recorder stopped: " + system_.render(down.reason),
                   "free disk space where it is full, check the store with 'finch data verify', start again");
        },
        caf::after(std::chrono::nanoseconds{0}) >> [] {});
    if (!failure)
      return failure;
    edge_.sleep(config_.poll_ns);
  }
  return {};
}

Status Node::finish() {
  report();
  desk_.reset();
  for (const auto& [id, feed] : feeds_)
    self_->send_exit(feed, caf::exit_reason::user_shutdown);
  for (const auto& [id, feed] : feeds_)
    self_->wait_for(feed);
  feeds_.clear();
  Status failure;
  if (recorder_) {
    self_->request(recorder_, caf::infinite, wait_atom::value)
        .receive([](bool) {},
                 [&](caf::error& error) {
                   failure = fail(Category::unavailable,
                                  "the last ticks could not be written: " + system_.render(error),
                                  "free disk space; what was acknowledged is safe");
                 });
    self_->send_exit(recorder_, caf::exit_reason::user_shutdown);
    self_->wait_for(recorder_);
  }
  if (cycle_.valid())
    cycle_.wait();
  return failure;
}

} // namespace

Status run_node(const NodeConfig& config, const std::shared_ptr<storage::TickStore>& store,
                const std::vector<desk::DeskInstance>& active, const Research& research, const NodeEdge& edge,
                const std::atomic<bool>& stop, market::Round rounds) {
  Node node{config, store, research, edge, stop};
  auto ran = node.start(active);
  if (ran)
    ran = node.run(rounds);
  auto ended = node.finish();
  if (!ran && stop.load() && ran.error().category == Category::interrupted)
    ran = {};
  return ran ? ended : ran;
}

} // namespace finch::supervisor
