#include "actors/evolution/gates.hpp"
#include "actors/statistics/moments.hpp"
#include "actors/statistics/overfitting.hpp"
#include "actors/statistics/sharpe.hpp"
#include "tests/evolution/books.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

using namespace finch;
using namespace finch::evolution;
using finch::test::judge;

TEST_CASE("a result of a book becomes evidence in quote and R") {
  market::Instrument btc{
      .id = 4, .name = {"sim", "perp", "BTC", "USDT"}, .price_decimals = 1, .quantity_decimals = 3};
  // Long 0.5 from 40,000 to 40,400 with a stop at 39,800: 200 gross, 25 costs, 100 at risk.
  fb::Trade trade{1,
                  4,
                  1,
                  fb::ExitReason::target,
                  0,
                  3'600'000'000'000,
                  400'000,
                  404'000,
                  500,
                  398'000,
                  20'000'000'000,
                  1'500'000'000,
                  500'000'000,
                  0,
                  500'000'000,
                  17'500'000'000,
                  5'000.0,
                  1'000.0,
                  11'000'000'000,
                  0,
                  fb::Regime::trend,
                  fb::Regime::range};
  flatbuffers::FlatBufferBuilder b;
  std::vector<fb::Trade> trades{trade};
  std::vector<fb::EquityPoint> equity{{60, 1'000'000'000'000, 1'000'000'000'000},
                                      {120, 1'017'500'000'000, 1'017'500'000'000}};
  auto t = b.CreateVectorOfStructs(trades);
  auto e = b.CreateVectorOfStructs(equity);
  fb::AccountResultBuilder builder{b};
  builder.add_equity_start_units(1'000'000'000'000);
  builder.add_max_drawdown(0.02);
  builder.add_trades(t);
  builder.add_equity(e);
  b.Finish(builder.Finish());
  const auto& result = *flatbuffers::GetRoot<fb::AccountResult>(b.GetBufferPointer());
  std::vector known{btc};
  auto evidence = evidence_of(result, known);
  REQUIRE(evidence.trades.size() == 1);
  const auto& outcome = evidence.trades[0];
  CHECK(outcome.net() == doctest::Approx(175));
  CHECK(outcome.costs == doctest::Approx(25));
  CHECK(outcome.risk == doctest::Approx(100));
  CHECK(outcome.net_r() == doctest::Approx(1.75));
  CHECK(outcome.favourable == doctest::Approx(250));
  CHECK(outcome.adverse == doctest::Approx(50));
  CHECK_FALSE(outcome.stopped);
  CHECK(evidence.turnover == doctest::Approx(20'000));
  CHECK(evidence.hourly_equity == std::vector<double>{10'000, 10'000, 10'175});
  REQUIRE(evidence.cells.size() == 1);
  CHECK(evidence.cells[0].profitable());
  CHECK(evidence_of(result, {}).trades.empty());
  auto cells = evidence.cells;
  merge_cells(cells, std::vector<Cell>{{4, 0, 500}, {2, 1, 0}});
  CHECK(cells.size() == 2);
  CHECK(cells[0].instrument == 2);
  CHECK_FALSE(cells[1].profitable());
}

TEST_CASE("an edge scores high, noise low, and both honestly") {
  auto good = judge("good", {.edge_r = 0.5});
  CHECK(good.trades.trades > 300);
  CHECK(good.trades.expectancy_r == doctest::Approx(0.4).epsilon(0.3));
  CHECK(good.sharpe > 3);
  CHECK(good.psr > 0.99);
  CHECK(good.dsr == good.psr);
  CHECK(good.composite.score > 60);
  CHECK(good.profitable_at_stress);
  CHECK(good.folds == 3);
  CHECK(good.cells == 6);
  CHECK(good.days == 60);
  CHECK(good.cost_bps == doctest::Approx(20));
  auto noise = judge("noise", {.edge_r = 0});
  CHECK(noise.composite.score < 40);
  CHECK_FALSE(noise.profitable_at_stress);
  CHECK(std::isinf(noise.min_track_record_days));
  CHECK(drift_metrics(good).cost_bps == good.cost_bps);
}

TEST_CASE("searching more leaves less of a Sharpe ratio") {
  test::BookPlan mild{.edge_r = 0.25};
  auto alone = judge("a", mild), searched = judge("a", mild, {1'000, 0.0008});
  CHECK(searched.dsr < alone.dsr);
  CHECK(searched.composite.score < alone.composite.score);
  auto drifted = judge("a", mild, {}, 0.3);
  CHECK(drifted.composite.score == doctest::Approx(alone.composite.score / 2));
}

TEST_CASE("two trades say nothing, however good") {
  auto lucky = test::make_book({.days = 60, .trades_per_hour = 0, .edge_r = 2});
  for (std::size_t i = 0; i < 2; ++i)
    lucky.trades.push_back({.side = 1, .gross = 1'000, .costs = 1, .risk = 100, .favourable = 1'000});
  for (std::size_t i = 700; i < lucky.hourly_equity.size(); ++i)
    lucky.hourly_equity[i] += i < 900 ? 999 : 1'998;
  auto s = score("lucky", lucky, lucky.cells, {}, statistics::nan);
  CHECK(std::isnan(s.sharpe));
  CHECK(std::isnan(s.dsr));
  CHECK(s.eep.score < 4);
  CHECK_FALSE(below_floor(s, 0.5).empty());
  CHECK(below_t2(s));
  CHECK_FALSE(gate_t2(s, {0}).passed());
}

TEST_CASE("an empty book scores without dividing by nothing") {
  auto s = score("empty", {}, {}, {}, statistics::nan);
  CHECK(s.eep.score == 0);
  CHECK(std::isfinite(s.composite.score));
  CHECK(s.folds == 0);
}

TEST_CASE("each gate names every condition that fails") {
  CHECK(gate_t1({true, true, true, 1}).passed());
  CHECK(gate_t1({false, false, false, 0}).failed.size() == 4);

  auto good = judge("good", {.edge_r = 0.5});
  CHECK(gate_t2(good, {0.1}).passed());
  CHECK_FALSE(below_t2(good));
  CHECK(gate_t2(good, {0.31}).failed == std::vector<std::string>{"PBO 0.31 > 0.3"});
  CHECK(gate_t2(good, {statistics::nan}).failed.size() == 1);
  auto week = judge("week", {.days = 7, .trades_per_hour = 0.5, .edge_r = 0.6});
  CHECK(gate_t2(week, {0.1}).failed.front() == "days 7 < 30");
  auto blank = score("blank", {}, {}, {}, statistics::nan);
  CHECK(gate_t2(blank, {statistics::nan}).failed.size() == 8);

  CHECK(gate_t3(good, {0.05}).passed());
  CHECK(gate_t3(good, {0.11}).failed.size() == 1);
  CHECK(gate_t3(good, {statistics::nan}).failed.size() == 1);
  CHECK_FALSE(gate_t3(judge("short", {.days = 3, .edge_r = 0.1}), {0.05}).passed());

  CHECK(gate_model({0.6, 0.5, 0.1, 0.55, 0.5, 0.02}).passed());
  CHECK(gate_model({0.6, 0.5, 0.1, 0.53, 0.5, 0.02}).failed.size() == 1);
}

TEST_CASE("a search over pure noise promotes nothing to T2") {
  int promoted = 0;
  for (std::uint64_t generation = 0; generation < 5; ++generation) {
    constexpr std::size_t trials = 120;
    std::vector<Score> first;
    std::vector<double> sharpes;
    for (std::uint64_t i = 0; i < trials; ++i) {
      auto s = judge("n", {.seed = generation * 1'000 + i, .edge_r = 0, .cost_r = 0.02});
      if (!std::isnan(s.sharpe_per_hour))
        sharpes.push_back(s.sharpe_per_hour);
      first.push_back(std::move(s));
    }
    auto hours = first[0].hourly_returns.size();
    Search search{static_cast<double>(trials),
                  statistics::trial_variance(sharpes, static_cast<double>(hours))};
    std::vector<double> returns(hours * trials);
    for (std::size_t t = 0; t < trials; ++t)
      for (std::size_t h = 0; h < hours; ++h)
        returns[h * trials + t] = first[t].hourly_returns[h];
    auto pbo = statistics::backtest_overfitting({returns, trials}, 8);
    REQUIRE(pbo.has_value());
    double best = 0;
    for (std::uint64_t i = 0; i < trials; ++i) {
      auto s = judge("n", {.seed = generation * 1'000 + i, .edge_r = 0, .cost_r = 0.02}, search);
      best = std::max(best, s.sharpe);
      promoted += gate_t2(s, {pbo->probability}).passed() ? 1 : 0;
    }
    // Luck is there to be had: the best of them looks splendid before deflation.
    CHECK(best > 2);
  }
  CHECK(promoted == 0);
}
