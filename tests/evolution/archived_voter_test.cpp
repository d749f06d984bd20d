/// A strategy that the registry archives abstains for those who take its votes, and they go on without it.
#include "actors/evolution/registry.hpp"
#include "actors/feed/simulated/fill.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

using namespace finch;
using namespace finch::evolution;

namespace {

namespace fs = std::filesystem;

template <class T>
T must(Result<T> result) {
  REQUIRE_MESSAGE(result.has_value(), result.error().message);
  return std::move(*result);
}

struct Place {
  fs::path path = fs::temp_directory_path() / ("finch-archived-" + std::to_string(getpid()));
  Place() { fs::create_directories(path); }
  ~Place() { fs::remove_all(path); }
};

/// `busy` trades all the time; `chorus` takes its votes.
struct Library {
  strategies::Spec busy, chorus;

  Library() {
    const auto* source = std::getenv("FINCH_SOURCE");
    auto folder = fs::path{source ? source : "."} / "tests" / "contracts" / "specs";
    auto vocabulary = strategies::catalogue_vocabulary();
    busy = must(strategies::load_spec(folder / "busy.json", vocabulary));
    chorus = must(strategies::load_spec(folder / "chorus.json", vocabulary));
    chorus.references.at(0).spec = std::make_shared<const strategies::Spec>(busy);
  }
};

constexpr market::Timeframe five{5};

Examined placed(const strategies::Spec& spec, market::Timeframe timeframe, int tier, int rank) {
  auto examined = examine({spec, timeframe}, {});
  examined.tier = tier;
  examined.placement.rank = rank;
  examined.placement.tier = rank > 0 ? 1 : 0;
  examined.placement.action = rank == 0 ? Action::archive : tier == 0 ? Action::admit : Action::keep;
  examined.placement.reason = "the test says so";
  return examined;
}

/// What a cycle decided, in the journal.
CycleOutcome decide(journal::Journal& journal, std::int64_t cycle, std::vector<Examined> examined) {
  CycleOutcome outcome;
  outcome.cycle = cycle;
  outcome.examined = std::move(examined);
  auto kept = register_outcome(journal, outcome, 0, 1, cycle);
  REQUIRE_MESSAGE(kept.has_value(), kept.error().message);
  return outcome;
}

} // namespace

TEST_CASE("who is archived is missing to those who refer to it until it is admitted again") {
  Place place;
  Library library;
  auto journal = must(journal::Journal::open((place.path / "journal.db").string()));
  auto pinned = strategies::spec_hash(library.chorus);

  auto outcome = decide(*journal, 1, {placed(library.chorus, five, 0, 1), placed(library.busy, five, 0, 2)});
  CHECK(must(abstentions(*journal, outcome)).empty());
  auto active = must(active_instances(*journal, {}));
  REQUIRE(active.size() == 2);
  CHECK(active[0].missing_voters.empty());
  CHECK(active[0].instance.hash() == pinned + "@5m");

  outcome = decide(*journal, 2, {placed(library.chorus, five, 1, 1), placed(library.busy, five, 1, 0)});
  auto without = must(abstentions(*journal, outcome));
  REQUIRE(without.size() == 1);
  CHECK(without[0].instance == "chorus@5m");
  CHECK(without[0].voters == std::vector<std::string>{"busy"});
  active = must(active_instances(*journal, {}));
  REQUIRE(active.size() == 1);
  const auto& chorus = active[0];
  CHECK(chorus.missing_voters == std::vector<std::string>{"busy"});
  REQUIRE(chorus.instance.spec.references.size() == 1);
  CHECK(chorus.instance.spec.references[0].archived);
  CHECK(chorus.instance.spec.references[0].spec == nullptr);
  // It acts otherwise, so it is another trial and another life of a book; the registry knows it as before.
  CHECK(chorus.instance.hash() != pinned + "@5m");
  CHECK(chorus.hash == pinned);
  CHECK(strategies::spec_hash(chorus.registered()) == pinned);

  // Kept as it acts now, it stays registered as it was; the voter's return gives it its votes back.
  auto kept = chorus;
  kept.placement = placed(library.chorus, five, 1, 1).placement;
  outcome = decide(*journal, 3, {kept});
  CHECK(must(abstentions(*journal, outcome)).size() == 1);
  CHECK(must(journal->count<journal::Instance>()) == 2);
  outcome = decide(*journal, 4, {kept, placed(library.busy, five, 0, 2)});
  CHECK(must(abstentions(*journal, outcome)).empty());
  active = must(active_instances(*journal, {}));
  REQUIRE(active.size() == 2);
  CHECK(active[0].instance.hash() == pinned + "@5m");
}

TEST_CASE("a voter is archived on its own timeframe, and at any depth") {
  Library library;
  Archived archived{strategies::Instance{library.busy, five}.hash()};
  CHECK(examine({library.chorus, {1}}, archived).missing_voters.empty());
  CHECK(examine({library.busy, five}, archived).missing_voters.empty());
  auto top = library.chorus;
  top.name = "top";
  top.references[0].spec = std::make_shared<const strategies::Spec>(library.chorus);
  auto examined = examine({top, five}, archived);
  CHECK(examined.missing_voters == std::vector<std::string>{"busy"});
  REQUIRE(examined.instance.spec.references[0].spec != nullptr);
  CHECK(examined.instance.spec.references[0].spec->references[0].archived);
}

TEST_CASE("a cycle tries candidates and scores instances without the voters that are archived") {
  Place place;
  Library library;
  std::shared_ptr<storage::TickStore> store =
      must(storage::TickStore::open(place.path / "store", storage::Mode::write));
  feed::FillConfig fill;
  fill.exchange.seed = 11;
  fill.exchange.symbols = 2;
  fill.exchange.start = 20'089 * market::ns_per_day;
  fill.exchange.ticks_per_second = 0.02;
  fill.days = 3;
  fill.tick_days = 1;
  REQUIRE(feed::fill_history(*store, fill).has_value());
  auto journal = must(journal::Journal::open((place.path / "journal.db").string()));
  decide(*journal, 1, {placed(library.busy, five, 0, 1)});
  decide(*journal, 2, {placed(library.chorus, five, 0, 1), placed(library.busy, five, 1, 0)});

  ResearchConfig config;
  config.instruments = store->instruments();
  config.timeframes = {{1}, five};
  config.variants = 0;
  auto end = fill.exchange.start + 3 * market::ns_per_day;
  ResearchCycle cycle{store, *journal, {library.busy, library.chorus}, config};
  auto outcome = must(cycle.run(end, [] { return market::TimeNs{0}; }));
  auto find = [&](const std::string& id) -> const Examined& {
    auto found = std::find_if(outcome.examined.begin(), outcome.examined.end(),
                              [&](const Examined& one) { return one.instance.id() == id; });
    REQUIRE(found != outcome.examined.end());
    return *found;
  };
  REQUIRE(outcome.examined.size() == 4); // the active one is not tried a second time
  CHECK(find("chorus@5m").tier == 1);
  CHECK(find("chorus@5m").missing_voters == std::vector<std::string>{"busy"});
  CHECK(find("chorus@5m").score.trades.trades == 0); // its only voter abstains
  CHECK(find("chorus@1m").missing_voters.empty());
  CHECK(find("chorus@1m").score.trades.trades > 0);
}
