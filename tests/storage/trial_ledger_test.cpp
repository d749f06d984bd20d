#include "actors/storage/journal/trial_ledger.hpp"
#include "tests/storage/journal_place.hpp"

#include <doctest/doctest.h>

using namespace finch;
using namespace finch::journal;
using finch::journal::tests::Place;

TEST_CASE("a trial is one whatever the order, and two when anything differs") {
  TrialKey key{"{a}", {5}, 0, 100, "taker 5"};
  auto id = trial_id(key);
  CHECK(id == trial_id(key));
  auto other = key;
  other.timeframe = {15};
  CHECK(trial_id(other) != id);
  other = key;
  other.last_ns = 101;
  CHECK(trial_id(other) != id);
  other = key;
  other.cost_model = "taker 4";
  CHECK(trial_id(other) != id);
  CHECK(trial_id({"ab", {1}, 0, 1, "c"}) != trial_id({"a", {1}, 0, 1, "bc"}));
  CHECK(format_id({1, 2}) == "00000000000000010000000000000002");
}

TEST_CASE("whoever evaluates a variant again, it is counted once, with its hourly returns") {
  Place place;
  auto journal = Journal::open(place.file());
  REQUIRE(journal.has_value());
  TrialKey key{"{a}", {5}, 0, 120 * market::ns_per_minute, "taker 5"};
  Trial trial;
  trial.epoch = 3;
  trial.purpose = "screen";
  trial.sharpe = 0.25;
  trial.hourly_returns = {0.01, -0.02};
  CHECK(*count_trial(**journal, key, trial));
  trial.purpose = "walk_forward"; // another reader of the same evaluation
  CHECK_FALSE(*count_trial(**journal, key, trial));
  key.cost_model = "taker 10";
  CHECK(*count_trial(**journal, key, trial));
  CHECK(*(*journal)->trial_count(3) == 2);
  auto stored = (*journal)->select<Trial>(Query{}.equal("cost_model", "taker 5"));
  REQUIRE(stored->size() == 1);
  CHECK(stored->front().purpose == "screen");
  CHECK(stored->front().minutes == 5);
  CHECK(stored->front().first_round == 0);
  CHECK(stored->front().last_round == 119);
  CHECK(stored->front().hourly_returns == trial.hourly_returns);
}
