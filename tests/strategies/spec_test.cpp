#include "actors/strategies/spec.hpp"
#include "actors/strategies/variant.hpp"
#include "tests/strategies/support.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <set>

namespace finch::strategies::test {

std::string spec_json(const std::string& changes) {
  auto base = nlohmann::ordered_json::parse(R"json({
    "name": "dip", "family": "mean_reversion", "description": "Dips come back.",
    "timeframes": ["5m", "15m"], "universe": "all",
    "parameters": {"low": {"value": 30, "min": 10, "max": 45, "step": 5},
                   "stop": {"value": 2.5, "min": 1, "max": 4, "step": 0.5},
                   "hold": {"value": 20, "min": 5, "max": 50, "step": 5}},
    "enter_long": "rsi_14 < low", "enter_short": "rsi_14 > 100 - low", "confidence": "0.6",
    "exits": {"stop_loss": {"atr": "stop"}, "take_profit": {"pct": 2}, "max_hold_bars": "hold",
              "exit_long": "rsi_14 > 60"}
  })json");
  base.merge_patch(nlohmann::ordered_json::parse(changes));
  return base.dump();
}

} // namespace finch::strategies::test

using namespace finch::strategies;
using test::spec_json;
using test::spec_of;

TEST_CASE("a spec is read, written and read again") {
  auto spec = spec_of(R"j({"exits": {"trailing": {"price": "2*atr_14"}, "break_even": {"at_r": 1},
                                    "cooldown_bars": 3}, "universe": ["ETH-USDT", "BTC-USDT", "ETH-USDT"],
                         "timeframes": ["1h", "5m"]})j");
  CHECK(spec.timeframes == std::vector<finch::market::Timeframe>{{5}, {60}});
  CHECK(spec.universe == std::vector<std::string>{"BTC-USDT", "ETH-USDT"});
  auto text = canonical_json(spec);
  auto again = parse_spec(text, test::vocabulary(), "again");
  REQUIRE_MESSAGE(again.has_value(), again.error().message);
  CHECK(canonical_json(*again) == text);
  CHECK(spec_hash(*again) == spec_hash(spec));
  CHECK(text.find("\"price\": \"2 * atr_14\"") != std::string::npos);
  CHECK(text.find("\"60m\"") != std::string::npos);
}

TEST_CASE("identity is behaviour") {
  auto base = spec_of("{}");
  // Pinned: a change here would orphan every stored trial.
  CHECK(
      behaviour(base) ==
      R"j({"universe":"all","enter_long":"rsi_14 < 30","enter_short":"rsi_14 > 100 - 30","confidence":0.6,)j"
      R"j("exits":{"stop_loss":{"atr":2.5},"take_profit":{"pct":2},"max_hold_bars":20,"exit_long":"rsi_14 > 60"}})j");
  CHECK(spec_hash(base) == "3254ae7ca9cbe51f590612223fb9490b");
  auto same = {
      R"j({"name": "other", "family": "momentum", "description": "Another story."})j",
      R"j({"timeframes": ["60m"], "parent": "0123456789abcdef0123456789abcdef"})j",
      R"j({"enter_long": "  rsi_14<(low)"})j",
      R"j({"confidence": 0.6})j",
      R"j({"parameters": {"low": {"value": 30, "min": 20, "max": 40, "step": 1}}})j",
      R"j({"parameters": {"low": null}, "enter_long": "rsi_14 < 30", "enter_short": "rsi_14 > 100 - 30"})j"};
  for (auto changes : same)
    CHECK_MESSAGE(spec_hash(spec_of(changes)) == spec_hash(base), changes);
  auto different = {R"j({"universe": ["BTC-USDT"]})j",
                    R"j({"enter_long": "rsi_14 <= low"})j",
                    R"j({"enter_short": null})j",
                    R"j({"confidence": 0.61})j",
                    R"j({"exits": {"take_profit": {"pct": null, "atr": 2}}})j",
                    R"j({"exits": {"max_hold_bars": 21}, "parameters": {"hold": null}})j",
                    R"j({"parameters": {"low": {"value": 25}}})j"};
  std::set<std::string> hashes{spec_hash(base)};
  for (auto changes : different)
    CHECK_MESSAGE(hashes.insert(spec_hash(spec_of(changes))).second, changes);
}

