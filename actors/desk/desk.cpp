#include "actors/desk/desk.hpp"

#include "actors/broker/book_actor.hpp"
#include "actors/broker/broker_actor.hpp"
#include "actors/consensus/consensus_actor.hpp"
#include "actors/desk/clock_actor.hpp"
#include "actors/features/calculator_actor.hpp"
#include "actors/features/join_actor.hpp"
#include "actors/risk/risk_actor.hpp"
#include "actors/strategies/assembly.hpp"
#include "actors/strategies/entry_features.hpp"
#include "actors/strategies/strategy_actor.hpp"

#include <fmt/format.h>

#include <set>

namespace finch::desk {

struct Desk::Parts {
  Parts(caf::actor_system& actors, DeskConfig wanted)
      : system{actors}, self{actors}, config{std::move(wanted)} {}

  caf::actor_system& system;
  caf::scoped_actor self;
  DeskConfig config;
  ClockActor clock;
  BrokerActor broker;
  std::vector<BookActor> books;
  std::vector<FeedActor> feeds;
  struct Member {
    caf::actor actor;
    std::string name;  // as errors call it
    bool owned = true; // ends with the desk
  };
  std::vector<Member> everybody; // in spawning order
  market::Round settled = 0;

  template <class Handle>
  Handle keep(Handle handle, std::string name, bool owned = true) {
    self->monitor(handle);
    everybody.push_back({caf::actor_cast<caf::actor>(handle), std::move(name), owned});
    return handle;
  }
  /// Asks every account, books first, for `Answer`.
  template <class Answer, class... Question>
  [[nodiscard]] Status ask(std::vector<Answer>& books, Answer& desk, Question... question);
  [[nodiscard]] Status spawn(const FeedFactory& spawn_feed);
  BookActor spawn_book(std::size_t index, const strategies::FeatureLayout& layout);
  [[nodiscard]] Result<std::vector<StrategyActor>> spawn_strategies(const strategies::FeatureLayout& layout,
                                                                    const ConsensusActor& consensus);
  [[nodiscard]] Error death(const caf::down_msg& down) const;
};

namespace {

constexpr const char* regime_feature = "market_regime";

/// Every feature any instance reads and the regime, in name order: one row serves all.
std::vector<std::string> wanted_features(const std::vector<strategies::Instance>& instances) {
  std::set<std::string> names{"close", regime_feature};
  for (const auto& instance : instances)
    for (auto& name : strategies::required_features(instance.spec))
      names.insert(std::move(name));
  return {names.begin(), names.end()};
}

std::vector<consensus::Voter> voters_of(const DeskConfig& config) {
  std::vector<consensus::Voter> voters;
  for (std::uint32_t i = 0; i < config.instances.size(); ++i) {
    const auto& [instance, tier, weighted, active] = config.instances[i];
    auto rules = strategies::holding_rules(instance.spec);
    voters.push_back({i, instance.timeframe, tier, weighted, rules.break_even_r, rules.max_hold_bars,
                      active.from, active.to});
  }
  return voters;
}

/// The events an account's digest knows.
std::vector<broker::ControlNote> notes_of(const std::vector<ControlEvent>& events,
                                          const std::string& subject) {
  std::vector<broker::ControlNote> notes;
  for (const auto& event : events)
    if (subject.empty() || event.subject == subject)
      notes.push_back(
          {event.round, event.kind, broker::hash_of(event.subject), broker::hash_of(event.detail)});
  return notes;
}

std::size_t column(const strategies::FeatureLayout& layout, std::string_view name) {
  return static_cast<std::size_t>(std::find(layout.names.begin(), layout.names.end(), name) -
                                  layout.names.begin());
}

} // namespace

Error Desk::Parts::death(const caf::down_msg& down) const {
  std::string who = "an actor";
  for (const auto& [handle, name, owned] : everybody)
    if (handle.address() == down.source)
      who = name;
  return {Category::failed,
          fmt::format("{} stopped after round {} ({}): {}", who, settled,
                      market::format_time(market::round_close(settled)), system.render(down.reason)),
          "run 'finch data verify' and 'finch doctor'; if both are clean this is a bug worth reporting"};
}

template <class Answer, class... Question>
Status Desk::Parts::ask(std::vector<Answer>& of_books, Answer& of_desk, Question... question) {
  Status failure;
  auto request = [&](const auto& account, Answer& out) {
    self->request(account, caf::infinite, question...)
        .receive([&](const Answer& frame) { out = frame; },
                 [&](caf::error& error) {
                   failure = fail(Category::failed, "an account did not report: " + system.render(error));
                 });
  };
  for (const auto& book : books)
    request(book, of_books.emplace_back());
  request(broker, of_desk);
  return failure;
}

BookActor Desk::Parts::spawn_book(std::size_t index, const strategies::FeatureLayout& layout) {
  const auto& instance = config.instances[index].instance;
  broker::BookConfig book{.account = config.account,
                          .rules = strategies::holding_rules(instance.spec),
                          .trade_from = config.trade_from};
  book.account.name = instance.id();
  book.account.instance = static_cast<int>(index);
  book.account.first_round = config.first;
  book.account.trade_from = config.trade_from;
  book.account.minutes = instance.timeframe.minutes;
  book.account.context.timeframes = strategies::entry_timeframes(instance, config.timeframes);
  book.account.context.regime = column(layout, regime_feature);
  book.account.context.features.resize(index);
  book.account.context.features.push_back(strategies::kept_features(instance.spec, layout));
  book.account.controls = notes_of(config.events, book.account.name);
  book.account.record_from = config.record_from;
  return keep(
      system.spawn(broker::book_actor, std::make_shared<broker::Book>(book, config.instruments), clock),
      "the book of " + instance.id());
}

/// The instances' strategies and those whose votes they take. Who takes votes is spawned before who gives
/// them, because the giver must know its readers.
Result<std::vector<StrategyActor>> Desk::Parts::spawn_strategies(const strategies::FeatureLayout& layout,
                                                                 const ConsensusActor& consensus) {
  std::vector<strategies::Instance> instances;
  for (std::size_t i = 0; i < config.instances.size(); ++i) {
    instances.push_back(config.instances[i].instance);
    books.push_back(spawn_book(i, layout));
  }
  auto parts = strategies::parts_of(instances);
  std::vector<StrategyActor> actors(parts.size());
  std::vector<std::vector<StrategyActor>> readers(parts.size());
  auto levels = strategies::levels_of(parts);
  for (auto level = levels.rbegin(); level != levels.rend(); ++level)
    for (auto place : *level) {
      const auto& [instance, references, depth, asked] = parts[place];
      auto evaluator = strategies::Evaluator::make(instance.spec, instance.timeframe, layout);
      if (!evaluator)
        return tl::unexpected(evaluator.error());
      strategies::StrategyPost post{.evaluator =
                                        std::make_shared<strategies::Evaluator>(std::move(*evaluator)),
                                    .instance = static_cast<std::uint32_t>(place),
                                    .timeframes = config.timeframes.size(),
                                    .references = {references.begin(), references.end()},
                                    .readers = std::move(readers[place])};
      if (asked) {
        post.active = config.instances[place].active;
        post.book = books[place];
        post.told = strategies::entry_timeframes(instance, config.timeframes);
        post.consensus = consensus;
      }
      actors[place] =
          keep(system.spawn(strategies::strategy_actor, std::move(post)), "the strategy " + instance.id());
      for (auto reference : references)
        readers[reference].push_back(actors[place]);
    }
  return actors;
}

Status Desk::Parts::spawn(const FeedFactory& spawn_feed) {
  std::vector<strategies::Instance> instances;
  for (const auto& instance : config.instances)
    instances.push_back(instance.instance);
  auto plan = features::Plan::make(wanted_features(instances), config.catalogue);
  if (!plan)
    return tl::unexpected(plan.error());
  strategies::FeatureLayout layout{{plan->names().begin(), plan->names().end()}, {}, {}};
  for (const auto& instrument : config.instruments) {
    layout.instruments.push_back(instrument.id);
    layout.symbols.push_back(market::format_name(instrument.name));
  }
  settled = config.first - 1;
  clock = keep(
      system.spawn(clock_actor, RoundClock{config.first, config.window, config.credit, instances.size() + 1}),
      "the clock");
  auto risk = keep(
      system.spawn(risk::risk_actor, std::make_shared<risk::Risk>(config.risk, config.instruments)), "risk");
  auto account = config.account;
  account.first_round = config.first;
  account.trade_from = config.trade_from;
  for (const auto& instance : instances)
    account.instance_minutes.push_back(instance.timeframe.minutes);
  account.context.regime = column(layout, regime_feature);
  for (auto timeframe : config.timeframes)
    account.context.timeframes.push_back(timeframe.minutes);
  for (const auto& instance : instances)
    account.context.features.push_back(strategies::kept_features(instance.spec, layout));
  account.controls = notes_of(config.events, {});
  account.record_from = config.record_from;
  broker =
      keep(system.spawn(broker::broker_actor, std::make_shared<broker::Account>(account, config.instruments),
                        risk, clock, config.probe),
           "the broker");
  auto terms = config.consensus;
  terms.timeframes = config.timeframes;
  terms.decide_from = config.trade_from;
  terms.close_feature = *plan->index("close");
  auto recording = config.record_from != INT64_MAX;
  terms.keep_voices = recording;
  auto consensus =
      keep(system.spawn(consensus::consensus_actor,
                        std::make_shared<consensus::Consensus>(terms, voters_of(config), config.instruments),
                        config.first, risk, recording ? broker : BrokerActor{}),
           "the consensus");
  auto strategies = spawn_strategies(layout, consensus);
  if (!strategies)
    return tl::unexpected(strategies.error());
  auto join =
      keep(system.spawn(features::join_actor,
                        std::make_shared<features::Join>(config.instruments, *plan, config.timeframes),
                        std::move(*strategies), consensus, broker),
           "the join");
  for (const auto& instrument : config.instruments) {
    auto name = market::format_name(instrument.name);
    auto calculator = keep(
        system.spawn(features::calculator_actor,
                     std::make_shared<features::InstrumentCalculator>(instrument, *plan, config.timeframes),
                     join),
        "the calculator of " + name);
    std::vector<MarketListener> listeners{broker};
    listeners.insert(listeners.end(), books.begin(), books.end());
    auto feed = spawn_feed(system, instrument, calculator, std::move(listeners));
    if (!feed)
      return tl::unexpected(feed.error());
    feeds.push_back(keep(*feed, "the feed of " + name, config.owns_feeds));
  }
  self->send(clock, start_atom::value, feeds);
  return {};
}

Desk::Desk(std::unique_ptr<Parts> parts) : parts_{std::move(parts)} {}

Desk::~Desk() { stop(); }

Result<std::unique_ptr<Desk>> Desk::spawn(caf::actor_system& system, DeskConfig config,
                                          const FeedFactory& spawn_feed) {
  std::unique_ptr<Desk> desk{new Desk{std::make_unique<Parts>(system, std::move(config))}};
  if (auto spawned = desk->parts_->spawn(spawn_feed); !spawned)
    return tl::unexpected(spawned.error());
  return desk;
}

void Desk::allow(market::Round last) { parts_->self->send(parts_->clock, advance_atom::value, last); }

Status Desk::wait(market::Round last, const std::function<bool(market::Round)>& progress) {
  auto& parts = *parts_;
  auto step = std::max<market::Round>(parts.config.window, (last - parts.settled) / 200 + 1);
  while (parts.settled < last) {
    parts.self->send(parts.clock, wait_atom::value, std::min(parts.settled + step, last));
    Status failure;
    parts.self->receive([&](market::Round settled) { parts.settled = settled; },
                        [&](const caf::down_msg& down) { failure = tl::unexpected(parts.death(down)); });
    if (!failure)
      return failure;
    if (progress && !progress(parts.settled))
      return fail(Category::interrupted,
                  fmt::format("stopped after round {} ({})", parts.settled,
                              market::format_time(market::round_close(parts.settled))));
  }
  return {};
}

Result<DeskResult> Desk::result(bool finish) {
  DeskResult result;
  if (auto asked = parts_->ask(result.books, result.desk, report_atom::value, finish); !asked)
    return tl::unexpected(asked.error());
  result.digest = digest_of(result);
  return result;
}

Result<DeskRecords> Desk::records() {
  DeskRecords records;
  if (auto asked = parts_->ask(records.books, records.desk, records_atom::value); !asked)
    return tl::unexpected(asked.error());
  return records;
}

void Desk::stop() {
  auto& parts = *parts_;
  // Feeds first, so that nobody is told anything more; a message on its way to somebody gone is lost
  // harmlessly.
  std::erase_if(parts.everybody, [](const auto& member) { return !member.owned; });
  for (auto member = parts.everybody.rbegin(); member != parts.everybody.rend(); ++member)
    parts.self->send_exit(member->actor, caf::exit_reason::user_shutdown);
  for (const auto& member : parts.everybody)
    parts.self->wait_for(member.actor);
  parts.everybody.clear();
  parts.books.clear();
  parts.feeds.clear();
}

const DeskConfig& Desk::config() const { return parts_->config; }

const std::vector<FeedActor>& Desk::feeds() const { return parts_->feeds; }

const ClockActor& Desk::clock() const { return parts_->clock; }

std::string digest_of(const DeskResult& result) {
  broker::Digest digest;
  auto add = [&](const ResultFrame& account) {
    digest.add(broker::RecordKind::equity, account->instance(), account->digest_low(),
               account->digest_high());
  };
  for (const auto& book : result.books)
    add(book);
  add(result.desk);
  return broker::format_digest(digest.value());
}

} // namespace finch::desk
