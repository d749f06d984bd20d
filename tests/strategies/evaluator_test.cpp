#include "actors/strategies/evaluator.hpp"
#include "tests/strategies/support.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

using namespace finch;
using namespace finch::strategies;
using test::spec_of;

namespace {

/// Deterministic, wavy, different per feature, round and lane.
double wave(const std::string& name, std::int64_t round, std::size_t lane) {
  auto t = static_cast<double>(round) + 37.0 * static_cast<double>(lane);
  if (name == "close" || name == "open")
    return 100 + 10 * std::sin(t / 50) + (name == "open" ? std::cos(t / 7) : 0);
  if (name == "atr_14")
    return 1 + 0.5 * std::sin(t / 90);
  if (name == "rsi_14")
    return 50 + 45 * std::sin(t / 11);
  if (name == "is_weekend")
    return round / 1440 % 7 >= 5 ? 1 : 0;
  return std::sin(t / 13);
}

Evaluator make(const Spec& spec, market::Timeframe timeframe = {5}, FeatureLayout layout = test::layout()) {
  auto evaluator = Evaluator::make(spec, timeframe, layout);
  if (!evaluator)
    throw std::runtime_error(evaluator.error().message);
  return std::move(*evaluator);
}

std::vector<fb::Vote> votes_over(Evaluator& evaluator, std::int64_t first, std::int64_t last,
                                 std::int64_t window, const test::Values& values = wave,
                                 FeatureLayout layout = test::layout()) {
  std::vector<fb::Vote> all;
  for (auto from = first; from <= last; from += window) {
    auto to = std::min(last, from + window - 1);
    std::vector<Frame<fb::FeatureBlock>> blocks;
    for (auto minutes : {60, 15, 5, 1})
      blocks.push_back(test::block({minutes}, from, to, layout, values));
    auto votes = evaluator.vote(3, blocks);
    REQUIRE_MESSAGE(votes.has_value(), votes.error().message);
    CHECK((*votes)->instance() == 3);
    CHECK((*votes)->first_round() == from);
    for (auto vote : *(*votes)->votes())
      all.push_back(*vote);
  }
  return all;
}

bool same(const std::vector<fb::Vote>& a, const std::vector<fb::Vote>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(fb::Vote)) == 0;
}

} // namespace

TEST_CASE("votes are what the rules say, row by row") {
  auto spec = spec_of(R"j({"confidence": "rsi_14 / 100", "exits": {"trailing": {"price": "3 * atr_14"}}})j");
  auto evaluator = make(spec);
  auto votes = votes_over(evaluator, 0, 599, 600);
  REQUIRE(votes.size() == 120 * 3);
  int longs = 0, shorts = 0;
  for (std::size_t i = 0; i < votes.size(); ++i) {
    auto round = static_cast<std::int64_t>(i / 3) * 5 + 4;
    auto lane = i % 3;
    auto rsi = wave("rsi_14", round, lane);
    auto side = rsi < 30 ? 1 : rsi > 70 ? -1 : 0;
    CAPTURE(i);
    CHECK(votes[i].side() == side);
    CHECK(votes[i].exit_long() == (rsi > 60 ? 1 : 0));
    CHECK(votes[i].exit_short() == 0);
    longs += side > 0, shorts += side < 0;
    if (side == 0) {
      CHECK(votes[i].p() == 0.5f);
      CHECK(votes[i].stop_distance() == 0);
      continue;
    }
    CHECK(votes[i].p() == static_cast<float>(std::clamp(rsi / 100, 0.5, 0.9)));
    CHECK(votes[i].stop_distance() == 2.5 * wave("atr_14", round, lane));
    CHECK(votes[i].target_distance() == wave("close", round, lane) * 2 / 100);
    CHECK(votes[i].trail_distance() == 3 * wave("atr_14", round, lane));
  }
  CHECK(longs > 50);
  CHECK(shorts > 50);
}

