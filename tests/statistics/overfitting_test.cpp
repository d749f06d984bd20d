#include "actors/statistics/clusters.hpp"
#include "actors/statistics/multiple_testing.hpp"
#include "actors/statistics/overfitting.hpp"
#include "actors/statistics/random.hpp"
#include "actors/statistics/reality_check.hpp"
#include "actors/statistics/sharpe.hpp"
#include "tests/statistics/vectors.hpp"

#include <doctest/doctest.h>

using namespace finch::statistics;
using finch::test::close;
using nlohmann::json;

namespace {

SharpeSample sample_of(const json& in) {
  return {in["sr"], in.value("skew", 0.0), in.value("kurt", 3.0), in.value("T", 0.0)};
}

void check_case(const json& c) {
  auto name = c["name"].get<std::string>();
  const auto& in = c["inputs"];
  const auto& e = c["expected"];
  auto starts = [&](const char* prefix) { return name.rfind(prefix, 0) == 0; };
  if (starts("expected_max"))
    CHECK(close(expected_maximum(in["N"]), e));
  else if (starts("min_btl"))
    CHECK(close(min_backtest_years(in["N"], in["target_annual_sr"]), e));
  else if (starts("psr"))
    CHECK(close(probabilistic_sharpe(sample_of(in), in["bench"]), e));
  else if (starts("dsr")) {
    CHECK(close(expected_best_sharpe(in["N"], in["var_sr_trials"]), e["sr0"]));
    CHECK(close(deflated_sharpe(sample_of(in), in["N"], in["var_sr_trials"]), e["dsr"]));
  } else if (starts("min_trl"))
    CHECK(close(min_track_record(sample_of(in), in["bench"], in["alpha"]) / in.value("ppy", 1.0), e));
  else if (starts("lo_adjusted"))
    CHECK(close(in["annual_sr"].get<double>() * lo_factor(in["q"], in["rho1"]), e));
  else if (starts("haircut")) {
    auto cut = haircut_sharpe(in["annual_sr"], in["T_months"], 12, in["tests"]);
    CHECK(close(cut.p_single, e["p_single"]));
    CHECK(close(cut.p_adjusted, e["p_adj"]));
    CHECK(close(cut.annual_sharpe, e["haircut_sr"]));
    CHECK(close(cut.haircut, e["haircut"]));
  } else if (starts("multiple_testing")) {
    auto p = in["p_sorted"].get<std::vector<double>>();
    for (auto [key, values] : {std::pair{"bonferroni", bonferroni(p)},
                               {"holm", holm(p)},
                               {"bh", benjamini_hochberg(p)},
                               {"bhy", benjamini_yekutieli(p)}})
      for (std::size_t i = 0; i < p.size(); ++i)
        CHECK(close(values[i], e[key][i]));
  } else {
    REQUIRE(starts("profit_hurdle"));
    CHECK(close(100 * profit_hurdle(in["tests"], in["T_months"], 12, in["vol_annual"], in["alpha"]), e));
  }
}

std::vector<double> noise(std::size_t rows, std::size_t trials, double lift = 0) {
  Draws draws{11, trials};
  std::vector<double> values;
  for (std::size_t i = 0; i < rows * trials; ++i)
    values.push_back(draws.normal() + (i % trials == 0 ? lift : 0));
  return values;
}

} // namespace

TEST_CASE("published Sharpe statistics are reproduced") {
  auto vectors = finch::test::read_json("sharpe_stats.json");
  REQUIRE(vectors["cases"].size() == 20);
  for (const auto& c : vectors["cases"]) {
    INFO(c["name"]);
    check_case(c);
  }
}

TEST_CASE("Sharpe statistics at their edges") {
  CHECK(expected_maximum(1) == 0);
  CHECK(std::isfinite(expected_maximum(1e300)));
  CHECK(std::isinf(min_track_record({0.1, 0, 3, 100}, 0.1, 0.05)));
  CHECK(std::isnan(probabilistic_sharpe({2, 5, 3, 100})));
  CHECK(std::isnan(probabilistic_sharpe({0.1, 0, 3, 1})));
  CHECK(trial_variance(std::vector<double>(9, 0.5), 400) == 1.0 / 400);
  CHECK(lo_factor(12, 0) == 1);
  CHECK(std::isnan(annual_sharpe(std::vector<double>(29, 0.1), 365)));
  SharpeSample good{0.1, 0, 3, 1000};
  CHECK(deflated_sharpe(good, 1, 0.001) == probabilistic_sharpe(good));
  CHECK(deflated_sharpe(good, 100, 0.001) < deflated_sharpe(good, 10, 0.001));
}

TEST_CASE("multiple testing keeps the order of unsorted input") {
  std::vector<double> p{0.2, 0.001, 0.04, 0.012, 0.008};
  auto adjusted = holm(p);
  CHECK(adjusted[1] == doctest::Approx(0.005));
  CHECK(adjusted[0] == doctest::Approx(0.2));
  CHECK(benjamini_hochberg(p)[4] == doctest::Approx(0.02));
}

