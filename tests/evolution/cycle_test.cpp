#include "actors/evolution/cycle.hpp"

#include <doctest/doctest.h>

using namespace finch;
using namespace finch::evolution;

namespace {

// A cycle whose world is a list of what happened.
struct World {
  std::vector<std::string> ran;
  std::vector<StageRecord> journal;
  market::TimeNs clock = 0;
  CycleTable table;

  World() {
    for (std::size_t i = 0; i < stage_count; ++i)
      table.stages[i] = [this, i]() -> Result<StageOutcome> {
        ran.emplace_back(to_string(static_cast<Stage>(i)));
        return StageOutcome{false, "did it"};
      };
    table.journal = [this](const StageRecord& record) -> Status {
      journal.push_back(record);
      return {};
    };
    table.now = [this] { return ++clock; };
  }
};

const StageRecord& of(const CycleResult& result, Stage stage) {
  return result.records.at(static_cast<std::size_t>(stage));
}

} // namespace

TEST_CASE("stages run in order, journaled before and after, and timed") {
  World world;
  auto result = run_cycle(world.table);
  CHECK(result.finished());
  REQUIRE(world.ran.size() == stage_count);
  CHECK(world.ran.front() == "freeze");
  CHECK(world.ran.back() == "notify");
  REQUIRE(world.journal.size() == 2 * stage_count);
  CHECK(world.journal[0].state == StageState::running);
  CHECK(world.journal[1].state == StageState::done);
  CHECK(world.journal[1].detail == "did it");
  for (const auto& record : result.records)
    CHECK(record.end_ns > record.start_ns);
}

TEST_CASE("a stage is skipped with its reason: not configured, not due, or by itself") {
  World world;
  world.table[Stage::train] = nullptr;
  world.table.not_due = [](Stage stage) {
    return stage == Stage::tune ? std::optional<std::string>{"every 12 h, last 3 h ago"} : std::nullopt;
  };
  world.table[Stage::design] = [] { return Result<StageOutcome>{{true, "no language model configured"}}; };
  auto result = run_cycle(world.table);
  CHECK(result.finished());
  CHECK(of(result, Stage::train).state == StageState::skipped);
  CHECK(of(result, Stage::train).detail == "not configured");
  CHECK(of(result, Stage::tune).detail == "every 12 h, last 3 h ago");
  CHECK(of(result, Stage::design).state == StageState::skipped);
  CHECK(of(result, Stage::design).detail == "no language model configured");
}

TEST_CASE("a failed essential stage ends the cycle, a failed report does not") {
  World world;
  world.table[Stage::backtest] = []() -> Result<StageOutcome> {
    return fail(Category::failed, "no bars", "import");
  };
  auto ended = run_cycle(world.table);
  REQUIRE(ended.error.has_value());
  CHECK(ended.error->message == "no bars");
  CHECK(ended.records.back().stage == Stage::backtest);
  CHECK(ended.records.back().state == StageState::failed);
  CHECK(world.ran.back() == "train");

  World other;
  other.table[Stage::report] = []() -> Result<StageOutcome> { return fail(Category::failed, "disk full"); };
  auto went_on = run_cycle(other.table);
  CHECK(went_on.finished());
  CHECK(of(went_on, Stage::report).state == StageState::failed);
  CHECK(of(went_on, Stage::report).detail == "disk full");
  CHECK(other.ran.back() == "notify");
}

TEST_CASE("after a crash the cycle resumes where its journal ends") {
  World world;
  world.table[Stage::tune] = []() -> Result<StageOutcome> { return fail(Category::interrupted, "killed"); };
  CHECK_FALSE(run_cycle(world.table).finished());
  auto earlier = world.journal;
  World again;
  auto result = run_cycle(again.table, earlier);
  CHECK(result.finished());
  CHECK(again.ran.front() == "tune");
  CHECK(again.ran.size() == stage_count - 4);
  CHECK(result.records.size() == stage_count);
  CHECK(of(result, Stage::freeze).start_ns == earlier[0].start_ns);

  // A crash in mid-stage leaves it running; it is run again from its start.
  std::vector<StageRecord> cut{earlier.begin(), earlier.begin() + 3};
  World third;
  CHECK(run_cycle(third.table, cut).finished());
  CHECK(third.ran.front() == "score");
}

TEST_CASE("what cannot be journaled does not run") {
  World world;
  world.table.journal = [&](const StageRecord& record) -> Status {
    if (record.stage == Stage::drift)
      return fail(Category::unavailable, "journal is locked");
    return {};
  };
  auto result = run_cycle(world.table);
  REQUIRE(result.error.has_value());
  CHECK(result.error->category == Category::unavailable);
  CHECK(world.ran == std::vector<std::string>{"freeze", "score"});
}

TEST_CASE("stages have names that read back") {
  for (std::size_t i = 0; i < stage_count; ++i)
    CHECK(parse_stage(to_string(static_cast<Stage>(i))) == static_cast<Stage>(i));
  CHECK_FALSE(parse_stage("dance").has_value());
  CHECK(to_string(StageState::skipped) == "skipped");
}