TEST_CASE("what is missing, contradictory or out of the universe has no side") {
  auto at = [](const Spec& spec, const test::Values& values) {
    auto evaluator = make(spec);
    return votes_over(evaluator, 0, 4, 5, values);
  };
  auto low = [](const std::string& name, std::int64_t, std::size_t) { return name == "rsi_14" ? 10.0 : 2.0; };
  CHECK(at(spec_of("{}"), low)[0].side() == 1);
  auto missing = [&](const char* which) {
    return [=](const std::string& name, std::int64_t round, std::size_t lane) {
      return lane == 1 && name == which ? test::nan : low(name, round, lane);
    };
  };
  for (auto which : {"rsi_14", "atr_14", "close"}) {
    auto votes = at(spec_of("{}"), missing(which));
    CHECK(votes[0].side() == 1);
    CHECK(votes[1].side() == 0);
  }
  // The exit rule reads rsi only: a missing close does not silence it.
  auto exits = at(spec_of(R"j({"exits": {"exit_long": "rsi_14 < 60"}})j"), missing("close"));
  CHECK(exits[1].exit_long() == 1);
  CHECK(at(spec_of(R"j({"exits": {"exit_long": "not rsi_14 > 60"}})j"), missing("rsi_14"))[1].exit_long() ==
        0);

  CHECK(at(spec_of(R"j({"enter_long": "rsi_14 < low", "enter_short": "rsi_14 < low"})j"), low)[0].side() ==
        0);
  auto no_distance = spec_of(
      R"j({"exits": {"stop_loss": {"atr": null, "price": "close - close"}}, "parameters": {"stop": null}})j");
  CHECK(at(no_distance, low)[0].side() == 0);
  CHECK(at(spec_of(R"j({"confidence": "0 / (rsi_14 - rsi_14)"})j"), low)[0].side() == 0);
  CHECK(at(spec_of(R"j({"exits": {"take_profit": {"pct": "1 / (rsi_14 - rsi_14)"}}})j"), low)[0].side() == 0);
  CHECK(at(spec_of(R"j({"enter_long": "model.direction.p_up > 0.5 or rsi_14 < low"})j"), low)[0].side() == 0);
  CHECK(at(spec_of(R"j({"enter_long": "votes(1, \"momentum\") > 0 or rsi_14 < low"})j"), low)[0].side() == 0);
  CHECK(at(spec_of(R"j({"enter_long": "ret_5[SOL-USDT] > 0 or rsi_14 < low"})j"), low)[0].side() == 0);
  auto listed = at(spec_of(R"j({"universe": ["ETH-USDT"]})j"), low);
  CHECK(listed[0].side() == 0);
  CHECK(listed[1].side() == 1);
  CHECK(listed[2].side() == 0);
  CHECK(at(spec_of(R"j({"confidence": null})j"), low)[0].p() == 0.55f);
  CHECK(at(spec_of(R"j({"confidence": 3})j"), low)[0].p() == 0.9f);
}

TEST_CASE("a model's output that the run has is a column like any other") {
  auto layout = test::layout();
  layout.names.push_back("model.direction.p_up");
  auto evaluator = make(spec_of(R"j({"enter_long": "model.direction.p_up > 0.7", "enter_short": null,
                                    "parameters": {"low": null}})j"),
                        {5}, layout);
  auto votes = votes_over(
      evaluator, 0, 9, 10,
      [](const std::string& name, std::int64_t round, std::size_t) {
        return name.starts_with("model") ? (round > 5 ? 0.8 : 0.6) : 1.0;
      },
      layout);
  CHECK(votes[0].side() == 0);
  CHECK(votes[3].side() == 1);
}

TEST_CASE("other timeframes show their last closed bar, reference symbols their own value") {
  auto spec = spec_of(R"j({"enter_long": "ret_5@60m > 0 and ret_5[BTC-USDT] > 0.2",
                          "enter_short": "ret_5@60m[binance.um/ETH-USDT] < 0 and ret_5@1m > 0.5",
                          "parameters": {"low": null}})j");
  CHECK(required_features(spec) == std::vector<std::string>{"atr_14", "close", "ret_5", "rsi_14"});
  CHECK(required_timeframes(spec, {5}) == std::vector<market::Timeframe>{{1}, {5}, {60}});
  // Each timeframe has values of its own, so that reading the wrong one shows.
  auto value = [](int minutes, const std::string& name, std::int64_t round, std::size_t lane) {
    return name == "ret_5" ? std::sin(static_cast<double>(round * minutes) / 97 + static_cast<double>(lane))
                           : 1.0;
  };
  for (std::int64_t window : {1, 7, 60, 1'000}) {
    auto evaluator = make(spec);
    std::vector<fb::Vote> votes;
    for (std::int64_t from = 0; from < 1'000; from += window) {
      auto to = std::min<std::int64_t>(999, from + window - 1);
      std::vector<Frame<fb::FeatureBlock>> blocks;
      for (auto minutes : {60, 15, 5, 1})
        blocks.push_back(
            test::block({minutes}, from, to, test::layout(), [&](auto& name, auto round, auto lane) {
              return value(minutes, name, round, lane);
            }));
      auto answer = evaluator.vote(0, blocks);
      REQUIRE(answer.has_value());
      for (auto vote : *(*answer)->votes())
        votes.push_back(*vote);
    }
    REQUIRE(votes.size() == 200 * 3);
    int sides = 0;
    for (std::size_t i = 0; i < votes.size(); ++i) {
      auto round = static_cast<std::int64_t>(i / 3) * 5 + 4;
      auto hour = (round + 1) / 60 * 60 - 1; // the last round that closed an hour
      auto lane = i % 3;
      auto long_side = value(60, "ret_5", hour, lane) > 0 && value(5, "ret_5", round, 0) > 0.2;
      auto short_side = value(60, "ret_5", hour, 1) < 0 && value(1, "ret_5", round, lane) > 0.5;
      auto side = hour < 0 || long_side == short_side ? 0 : long_side ? 1 : -1;
      CAPTURE(round);
      REQUIRE(votes[i].side() == side);
      sides += side != 0;
    }
    CHECK(sides > 100);
  }
}

TEST_CASE("votes do not depend on how rounds are cut into windows, nor on a restart") {
  auto spec =
      spec_of(R"j({"enter_long": "cross_above(ema(close, 5), mean(close, 12)) or rank(ret_5, 9) > 0.8",
                          "enter_short": "zscore(ret_5, 10) < -1 and lag(close@15m, 2) > open",
                          "confidence": "0.5 + std(ret_5, 6)", "parameters": {"low": null}})j");
  auto evaluator = make(spec);
  auto whole = votes_over(evaluator, 0, 4'999, 5'000);
  for (std::int64_t window : {1, 17, 64, 1'440}) {
    auto again = make(spec);
    CHECK(same(whole, votes_over(again, 0, 4'999, window)));
  }
  auto first = make(spec);
  auto votes = votes_over(first, 0, 2'344, 64);
  auto bytes = first.save();
  auto second = make(spec);
  REQUIRE(second.restore(bytes).has_value());
  auto rest = votes_over(second, 2'345, 4'999, 64);
  votes.insert(votes.end(), rest.begin(), rest.end());
  CHECK(same(whole, votes));
  bytes.back() ^= 1;
  CHECK_FALSE(second.restore(bytes).has_value());
  CHECK_FALSE(second.restore(std::span{bytes}.first(5)).has_value());
  // A later start agrees once the lookback has passed.
  auto late = make(spec);
  auto skip = (late.lookback() + 12) * 3;
  auto late_votes = votes_over(late, 2'000, 4'999, 64);
  CHECK(same({whole.begin() + 400 * 3 + static_cast<std::ptrdiff_t>(skip), whole.end()},
             {late_votes.begin() + static_cast<std::ptrdiff_t>(skip), late_votes.end()}));
}

TEST_CASE("wrong layouts and blocks are refused") {
  auto layout = test::layout();
  layout.names.erase(layout.names.begin());
  auto without = Evaluator::make(spec_of("{}"), {5}, layout);
  REQUIRE_FALSE(without.has_value());
  CHECK(without.error().message.find("expected a feature this run computes, found 'atr_14'") !=
        std::string::npos);
  auto evaluator = make(spec_of("{}"));
  CHECK_FALSE(evaluator.vote(0, {}).has_value());
  std::vector blocks{test::block({5}, 0, 99, layout, wave)};
  CHECK_FALSE(evaluator.vote(0, blocks).has_value());
  auto other = test::layout();
  other.instruments = {1, 2, 4};
  blocks = {test::block({5}, 0, 99, other, wave)};
  CHECK_FALSE(evaluator.vote(0, blocks).has_value());
  // A window without a bar of its timeframe is a frame without rows.
  blocks = {test::block({5}, 0, 2, test::layout(), wave), test::block({1}, 0, 2, test::layout(), wave)};
  CHECK((*evaluator.vote(0, blocks))->votes()->size() == 0);
}

TEST_CASE("what a book needs to know") {
  auto rules = holding_rules(spec_of(R"j({"exits": {"break_even": {"at_r": 1.5}, "cooldown_bars": 4}})j"));
  CHECK(rules.break_even_r == 1.5);
  CHECK(rules.max_hold_bars == 20);
  CHECK(rules.cooldown_bars == 4);
}
