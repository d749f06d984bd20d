#include "actors/evolution/plan.hpp"
#include "actors/evolution/variants.hpp"
#include "actors/statistics/moments.hpp"
#include "actors/statistics/random.hpp"
#include "actors/strategies/variant.hpp"
#include "tests/evolution/books.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

using namespace finch;
using namespace finch::evolution;
using finch::test::judge;

namespace {

Contender contender(const std::string& name, double edge, int tier, std::uint64_t seed) {
  return {judge(name, {.seed = seed, .edge_r = edge}), tier};
}

const Placement& of(const CyclePlan& plan, const std::string& name) {
  auto at = std::find_if(plan.placements.begin(), plan.placements.end(),
                         [&](const Placement& p) { return p.instance == name; });
  REQUIRE(at != plan.placements.end());
  return *at;
}

} // namespace

TEST_CASE("the best keep the slots, the rest leave with a reason") {
  std::vector<Contender> actives, candidates;
  for (std::uint64_t i = 0; i < 4; ++i)
    actives.push_back(contender("active" + std::to_string(i), 0.3 + 0.05 * static_cast<double>(i), 1, i));
  candidates.push_back(contender("strong", 0.7, 0, 90));
  candidates.push_back(contender("loser", -0.3, 0, 91));
  auto result = plan(actives, candidates, {.slots = 4});
  REQUIRE(result.placements.size() == 6);
  CHECK(result.placements[0].instance == "strong");
  CHECK(result.placements[0].action == Action::admit);
  CHECK(result.placements[0].tier == 1);
  for (int rank = 1; rank <= 4; ++rank) {
    CHECK(result.placements[static_cast<std::size_t>(rank - 1)].rank == rank);
    if (rank > 1)
      CHECK(result.placements[static_cast<std::size_t>(rank - 1)].composite <=
            result.placements[static_cast<std::size_t>(rank - 2)].composite);
  }
  auto archived = std::count_if(result.placements.begin(), result.placements.end(),
                                [](const Placement& p) { return p.action == Action::archive; });
  CHECK(archived == 1);
  CHECK(of(result, "loser").action == Action::reject);
  CHECK(of(result, "loser").reason.find("net result after costs") != std::string::npos);
  CHECK(result.empty.empty());
}

TEST_CASE("a slot nobody deserves stays empty and says why") {
  auto result = plan({contender("bad", -0.4, 1, 3)}, {contender("worse", -0.5, 0, 4)}, {.slots = 20});
  CHECK(result.empty.size() == 20);
  CHECK(result.empty.front() == "of 2 ranked, 2 fell below the floor and 0 repeated a better one");
  CHECK(of(result, "bad").action == Action::archive);
  CHECK(plan({}, {}).empty.front() == "nothing to rank");
}

TEST_CASE("a two-trade wonder with a Sharpe of 25 never leads, nor gets a slot") {
  auto wonder = contender("wonder", 0.5, 0, 5);
  auto& s = wonder.score;
  s.trades.trades = 2;
  s.sharpe = 25.42;
  s.psr = 0.999;
  s.composite.score = 99;
  auto result = plan({contender("honest", 0.3, 1, 6)}, {wonder});
  CHECK(result.placements[0].instance == "honest");
  CHECK(of(result, "wonder").action == Action::reject);
  CHECK(of(result, "wonder").reason == "2 trades, 30 are needed to judge");
}

TEST_CASE("tiers follow gates and drift; weight follows tiers") {
  std::vector<Contender> actives;
  for (std::uint64_t i = 0; i < 8; ++i)
    actives.push_back(contender("a" + std::to_string(i), 0.6, 1, 20 + i));
  auto provisional = plan(actives, {});
  CHECK(provisional.provisional);
  for (const auto& p : provisional.placements) {
    CHECK(p.weighted == (p.rank <= 5));
    CHECK(p.action == Action::keep);
    CHECK(p.reason == "not judged");
  }
  actives[6].promotion = {};
  actives[7].tier = 2;
  auto proven = plan(actives, {});
  CHECK_FALSE(proven.provisional);
  CHECK(of(proven, "a6").action == Action::promote);
  CHECK(of(proven, "a6").tier == 2);
  CHECK(of(proven, "a7").action == Action::keep);
  for (const auto& p : proven.placements)
    CHECK(p.weighted == (p.tier == 2));
  actives[7].demote = "drift 0.31";
  auto demoted = plan(actives, {});
  CHECK(of(demoted, "a7").action == Action::demote);
  CHECK(of(demoted, "a7").tier == 1);
  CHECK(of(demoted, "a7").reason == "drift 0.31");
}

