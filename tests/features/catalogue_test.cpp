#include "actors/features/catalogue.hpp"
#include "actors/features/plan.hpp"
#include "tests/features/vectors.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <set>

using namespace finch;
using namespace finch::features;

TEST_CASE("the catalogue defines 200 features, each once and whole") {
  std::set<std::string_view> names;
  for (const auto& definition : catalogue()) {
    INFO(definition.name);
    CHECK(names.insert(definition.name).second);
    CHECK_FALSE(definition.formula.empty());
    CHECK_FALSE(definition.unit.empty());
    CHECK_FALSE(definition.group.empty());
    CHECK(definition.warmup >= 0);
    CHECK_FALSE(is_bar_field(definition.name));
    CHECK(find(definition.name) == &definition);
    for (auto input : definition.inputs)
      CHECK_FALSE(input.starts_with('.'));
  }
  CHECK(names.size() == 200);
}

TEST_CASE("warm-ups are those of the vectors") {
  std::ifstream file{test::vector_path("ind_meta.json")};
  auto meta = nlohmann::json::parse(file);
  std::size_t checked = 0;
  for (const auto& [name, series] : meta["columns"].items())
    if (const auto* definition = find(name); definition && series.contains("a")) {
      CHECK_MESSAGE(definition->warmup == series["a"]["first_valid"].get<int>(), name);
      ++checked;
    }
  CHECK(checked == 103);
}

TEST_CASE("what is not fed is unavailable, with a reason") {
  std::size_t missing = 0;
  for (const auto& definition : catalogue())
    if (!definition.available()) {
      ++missing;
      auto plan = Plan::make(std::vector<std::string>{std::string{definition.name}});
      REQUIRE_FALSE(plan);
      CHECK(plan.error().category == Category::usage);
      CHECK(plan.error().message.find(definition.unavailable_reason) != std::string::npos);
    }
  CHECK(missing == 3);
  CHECK_FALSE(find("book_imbalance_5")->available());
}

TEST_CASE("a plan keeps the order asked for, adds close and names the nearest feature for a slip") {
  auto plan = Plan::make(std::vector<std::string>{"rsi_14", "volume", "rsi_14", "sma_20"});
  REQUIRE(plan);
  CHECK(std::vector<std::string>(plan->names().begin(), plan->names().end()) ==
        std::vector<std::string>{"close", "rsi_14", "volume", "sma_20"});
  CHECK(plan->index("sma_20") == 3);
  CHECK_FALSE(plan->index("ema_20"));
  CHECK_FALSE(plan->has_cross_asset());
  auto cross = Plan::make(std::vector<std::string>{"market_beta"});
  CHECK(std::vector<std::string>(cross->names().begin(), cross->names().end()) ==
        std::vector<std::string>{"close", "market_beta", "ret_1"});
  CHECK(cross->has_cross_asset());
  CHECK(Plan::make({})->names().size() == 1);
  auto slip = Plan::make(std::vector<std::string>{"rsi14"});
  REQUIRE_FALSE(slip);
  CHECK(slip.error().remedy.find("rsi_14") != std::string::npos);
  CHECK_FALSE(Plan::make(std::vector<std::string>{".gain"}));
  CHECK_FALSE(Plan::make(std::vector<std::string>{""}));
}

TEST_CASE("a feature's inputs are features and bar fields, shared nodes opened up") {
  CHECK(find("rsi_14")->inputs == std::vector<std::string_view>{"price_change"});
  CHECK(find("price_vs_vwap")->inputs == std::vector<std::string_view>{"close", "vwap_day"});
  CHECK(find("keltner_upper_20")->inputs == std::vector<std::string_view>{"ema_20", "true_range"});
}
