#include "actors/features/catalogue.hpp"
#include "actors/features/markdown.hpp"
#include "actors/features/plan.hpp"
#include "tests/features/reference_table.hpp"
#include "tests/features/vectors.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

using namespace finch;
using namespace finch::features;

TEST_CASE("the catalogue defines its features, each once and whole") {
  std::set<std::string_view> names;
  for (const auto& definition : catalogue()) {
    INFO(definition.name);
    CHECK(names.insert(definition.name).second);
    CHECK_FALSE(definition.formula.empty());
    CHECK_FALSE(definition.unit.empty());
    CHECK_FALSE(definition.group.empty());
    CHECK_FALSE(definition.source.empty());
    CHECK(definition.warmup >= 0);
    CHECK_FALSE(is_bar_field(definition.name));
    CHECK(find(definition.name) == &definition);
    for (auto input : definition.inputs)
      CHECK_FALSE(input.starts_with('.'));
  }
  CHECK(names.size() >= 200);
}

TEST_CASE("names, warm-ups and neutral values are those of the reference, in its order") {
  REQUIRE(std::size(test::reference) == 200);
  const Definition* before = nullptr;
  for (const auto& row : test::reference) {
    REQUIRE_MESSAGE(find(row.name) != nullptr, row.name);
    const auto& definition = *find(row.name);
    CHECK_MESSAGE(&definition > before, row.name);
    before = &definition;
    if (row.first_valid != test::by_data)
      CHECK_MESSAGE(definition.warmup == row.first_valid, row.name);
    if (!std::isnan(row.neutral))
      CHECK_MESSAGE(definition.neutral == row.neutral, row.name);
  }
}

TEST_CASE("FEATURES.md is what the catalogue says today") {
  auto root = std::getenv("FINCH_SOURCE");
  std::ifstream file{std::string{root ? root : "."} + "/actors/features/FEATURES.md"};
  std::stringstream text;
  text << file.rdbuf();
  std::stringstream today{markdown(Catalogue{})};
  for (std::string have, want; std::getline(today, want);) {
    std::getline(text, have);
    if (have != want) {
      FAIL_CHECK("the file says\n"
                 << have << "\nwhere the catalogue says\n"
                 << want << "\nwrite it anew: "
                 << "build/release/finch features list --markdown > actors/features/FEATURES.md");
      return;
    }
  }
  CHECK(text.peek() == std::char_traits<char>::eof());
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
