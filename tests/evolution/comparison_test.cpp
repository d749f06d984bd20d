/// What compared instances are worth together, with a known truth.
#include "actors/evolution/comparison.hpp"
#include "actors/statistics/moments.hpp"
#include "actors/statistics/random.hpp"
#include "actors/statistics/sharpe.hpp"
#include "tests/evolution/books.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

using namespace finch;
using namespace finch::evolution;

namespace {

std::vector<Evaluated> books(std::size_t count, double edge_of_first) {
  std::vector<Evaluated> all;
  for (std::size_t i = 0; i < count; ++i) {
    test::BookPlan plan{.seed = 100 + i, .edge_r = i == 0 ? edge_of_first : 0.1};
    Evaluated one;
    one.instance.spec.name = "strategy_" + std::to_string(i);
    one.instance.timeframe = {5};
    one.hash = std::to_string(i);
    one.evidence = test::make_book(plan);
    all.push_back(std::move(one));
  }
  deflate(all, {});
  return all;
}

std::vector<double> noise(std::uint64_t seed, std::size_t hours, double drift) {
  statistics::Draws draws{seed, 5};
  std::vector<double> returns;
  for (std::size_t i = 0; i < hours; ++i)
    returns.push_back(drift + 0.01 * draws.normal());
  return returns;
}

} // namespace

TEST_CASE("one good strategy among many without an edge is found; none among none is not") {
  Search search{200, 1e-3};
  auto edge = compare(books(16, 1.2), search, 1);
  auto none = compare(books(16, 0.1), search, 1);
  CHECK(edge.overfitting < 0.05);
  CHECK(edge.spa_p < 0.01);
  CHECK(none.overfitting > 0.2);
  CHECK(none.spa_p > 0.05);
  CHECK(edge.effective_trials > 4);
  CHECK(edge.best_by_luck > 0);
  CHECK(edge.min_backtest_years == doctest::Approx(std::pow(statistics::expected_maximum(200), 2)));
}

TEST_CASE("too little to say is said as nothing") {
  auto few = compare(books(3, 0.5), {3, 0}, 1);
  CHECK(std::isnan(few.overfitting));
  CHECK(std::isfinite(few.spa_p));
  auto nothing = compare({}, {1, 0}, 1);
  CHECK(std::isnan(nothing.overfitting));
  CHECK(std::isnan(nothing.spa_p));
  CHECK(std::isnan(nothing.min_backtest_years));
}

TEST_CASE("a walk-forward chooses by the past alone") {
  constexpr std::size_t days = 60;
  std::vector<std::vector<double>> variants{noise(1, days * 24, 0), noise(2, days * 24, 0.002),
                                            noise(3, days * 24, 0)};
  auto found = choose_forward(variants);
  CHECK(found.folds == 3); // 60 days: 33 train, 2 purge, 8 test
  for (auto chosen : found.chosen)
    CHECK(chosen == 1);
  CHECK(found.profitable_folds == 3);
  CHECK(found.outside_return > 0);

  // Changing the last fold's test days changes no choice.
  auto changed = variants;
  for (std::size_t hour = 51 * 24; hour < days * 24; ++hour)
    changed[1][hour] = -0.01, changed[0][hour] = 0.01;
  auto again = choose_forward(changed);
  CHECK(again.chosen == found.chosen);
  CHECK(again.outside_return < found.outside_return);
  CHECK(choose_forward({}).folds == 0);
}

TEST_CASE("a trial is counted once, with its hourly returns") {
  auto place = std::filesystem::temp_directory_path() / ("finch-ledger-" + std::to_string(getpid()));
  std::filesystem::create_directories(place);
  {
    auto journal = journal::Journal::open((place / "journal.db").string());
    REQUIRE(journal.has_value());
    auto evaluated = books(3, 0.5);
    for (std::size_t i = 0; i < evaluated.size(); ++i)
      evaluated[i].instance.timeframe = {static_cast<std::int32_t>(i) * 5 + 5};
    TrialTerms terms{20'000, 0, 100, 199, "costs", "screen"};
    auto first = count_trials(**journal, evaluated, terms);
    REQUIRE(first.has_value());
    CHECK(first->fresh == 3);
    CHECK(first->total == 3);
    CHECK(first->search.trials == 3);
    terms.purpose = "promotion"; // what for does not make another trial
    auto again = count_trials(**journal, evaluated, terms);
    REQUIRE(again.has_value());
    CHECK(again->fresh == 0);
    CHECK(again->total == 3);
    terms.last = 200; // other data does
    CHECK(count_trials(**journal, evaluated, terms)->fresh == 3);
    auto rows = (*journal)->select<journal::Trial>(journal::Query{}.equal("last_round", std::int64_t{199}));
    REQUIRE(rows.has_value());
    REQUIRE(rows->size() == 3);
    for (const auto& row : *rows)
      CHECK(row.hourly_returns.size() == 60 * 24);
  }
  std::filesystem::remove_all(place);
}
