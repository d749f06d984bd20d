#include "actors/desk/desk.hpp"

#include "actors/broker/book_actor.hpp"
#include "actors/broker/broker_actor.hpp"
#include "actors/consensus/consensus_actor.hpp"
#include "actors/desk/clock_actor.hpp"
#include "actors/features/calculator_actor.hpp"
#include "actors/features/join_actor.hpp"
#include "actors/feed/feed_actor.hpp"
#include "actors/risk/risk_actor.hpp"
#include "actors/strategies/strategy_actor.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <set>

namespace finch::desk {

struct Desk::Parts {
  explicit Parts(caf::actor_system& actors, DeskConfig wanted)
      : system{actors}, self{actors, true}, config{std::move(wanted)} {}

  caf::actor_system& system;
  caf::scoped_actor self;
  DeskConfig config;
  ClockActor clock;
  BrokerActor broker;
  std::vector<BookActor> books;
  std::vector<FeedActor> feeds;
  std::vector<std::pair<caf::actor, std::string>> everybody; // in spawning order, with what each is called
  market::Round settled = -1;

  template <class Handle>
  Handle keep(Handle handle, std::string label) {
    self->monitor(handle);
    everybody.emplace_back(caf::actor_cast<caf::actor>(handle), std::move(label));
    return handle;
  }
  [[nodiscard]] std::string label(const caf::actor_addr& address) const;
  [[nodiscard]] Status death(const caf::down_msg& down) const;
  [[nodiscard]] Status spawn(const SourceFactory& sources);
  [[nodiscard]] StrategyActor spawn_instance(std::size_t index, const features::Plan& plan,
                                             const ConsensusActor& consensus, Status& status);
};

namespace {

/// Every feature any instance reads, in name order: one row serves all.
std::vector<std::string> wanted_features(const DeskConfig& config) {
  std::set<std::string> names{"close"};
  for (const auto& instance : config.instances)
    for (auto& name : strategies::Evaluator::required_features(instance.spec))
      names.insert(name);
  return {names.begin(), names.end()};
}

strategies::FeatureLayout layout_of(const DeskConfig& config, const features::Plan& plan) {
  strategies::FeatureLayout layout;
  layout.names.assign(plan.names().begin(), plan.names().end());
  for (const auto& instrument : config.instruments) {
    layout.instruments.push_back(instrument.id);
    layout.symbols.push_back(instrument.name.base + "-" + instrument.name.quote);
  }
  return layout;
}

} // namespace

std::string Desk::Parts::label(const caf::actor_addr& address) const {
  for (const auto& [handle, name] : everybody)
    if (handle.address() == address)
      return name;
  return "an unknown actor";
}

Status Desk::Parts::death(const caf::down_msg& down) const {
  return fail(Category::failed,
              fmt::format("the {} stopped after round {} ({}): {}", label(down.source), settled,
                          market::format_time(market::round_close(settled)), system.render(down.reason)),
              "run 'finch data verify' and 'finch doctor'; if both are clean, report this as a bug");
}

} // namespace finch::desk