TEST_CASE("a twin is refused unless it is clearly better, then it takes the place") {
  auto incumbent = contender("incumbent", 0.5, 1, 7);
  auto twin = incumbent;
  twin.tier = 0;
  twin.score.instance = "twin";
  twin.score.composite.score = incumbent.score.composite.score * 1.05;
  auto close_call = plan({incumbent}, {twin});
  CHECK(of(close_call, "incumbent").action == Action::keep);
  CHECK(of(close_call, "twin").reason == "repeats incumbent and is not a tenth better");
  twin.score.composite.score = incumbent.score.composite.score * 1.2;
  auto clear = plan({incumbent}, {twin});
  CHECK(of(clear, "twin").action == Action::admit);
  CHECK(of(clear, "incumbent").reason == "displaced by twin");
  auto weaker = twin;
  weaker.score.instance = "weaker";
  weaker.score.composite.score = incumbent.score.composite.score * 0.9;
  CHECK(of(plan({incumbent}, {weaker}), "weaker").reason == "repeats incumbent");
  auto second = twin;
  second.score.instance = "twin2";
  CHECK(plan({}, {twin, second}).empty.size() == 19);
}

TEST_CASE("ties go to DSR, then trades, then the stranger, then the id") {
  auto base = contender("base", 0.5, 1, 30);
  auto other = contender("x", 0.5, 0, 31), same = contender("b", 0.5, 0, 32);
  for (auto* c : {&other, &same}) {
    c->score.composite.score = 70;
    c->score.dsr = 0.9;
    c->score.trades.trades = 300;
  }
  auto first = [&] { return plan({}, {other, same}).placements[0].instance; };
  CHECK(first() == "b");
  other.score.trades.trades = 301;
  CHECK(first() == "x");
  same.score.dsr = 0.91;
  CHECK(first() == "b");
}

TEST_CASE("the plan does not depend on the order contenders are given in") {
  std::vector<Contender> candidates;
  for (std::uint64_t i = 0; i < 12; ++i)
    candidates.push_back(contender("c" + std::to_string(i), 0.1 * static_cast<double>(i % 7), 0, 50 + i));
  auto forwards = plan({}, candidates, {.slots = 6});
  std::reverse(candidates.begin(), candidates.end());
  auto backwards = plan({}, candidates, {.slots = 6});
  for (std::size_t i = 0; i < forwards.placements.size(); ++i)
    CHECK(forwards.placements[i].instance == backwards.placements[i].instance);
}

TEST_CASE("variants stay in range, on the grid, distinct, and repeat for a seed") {
  std::vector<strategies::Parameter> parameters{{"window", 20, 5, 50, 5}, {"k", 2, 0.5, 4, 0.1}};
  auto variants = draw_variants(1, 2, parameters, 50);
  CHECK(variants.size() == 50);
  CHECK(variants == draw_variants(1, 2, parameters, 50));
  CHECK(variants != draw_variants(1, 3, parameters, 50));
  CHECK(variants != draw_variants(2, 2, parameters, 50));
  auto fewer = draw_variants(1, 2, parameters, 10);
  CHECK(std::equal(fewer.begin(), fewer.end(), variants.begin()));
  std::set<Variant> distinct{variants.begin(), variants.end()};
  CHECK(distinct.size() == 50);
  for (const auto& v : variants) {
    CHECK(std::fmod(v[0], 5) == 0);
    CHECK((v[0] >= 5 && v[0] <= 50 && v[1] >= 0.5 && v[1] <= 4));
    CHECK(strategies::on_grid(parameters[1], v[1]) == v[1]);
  }
  CHECK(draw_variants(1, 2, {{"n", 1, 1, 3, 1}}, 50).size() == 2);
  CHECK(draw_variants(1, 2, {}, 5).empty());
}