TEST_CASE("CSCV gives every logit of the vector") {
  auto rows = finch::test::read_csv("pbo_returns.csv");
  std::vector<double> values;
  for (std::size_t i = 1; i < rows.size(); ++i)
    for (const auto& cell : rows[i])
      values.push_back(std::stod(cell));
  TrialMatrix matrix{values, rows[0].size()};
  auto vectors = finch::test::read_json("pbo.json");
  REQUIRE(vectors["results"].size() == 2);
  for (const auto& e : vectors["results"]) {
    auto result = backtest_overfitting(matrix, e["S"]);
    REQUIRE(result.has_value());
    REQUIRE(result->logits.size() == e["n_combinations"].get<std::size_t>());
    for (std::size_t i = 0; i < result->logits.size(); ++i) {
      CHECK(close(result->logits[i], e["logits"][i]));
      CHECK(close(result->inside[i], e["is_best"][i]));
      CHECK(close(result->outside[i], e["oos_of_best"][i]));
    }
    CHECK(close(result->probability, e["pbo"]));
    CHECK(close(result->probability_of_loss, e["prob_oos_loss"]));
    CHECK(close(result->slope, e["degradation_slope"]));
    CHECK(close(result->intercept, e["degradation_intercept"]));
  }
}

TEST_CASE("CSCV calls noise overfitted, an edge not, and refuses nonsense") {
  auto values = noise(480, 20);
  auto pure = backtest_overfitting({values, 20}, 16);
  REQUIRE(pure.has_value());
  CHECK(pure->logits.size() == 12'870);
  CHECK(pure->probability > 0.25);
  auto lifted = noise(480, 20, 0.4);
  CHECK(backtest_overfitting({lifted, 20}, 8)->probability < 0.05);
  CHECK_FALSE(backtest_overfitting({values, 20}, 7).has_value());
  CHECK_FALSE(backtest_overfitting({values, 1}, 8).has_value());
  CHECK_FALSE(backtest_overfitting({std::span{values}.first(200), 20}, 8).has_value());
  std::vector<double> constant(480, 0.25);
  CHECK(backtest_overfitting({constant, 2}, 8)->inside[0] == 0);
}

TEST_CASE("reality check and SPA match their vector on the given bootstrap") {
  auto all = finch::test::read_json("reality_check.json");
  std::vector<double> values;
  for (const auto& row : all["d_performance_minus_benchmark"])
    for (const auto& cell : row)
      values.push_back(cell);
  auto indices = all["bootstrap_indices"].get<BootstrapIndices>();
  auto result = reality_check({values, 3}, indices, all["q"]);
  REQUIRE(result.has_value());
  auto e = all["expected"];
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(close(result->mean[k], e["dbar"][k]));
    CHECK(close(result->omega[k], e["omega"][k]));
    CHECK(close(result->t[k], e["t"][k]));
  }
  CHECK(close(result->t_spa, e["T_SPA"]));
  CHECK(close(result->t_rc, e["T_RC"]));
  CHECK(close(result->recentre_threshold, e["recentre_threshold_t"]));
  CHECK(result->p_white == e["p_rc_white"].get<double>());
  CHECK(result->p_lower == e["p_spa_lower"].get<double>());
  CHECK(result->p_consistent == e["p_spa_consistent"].get<double>());
  CHECK(result->p_upper == e["p_spa_upper"].get<double>());
}

TEST_CASE("a seeded bootstrap names the strategy with an edge, and none on noise") {
  auto indices = stationary_bootstrap(300, 10, 400, 5);
  CHECK(indices == stationary_bootstrap(300, 10, 400, 5));
  CHECK(indices != stationary_bootstrap(300, 10, 400, 6));
  double follows = 0;
  for (const auto& list : indices)
    for (std::size_t i = 1; i < list.size(); ++i)
      follows += list[i] == (list[i - 1] + 1) % 300 ? 1 : 0;
  CHECK(follows / (400 * 299) == doctest::Approx(0.9).epsilon(0.02));

  auto values = noise(300, 8), lifted = noise(300, 8, 0.4);
  CHECK(reality_check({values, 8}, indices, 0.1)->p_consistent > 0.05);
  CHECK(reality_check({lifted, 8}, indices, 0.1)->p_consistent < 0.01);
  CHECK(stepwise_superior({values, 8}, indices, 0.1, 0.05)->empty());
  CHECK(*stepwise_superior({lifted, 8}, indices, 0.1, 0.05) == std::vector<std::size_t>{0});
  CHECK_FALSE(reality_check({values, 8}, {{300}}, 0.1).has_value());
  CHECK_FALSE(reality_check({{}, 0}, indices, 0.1).has_value());
}

TEST_CASE("near copies of a trial count as one, but never fewer than the root of all") {
  constexpr std::size_t rows = 400;
  Draws draws{21, 0};
  // Three families of five: each a common series and a little of its own.
  std::vector<double> values;
  for (std::size_t i = 0; i < rows; ++i) {
    double common[3] = {draws.normal(), draws.normal(), draws.normal()};
    for (std::size_t k = 0; k < 15; ++k)
      values.push_back(common[k % 3] + 0.3 * draws.normal());
  }
  auto families = effective_trials({values, 15});
  CHECK(families.representatives == std::vector<std::size_t>{0, 1, 2});
  CHECK(families.count == doctest::Approx(std::sqrt(15.0)));
  auto independent = noise(400, 15);
  CHECK(effective_trials({independent, 15}).count == 15);
  std::vector<double> same(60, 0);
  for (std::size_t i = 0; i < 60; ++i)
    same[i] = static_cast<double>(i / 4 % 5);
  CHECK(effective_trials({same, 4}).representatives == std::vector<std::size_t>{0});
  std::vector<double> constant(60, 1);
  CHECK(effective_trials({constant, 4}).count == 4);
  CHECK(effective_trials({{}, 0}).count == 0);
}
