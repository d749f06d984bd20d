#include "actors/strategies/assembly.hpp"
#include "actors/strategies/link.hpp"
#include "tests/strategies/support.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace finch;
using namespace finch::strategies;
using test::spec_of;

namespace {

Spec named(const std::string& name, const std::string& rule) {
  return spec_of(fmt::format(R"j({{"name": "{}", "enter_long": "{}"}})j", name, rule));
}

/// A strategy that goes long where `voters` agree.
Spec voting(const std::string& name, const std::string& votes) {
  return spec_of(fmt::format(R"j({{"name": "{}", "parameters": {{"low": null}}, "enter_short": null,
                                  "enter_long": "votes({}) > 0", "exits": {{"exit_long": null}}}})j",
                             name, votes));
}

/// Links `wanted` within the given library.
Result<Spec> linked(const std::vector<Spec>& library, const std::string& wanted) {
  Finder find = [&](const std::string& name) -> Result<std::optional<Found>> {
    for (const auto& spec : library)
      if (spec.name == name)
        return Found{spec, name + ".json"};
    return std::optional<Found>{};
  };
  return Linker{find}.link((*find(wanted))->spec, wanted + ".json");
}

Frame<fb::VoteBlock> votes_of(const Spec& spec, const Frame<fb::FeatureBlock>& block,
                              std::vector<Frame<fb::VoteBlock>> taken = {}) {
  auto evaluator = Evaluator::make(spec, {5}, test::layout());
  REQUIRE(evaluator.has_value());
  auto votes = evaluator->vote(0, {&block, 1}, taken);
  REQUIRE_MESSAGE(votes.has_value(), votes.error().message);
  return *votes;
}

} // namespace

TEST_CASE("references are found by name, carried along and part of the identity") {
  std::vector<Spec> library{named("a", "rsi_14 < low"), named("b", "rsi_14 < low - 1"),
                            voting("both", R"(2, \"a\", \"b\")"), voting("top", R"(1, \"both\", \"a\")")};
  auto top = linked(library, "top");
  REQUIRE_MESSAGE(top.has_value(), top.error().message);
  REQUIRE(top->references.size() == 2);
  CHECK(top->references[1].spec->references[0].spec->name == "a");
  CHECK(count_references(*top) == 4);
  CHECK(required_features(*top) == std::vector<std::string>{"atr_14", "close", "rsi_14"});

  auto again = parse_spec(canonical_json(*top), test::vocabulary(), "again");
  REQUIRE_MESSAGE(again.has_value(), again.error().message);
  CHECK(canonical_json(*again) == canonical_json(*top));
  CHECK(spec_hash(*again) == spec_hash(*top));

  // What the voters do is what it does: another `a` makes another `top`, two levels up.
  auto before = spec_hash(*top);
  library[0] = named("a", "rsi_14 < low - 2");
  CHECK(spec_hash(*linked(library, "top")) != before);
  library[0].description += " In other words.";
  auto renamed = spec_hash(*linked(library, "top"));
  library[0].description =
      "Quite another text that says something else altogether about the very same rules.";
  CHECK(spec_hash(*linked(library, "top")) == renamed);
}

TEST_CASE("cycles, unknown names and towers of references are refused by name and place") {
  auto error = [](const std::vector<Spec>& library, const std::string& wanted) {
    auto spec = linked(library, wanted);
    REQUIRE_FALSE(spec.has_value());
    CHECK(spec.error().category == Category::bad_input);
    return spec.error().message;
  };
  std::vector<Spec> cycle{voting("a", R"(1, \"b\")"), voting("b", R"(1, \"c\")"), voting("c", R"(1, \"a\")")};
  CHECK(error(cycle, "a")
            .find("c.json: /enter_long: column 10: expected strategies that do not depend on 'a', "
                  "found a cycle: a -> b -> c -> a") == 0);
  CHECK(error(cycle, "b").find("b -> c -> a -> b") != std::string::npos);
  CHECK(error({voting("a", R"(1, \"nobody\")")}, "a")
            .find("a.json: /enter_long: column 10: expected a strategy's name, found 'nobody'") == 0);
  std::vector<Spec> tower{named("s0", "rsi_14 < low")};
  for (int i = 1; i <= 5; ++i)
    tower.push_back(voting(fmt::format("s{}", i), fmt::format(R"(1, \"s{}\")", i - 1)));
  CHECK(linked(tower, "s4").has_value());
  CHECK(error(tower, "s5").find("expected at most 4 levels of references") != std::string::npos);
  CHECK_THROWS_WITH(voting("self", R"(1, \"self\")"), doctest::Contains("cannot take its own votes"));
  CHECK_THROWS_WITH(spec_of(R"j({"references": {"a": 1}})j"), doctest::Contains("/references/a"));
}

