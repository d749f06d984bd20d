#include "actors/feed/simulated/simulated_source.hpp"
#include "tests/feed/told.hpp"

#include <doctest/doctest.h>

using namespace finch;
using namespace finch::feed;
using namespace finch::market;
using finch::feed::tests::Told;

namespace {

SimulatedConfig configuration(double late = 0) {
  SimulatedConfig config;
  config.seed = 11;
  config.start = *parse_time("2024-08-01");
  config.late_probability = late;
  return config;
}

Instrument instrument(std::size_t slot) {
  auto listed = SimulatedExchange::make(configuration())->instruments()[slot];
  listed.id = 41;
  return listed;
}

const Round first = round_of(*parse_time("2024-08-01T07:30:00Z"));

Told read_hour(double late, BlockLimits limits, Round window, std::size_t slot = 2) {
  auto source = SimulatedSource::make(configuration(late), instrument(slot), first, limits);
  REQUIRE(source.has_value());
  Told told;
  for (auto from = first; from < first + 60; from += window)
    REQUIRE((*source)->read(from, from + window - 1, told.listener()).has_value());
  return told;
}

} // namespace

TEST_CASE("the simulated source tells the exchange's minutes, each round closed, whatever window and batch") {
  auto whole = read_hour(0, {1U << 20U, 1'440}, 60);
  REQUIRE(whole.closed.size() == 60);
  auto plans = SimulatedInstrument::make(configuration(), 2);
  REQUIRE(plans->seek(first).has_value());
  for (Round round = first; round < first + 60; ++round) {
    auto plan = plans->advance();
    const auto& told = whole.rounds.at(round);
    REQUIRE(told.ticks.size() == static_cast<std::size_t>(plan.trade_count));
    CHECK(told.low == plan.low);
    CHECK(told.high == plan.high);
    CHECK(told.status == static_cast<int>(RoundStatus::ok));
  }
  auto settled = round_of(*parse_time("2024-08-01T08:00:00Z"));
  CHECK(std::ranges::count_if(whole.rounds.at(settled).events,
                              [](auto& event) { return std::get<1>(event) == 2; }) == 1);
  for (auto limits : {BlockLimits{1, 1'440}, BlockLimits{17, 1'440}, BlockLimits{1U << 20U, 1}})
    for (Round window : {1, 12, 60}) {
      auto cut = read_hour(0, limits, window);
      CHECK(cut.sequence_runs);
      CHECK(cut.closed == whole.closed);
      CHECK(cut.rounds == whole.rounds);
    }
}

TEST_CASE("polled live, a round holds what it holds in bulk") {
  for (auto late : {0.0, 0.5}) {
    auto bulk = read_hour(late, {}, 60);
    auto source = SimulatedSource::make(configuration(late), instrument(2), first);
    Told live;
    for (int i = 0; i < 60; ++i) {
      auto open = (*source)->round();
      for (auto now = round_begin(open) - ns_per_s; now < round_close(open) + ns_per_s;
           now += 730 * ns_per_ms) {
        auto before = live.closed.size();
        (*source)->poll(now, live.listener());
        CHECK(live.closed.size() == before);
      }
      (*source)->close(live.listener());
    }
    CHECK(live.sequence_runs);
    CHECK(live.closed == bulk.closed);
    CHECK(live.rounds == bulk.rounds);
  }
}

TEST_CASE("late ticks keep their time, open the next round and are told once") {
  auto punctual = read_hour(0, {}, 60, 0), delayed = read_hour(0.5, {}, 60, 0);
  std::size_t late = 0;
  std::vector<std::tuple<std::int64_t, std::int64_t, std::int64_t, int>> all, expected;
  for (const auto& [round, told] : delayed.rounds) {
    bool punctual_seen = false;
    std::int64_t last = 0;
    for (const auto& tick : told.ticks) {
      CHECK(std::get<0>(tick) >= last);
      last = std::get<0>(tick);
      auto own = round_of(last) == round;
      if (!own) {
        CHECK(round_of(last) == round - 1);
        CHECK_FALSE(punctual_seen);
        ++late;
      }
      punctual_seen |= own;
      all.push_back(tick);
    }
  }
  CHECK(late > 50);
  for (const auto& [round, told] : punctual.rounds)
    expected.insert(expected.end(), told.ticks.begin(), told.ticks.end());
  // What is late at the end of the run, or was at its beginning, lies outside the window.
  CHECK(all.size() <= expected.size() + 60);
  CHECK(all.size() + 60 >= expected.size());
}

TEST_CASE("a source refuses instruments and windows that are not its own") {
  auto stranger = instrument(2);
  stranger.name.base = "XYZ";
  CHECK(SimulatedSource::make(configuration(), stranger, first).error().category == Category::usage);
  auto altered = instrument(2);
  altered.price_decimals = 7;
  CHECK(SimulatedSource::make(configuration(), altered, first).error().category == Category::bad_input);
  auto source = SimulatedSource::make(configuration(), instrument(2), first);
  Told told;
  auto status = (*source)->read(first + 5, first + 6, told.listener());
  REQUIRE_FALSE(status.has_value());
  CHECK(status.error().message.find("2024-08-01T07:30:00Z") != std::string::npos);
  CHECK(told.blocks == 0);
}
