#include "actors/strategies/entry_features.hpp"
#include "tests/strategies/support.hpp"

#include <doctest/doctest.h>

using namespace finch;
using namespace finch::strategies;
using accounting::KeptFeature;

namespace {

std::vector<std::string> names_of(const Spec& spec) {
  std::vector<std::string> names;
  for (const auto& feature : entry_features(spec))
    names.push_back(feature.name);
  return names;
}

} // namespace

TEST_CASE("a trade remembers each value the rules read under the name they give it") {
  auto spec = test::spec_of(R"j({
    "parameters": {"low": {"value": 30, "min": 10, "max": 40, "step": 5}},
    "enter_long": "rsi_14 < low and rsi_14@60m > 50 and ret_5[BTC-USDT] > 0 and rsi_14@60m[ETH-USDT] > 40",
    "enter_short": "model.direction.p_up < 0.4 and lag(ret_5[BTC-USDT], 2) < 0"})j");
  CHECK(names_of(spec) == std::vector<std::string>{"atr_14", "close", "ret_5[BTC-USDT]", "rsi_14",
                                                   "rsi_14@60m", "rsi_14@60m[ETH-USDT]"});
  auto layout = test::layout();
  CHECK(kept_features(spec, layout) ==
        std::vector<KeptFeature>{{0}, {1}, {4, 0, 1}, {5}, {5, 60}, {5, 60, 2}});
  // A symbol that the run does not have, or has twice, is missing and keeps its place.
  layout.symbols = {"binance.um/ETH-USDT", "sim.perp/ETH-USDT", "binance.um/XRP-USDT"};
  auto missing = std::numeric_limits<std::uint32_t>::max();
  CHECK(kept_features(spec, layout) ==
        std::vector<KeptFeature>{{0}, {1}, {missing}, {5}, {5, 60}, {missing, 60}});
}

TEST_CASE("a book hears of the timeframes its rules name, where the run has them") {
  auto spec = test::spec_of(R"j({"timeframes": ["5m"], "enter_long": "rsi_14@60m > 50 and ret_5@15m > 0"})j");
  std::vector<market::Timeframe> run{{1}, {5}, {60}};
  CHECK(entry_timeframes({spec, {5}}, run) == std::vector<int>{5, 60});
  CHECK(entry_timeframes({spec, {60}}, run) == std::vector<int>{60});
}

TEST_CASE("what strategies read whose votes are taken is remembered beside it") {
  auto spec = test::spec_of(R"j({"enter_long": "votes(1, \"other\") > 0 and ret_5 > 0", "enter_short": null,
                               "parameters": {"low": null},
                                "exits": {"exit_long": null}})j");
  auto other = test::spec_of(R"j({"name": "other", "enter_long": "rsi_14@60m > 50", "enter_short": null,
                                "parameters": {"low": null},
                                "exits": {"exit_long": null}})j");
  REQUIRE(spec.references.size() == 1);
  spec.references[0].spec = std::make_shared<const Spec>(other);
  auto names = names_of(spec);
  CHECK(std::find(names.begin(), names.end(), "rsi_14@60m") != names.end());
  CHECK(std::find(names.begin(), names.end(), "rsi_14") == names.end());
  CHECK(entry_timeframes({spec, {5}}, std::vector<market::Timeframe>{{5}, {60}}) == std::vector<int>{5, 60});
}