TEST_CASE("votes count those who stand on one side; who is archived abstains") {
  auto layout = test::layout();
  // rsi: lane 0 low for both, lane 1 low for one, lane 2 high for both
  auto block = test::block({5}, 0, 4, layout, [](const std::string& name, std::int64_t, std::size_t lane) {
    return name == "rsi_14" ? (lane == 0 ? 5.0 : lane == 1 ? 25.0 : 95.0) : 100.0;
  });
  auto one = spec_of(R"j({"name": "one", "enter_long": "rsi_14 < 30", "enter_short": "rsi_14 > 70",
                          "parameters": {"low": null}})j");
  auto two = spec_of(R"j({"name": "two", "enter_long": "rsi_14 < 10", "enter_short": "rsi_14 > 90",
                          "parameters": {"low": null}})j");
  auto ensemble = [&](const std::string& votes, bool archive = false) {
    auto spec = spec_of(fmt::format(R"j({{"name": "all", "parameters": {{"low": null}},
                                          "enter_long": "{} > 0", "enter_short": "{} < 0"}})j",
                                    votes, votes));
    spec.references[0].archived = archive;
    return *linked({one, two, spec}, "all");
  };
  auto sides = [](const Frame<fb::VoteBlock>& votes) {
    std::vector<int> all;
    for (auto vote : *votes->votes())
      all.push_back(vote->side());
    return all;
  };
  auto ones = votes_of(one, block), twos = votes_of(two, block);
  REQUIRE(sides(ones) == std::vector{1, 1, -1});
  REQUIRE(sides(twos) == std::vector{1, 0, -1});
  CHECK(sides(votes_of(ensemble(R"(votes(2, \"one\", \"two\"))"), block, {ones, twos})) ==
        std::vector{1, 0, -1});
  CHECK(sides(votes_of(ensemble(R"(votes(1, \"one\", \"two\"))"), block, {ones, twos})) ==
        std::vector{1, 1, -1});
  // Archived: its vote is missing from the count, and where the rest cannot make the quorum nothing is known.
  auto archived = ensemble(R"(votes(1, \"one\", \"two\"))", true);
  CHECK(sides(votes_of(archived, block, {twos})) == std::vector{1, 0, -1});
  CHECK(canonical_json(archived).find("\"one\": null") != std::string::npos);
  CHECK(spec_hash(*parse_spec(canonical_json(archived), test::vocabulary(), "again")) == spec_hash(archived));
  auto too_few = ensemble(R"(votes(2, \"one\", \"two\"))", true);
  CHECK(sides(votes_of(too_few, block, {twos})) == std::vector{0, 0, 0});

  auto evaluator = Evaluator::make(ensemble(R"(votes(2, \"one\", \"two\"))"), {5}, layout);
  CHECK(evaluator->references() == std::vector<std::string>{"one", "two"});
  auto later = test::block({5}, 5, 9, layout, [](auto&&...) { return 1.0; });
  std::vector wrong{ones, votes_of(one, later)};
  CHECK_FALSE(evaluator->vote(0, {&block, 1}, wrong).has_value());
}

TEST_CASE("a run evaluates voters first, and those it was not asked for without a book") {
  std::vector<Spec> library{named("a", "rsi_14 < low"), named("b", "rsi_14 < low - 1"),
                            voting("both", R"(2, \"a\", \"b\")"), voting("top", R"(1, \"both\", \"a\")")};
  std::vector<Instance> asked{{*linked(library, "top"), {5}}, {library[0], {5}}, {library[0], {15}}};
  auto parts = parts_of(asked);
  REQUIRE(parts.size() == 5);
  for (std::size_t i = 0; i < asked.size(); ++i)
    CHECK(parts[i].instance.id() == asked[i].id());
  CHECK(parts[0].level == 2);
  CHECK_FALSE(parts[3].asked);
  for (const auto& part : parts)
    for (auto reference : part.references) {
      CHECK(parts[reference].level < part.level);
      CHECK(parts[reference].instance.timeframe == part.instance.timeframe);
    }
  CHECK(parts[0].references.front() == 1); // the instance of `a` asked for is also the one that votes
  CHECK(levels_of(parts).size() == 3);
  CHECK(levels_of(parts)[0].size() == 3);
}