TEST_CASE("instances, universe, ids") {
  auto spec = spec_of(R"j({"universe": ["BTC-USDT", "binance.um/X*"]})j");
  auto all = instances(spec);
  REQUIRE(all.size() == 2);
  CHECK(all[0].id() == "dip@5m");
  CHECK(all[1].hash() == spec_hash(spec) + "@15m");
  CHECK(in_universe(spec, "BTC-USDT"));
  CHECK(in_universe(spec, "sim.perp/BTC-USDT"));
  CHECK(in_universe(spec, "binance.um/XRP-USDT"));
  CHECK_FALSE(in_universe(spec, "binance.spot/XRP-USDT"));
  CHECK_FALSE(in_universe(spec, "sim.perp/ETH-USDT"));
  CHECK(in_universe(spec_of(R"j({"universe": ["*-USDT"]})j"), "sim.perp/ETH-USDT"));
  CHECK_FALSE(in_universe(spec_of(R"j({"universe": ["*-USD"]})j"), "sim.perp/ETH-USDT"));
}

TEST_CASE("a malformed spec is refused with place, expectation and finding") {
  struct Row {
    std::string json;
    const char* message; // its beginning
  };
  auto with = [](const char* changes) { return spec_json(changes); };
  const Row rows[] = {
      {"", "t: line 1, column 1: syntax error"},
      {"{\n \"name\": }", "t: line 2, column 10: syntax error"},
      {"{\"name\": \"\xff\"}", "t: line 1, column 11: "},
      {"[]", "t: /: expected an object, found []"},
      {R"j({"name": "a", "name": "b"})j", "t: the key \"name\" is given twice"},
      {with(R"j({"enter_lon": "true"})j"), "t: /enter_lon: unknown key"},
      {with(R"j({"name": null})j"), "t: /name: expected a text, found nothing"},
      {with(R"j({"name": "Dip!"})j"), "t: /name: expected lower-case letters, digits and underscores"},
      {with(R"j({"description": ""})j"), "t: /description: expected a sentence"},
      {with(R"j({"parent": "xyz"})j"), "t: /parent: expected a spec hash of 32 hex digits"},
      {with(R"j({"timeframes": []})j"),
       "t: /timeframes: expected a list such as [\"5m\", \"15m\"], found []"},
      {with(R"j({"timeframes": ["7m"]})j"), "t: /timeframes/0: expected a timeframe, found \"7m\""},
      {with(R"j({"timeframes": ["60m", "1h"]})j"), "t: /timeframes/1: 60m is listed twice"},
      {with(R"j({"timeframes": [5]})j"), "t: /timeframes/0: expected a timeframe, found 5"},
      {with(R"j({"universe": "BTC"})j"),
       "t: /universe: expected \"all\" or a list of symbols, found \"BTC\""},
      {with(R"j({"universe": ["BTC USDT"]})j"),
       "t: /universe/0: expected a symbol or pattern, found \"BTC USDT\""},
      {with(R"j({"parameters": {"low": {"value": 50}}})j"),
       "t: /parameters/low/value: expected a value from 10 to 45, found 50"},
      {with(R"j({"parameters": {"low": {"step": 0}}})j"), "t: /parameters/low/step: expected a step above 0"},
      {with(R"j({"parameters": {"low": {"min": null}}})j"),
       "t: /parameters/low/min: expected a number, found nothing"},
      {with(R"j({"parameters": {"low": {"min": 99}}})j"),
       "t: /parameters/low: expected min <= max, found 99 and 45"},
      {with(R"j({"parameters": {"low": {"typ": 1}}})j"), "t: /parameters/low/typ: unknown key"},
      {with(R"j({"parameters": {"ema": {"value": 1, "min": 1, "max": 1, "step": 1}}})j"),
       "t: /parameters/ema: 'ema' cannot name a parameter"},
      {with(R"j({"parameters": {"spare": {"value": 1, "min": 1, "max": 1, "step": 1}}})j"),
       "t: /parameters/spare: no rule uses this parameter"},
      {with(R"j({"enter_long": null, "enter_short": null})j"),
       "t: /enter_long: expected enter_long, enter_short or both, found neither"},
      {with(R"j({"enter_long": "rsi_14 <"})j"), "t: /enter_long: column 9: expected a value, found the end"},
      {with(R"j({"enter_long": "rsi_41 < low"})j"),
       "t: /enter_long: column 1: expected a feature or parameter, found 'rsi_41'"},
      {with(R"j({"enter_long": "close < low"})j"),
       "t: /enter_long: column 9: expected both sides of '<' in one unit, found a price and a plain number"},
      {with(R"j({"enter_long": true})j"), "t: /enter_long: expected an expression, found true"},
      {with(R"j({"enter_long": "low@5m > 1"})j"),
       "t: /enter_long: column 1: expected a feature, found the parameter 'low'"},
      {with(R"j({"enter_long": "ret_5[BTC-] > 0"})j"),
       "t: /enter_long: column 1: expected a symbol such as BTC-USDT"},
      {with(R"j({"enter_long": "model.direction > 0"})j"),
       "t: /enter_long: column 1: expected a model's output, found 'model.direction'"},
      {with(R"j({"enter_long": "votes(1, \"A\") > 0"})j"),
       "t: /enter_long: column 1: expected strategies' names, found \"A\""},
      {with(R"j({"confidence": "close"})j"),
       "t: /confidence: column 1: expected a unitless number, found a price"},
      {with(R"j({"exits": null})j"), "t: /exits: expected an object with at least stop_loss, found nothing"},
      {with(R"j({"exits": {"stop_loss": null}})j"), "t: /exits/stop_loss: expected a stop, found nothing"},
      {with(R"j({"exits": {"stop_loss": {"pct": 1}}})j"),
       "t: /exits/stop_loss: expected exactly one of pct, atr and price, found 2 of them"},
      {with(R"j({"exits": {"take_profit": {"pct": -1}}})j"),
       "t: /exits/take_profit/pct: expected a distance above 0, found -1"},
      {with(R"j({"exits": {"take_profit": {"pct": null, "price": "rsi_14"}}})j"),
       "t: /exits/take_profit/price: column 1: expected a price number, found a unitless number"},
      {with(R"j({"exits": {"take_profit": 3}})j"), "t: /exits/take_profit: expected an object, found 3"},
      {with(R"j({"exits": {"stop": {"atr": 1}}})j"), "t: /exits/stop: unknown key"},
      {with(R"j({"exits": {"break_even": {}}})j"),
       "t: /exits/break_even/at_r: expected a number of initial risks, found nothing"},
      {with(R"j({"exits": {"break_even": {"at_r": 0}}})j"),
       "t: /exits/break_even/at_r: expected a number from 1e-06 to 1000000, found 0"},
      {with(R"j({"exits": {"max_hold_bars": 2.5}})j"),
       "t: /exits/max_hold_bars: expected a whole number from 1 to 100000, found 2.5"},
      {with(R"j({"exits": {"max_hold_bars": "stop"}})j"),
       "t: /exits/max_hold_bars: expected a whole number from 1 to 100000, found 2.5"},
      {with(R"j({"exits": {"max_hold_bars": "rsi_14"}})j"),
       "t: /exits/max_hold_bars: expected a number or a parameter, found 'rsi_14'"},
      {with(R"j({"exits": {"cooldown_bars": "hold + 1"}})j"),
       "t: /exits/cooldown_bars: expected a number or a parameter, found 'hold + 1'"},
      {with(R"j({"exits": {"exit_long": "rsi_14"}})j"),
       "t: /exits/exit_long: column 1: expected a condition, found a unitless number"},
      {std::string(300'000, ' '), "t: expected at most 262144 bytes, found 300000"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.json.substr(0, 200));
    auto spec = parse_spec(row.json, test::vocabulary(), "t");
    REQUIRE_FALSE(spec.has_value());
    CHECK(spec.error().message.substr(0, std::string_view{row.message}.size()) == row.message);
    CHECK(spec.error().category == finch::Category::bad_input);
  }
  CHECK(parse_spec(with(R"j({"enter_lon": "true"})j"), test::vocabulary(), "t").error().remedy ==
        "did you mean enter_long?");
  CHECK(parse_spec(with(R"j({"enter_long": "rsi_41 < low"})j"), test::vocabulary(), "t").error().remedy ==
        "did you mean rsi_14?");
}

TEST_CASE("damaged specs never do worse than an error") {
  auto good = spec_json();
  for (std::size_t i = 0; i < good.size(); ++i) {
    CHECK_FALSE(parse_spec(good.substr(0, i), test::vocabulary(), "t").has_value());
    for (char c : {'\0', '"', '{', '9', 'x'}) {
      auto bad = good;
      bad[i] = c;
      auto spec = parse_spec(bad, test::vocabulary(), "t");
      if (!spec)
        CHECK_FALSE(spec.error().message.empty());
    }
  }
}

TEST_CASE("files: the name is the file's, the first wrong one fails the library") {
  auto folder = std::filesystem::temp_directory_path() / "finch_strategies_spec_test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  std::ofstream{folder / "dip.json"} << spec_json();
  std::ofstream{folder / "notes.txt"} << "not a strategy";
  CHECK(load_library(folder, test::vocabulary())->size() == 1);
  std::ofstream{folder / "tip.json"} << spec_json();
  auto wrong = load_library(folder, test::vocabulary());
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().message.find("tip.json: /name: expected 'tip' as the file is called, found 'dip'") !=
        std::string::npos);
  CHECK(load_spec(folder / "gone.json", test::vocabulary()).error().message.find("no such file") !=
        std::string::npos);
  CHECK_FALSE(load_spec(folder, test::vocabulary()).has_value());
  CHECK_FALSE(load_library(folder / "gone", test::vocabulary()).has_value());
  std::filesystem::remove_all(folder);
}

TEST_CASE("variants keep to the grid and their descent") {
  auto spec = spec_of("{}");
  CHECK(variant_count(spec) == 8 * 7 * 10);
  Parameter tenths{"x", 0.3, 0.1, 1, 0.1};
  CHECK(on_grid(tenths, 0.3) == 0.3); // not 0.1 + 2 * 0.1
  CHECK(on_grid(tenths, 0.34) == 0.3);
  CHECK(on_grid(tenths, 7) == 1);
  CHECK(on_grid(tenths, -7) == 0.1);
  CHECK(on_grid({"x", 1, 1, 2, 0.75}, 2) == 1.75);

  auto changed = set_parameters(spec, {{"low", 35}});
  REQUIRE(changed.has_value());
  CHECK(changed->parent == spec_hash(spec));
  CHECK(behaviour(*changed).find("rsi_14 < 35") != std::string::npos);
  CHECK(set_parameters(spec, {})->parent.empty());
  CHECK(set_parameters(spec, {{"low", 46}}).error().message ==
        "dip: /parameters/low: expected a value from 10 to 45, found 46");
  CHECK(set_parameters(spec, {{"lo", 30}}).error().message == "dip has no parameter 'lo'");
}

TEST_CASE("the schema editors read beside the library is the program's") {
  std::ifstream file{test::source_folder() / "config/strategies/schema.json"};
  // After a change of the language or the catalogue: finch strategies schema > config/strategies/schema.json
  auto current = std::string(std::istreambuf_iterator<char>{file}, {}) == json_schema(catalogue_vocabulary());
  CHECK(current); // not compared in the check, which would print both
}

TEST_CASE("the schema is JSON, names every function and feature, and its keys are the reader's") {
  auto schema = nlohmann::json::parse(json_schema(test::vocabulary()));
  auto rule = schema["$defs"]["rule"]["description"].get<std::string>();
  CHECK(rule.find("zscore(x, n)") != std::string::npos);
  CHECK(rule.find("atr_14 (price)") != std::string::npos);
  auto spec = nlohmann::json::parse(canonical_json(spec_of(
      R"j({"exits": {"trailing": {"price": "atr_14"}, "break_even": {"at_r": 1}, "cooldown_bars": 3,
          "exit_short": "rsi_14 < 40"}, "parent": "0123456789abcdef0123456789abcdef"})j")));
  for (const auto& [key, value] : spec.items())
    CHECK_MESSAGE(schema["properties"].contains(key), key);
  CHECK(schema["properties"].size() == spec.size() + 1); // references, which only specs with votes have
  for (const auto& [key, value] : spec["exits"].items())
    CHECK_MESSAGE(schema["properties"]["exits"]["properties"].contains(key), key);
  CHECK(schema["properties"]["exits"]["properties"].size() == spec["exits"].size());
}
