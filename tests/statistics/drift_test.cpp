#include "actors/statistics/drift.hpp"
#include "actors/statistics/moments.hpp"
#include "actors/statistics/random.hpp"
#include "actors/statistics/scores.hpp"
#include "tests/statistics/vectors.hpp"

#include <doctest/doctest.h>

using namespace finch::statistics;
using finch::test::close;

namespace {

DriftMetrics metrics(const nlohmann::json& j) {
  return {j["expectancy_R"], j["profit_factor"],  j["win_rate"],
          j["sharpe"],       j["trades_per_day"], j["cost_bps"]};
}

} // namespace

TEST_CASE("drift, PSI, KS, composite and health match their vectors") {
  auto all = finch::test::read_json("drift_health.json");
  auto d = all["drift"];
  auto result = drift(metrics(d["backtest"]), metrics(d["forward"]), 40);
  auto expected = metrics(d["expected"]["per_metric"]);
  CHECK(close(result.per_metric.expectancy_r, expected.expectancy_r));
  CHECK(close(result.per_metric.profit_factor, expected.profit_factor));
  CHECK(close(result.per_metric.win_rate, expected.win_rate));
  CHECK(close(result.per_metric.sharpe, expected.sharpe));
  CHECK(close(result.per_metric.trades_per_day, expected.trades_per_day));
  CHECK(close(result.per_metric.cost_bps, expected.cost_bps));
  CHECK(close(result.overall, d["expected"]["overall"].get<double>()));

  auto psi = all["psi"];
  CHECK(close(stability_index(psi["expected_share"].get<std::vector<double>>(),
                              psi["observed_share"].get<std::vector<double>>()),
              psi["value"].get<double>()));
  auto a = all["ks"]["a"].get<std::vector<double>>(), b = all["ks"]["b"].get<std::vector<double>>();
  CHECK(close(kolmogorov_smirnov(a, b).distance, all["ks"]["D"].get<double>()));
  CHECK(critical_distance(30, 25) == doctest::Approx(1.358 * std::sqrt(55.0 / 750)));

  auto in = all["composite"]["inputs"], out = all["composite"]["expected"];
  auto score =
      composite({in["eep"], in["dsr"], in["profitable_folds"][0], in["profitable_folds"][1],
                 in["profitable_cells"][0], in["profitable_cells"][1], in["cost_share"], in["drift"]});
  CHECK(close(score.cost_score, out["cost_score"].get<double>()));
  CHECK(close(score.before_drift, out["before_drift"].get<double>()));
  CHECK(close(score.drift_multiplier, out["drift_multiplier"].get<double>()));
  CHECK(close(score.score, out["score"].get<double>()));

  auto h = all["health"]["inputs"], he = all["health"]["expected"];
  std::vector<double> matrix;
  for (const auto& row : h["corr"])
    for (const auto& cell : row)
      matrix.push_back(cell);
  auto effective = effective_count(matrix, h["corr"].size());
  CHECK(close(effective, he["n_eff"].get<double>()));
  auto whole = health({h["sharpe"], h["mdd"], h["mean_composite"], effective, h["drift"], h["uptime"],
                       h["active"], h["slots"], h["corr"].size()});
  CHECK(close(whole.sharpe_score, he["parts"]["sharpe_score"].get<double>()));
  CHECK(close(whole.drawdown_score, he["parts"]["mdd_score"].get<double>()));
  CHECK(close(whole.diversification, he["parts"]["diversification"].get<double>()));
  CHECK(close(whole.drift_score, he["parts"]["drift_score"].get<double>()));
  CHECK(close(whole.operations, he["parts"]["ops"].get<double>()));
  CHECK(close(whole.score, he["health"].get<double>()));
  CHECK(whole.band == "GOOD");
}

TEST_CASE("drift is judged only with enough forward trades and demotes only with evidence") {
  DriftMetrics backtest{0.3, 1.6, 0.5, 2, 3, 10}, worse{-0.1, 0.8, 0.3, -1, 3, 10};
  CHECK(std::isnan(drift(backtest, worse, 19).overall));
  auto result = drift(backtest, worse, 20);
  CHECK(result.overall > drift_limit);
  CHECK_FALSE(drift_demotes(result, 0.5, 1.0, 20));
  CHECK(drift_demotes(result, 0.05, 1.0, 20));
  CHECK(drift_demotes(result, 0.5, -1.7, 20));
  CHECK(drift_demotes(result, 0.5, 1.0, 100));
  CHECK_FALSE(drift_demotes(drift(backtest, worse, 5), 0.01, 9, 5));
  auto half_known = worse;
  half_known.sharpe = std::nan("");
  CHECK(drift(backtest, half_known, 50).per_metric.sharpe == 1);
}

TEST_CASE("composite leaves out what was not tested, and drift only ever lowers it") {
  CompositeInputs in{80, 1, 4, 4, 2, 2, 0.05, std::nan("")};
  CHECK(composite(in).before_drift == doctest::Approx(40 + 20 + 10 + 0 + 10));
  CHECK(composite(in).drift_multiplier == 1);
  in.drift = 0.5;
  CHECK(composite(in).score == doctest::Approx(40));
}

TEST_CASE("KS and PSI tell a shifted sample from a twin") {
  Draws draws{3, 0};
  std::vector<double> a, twin, shifted;
  for (int i = 0; i < 2'000; ++i) {
    a.push_back(draws.normal());
    twin.push_back(draws.normal());
    shifted.push_back(draws.normal() + 0.5);
  }
  CHECK(kolmogorov_smirnov(a, twin).p > 0.05);
  CHECK(kolmogorov_smirnov(a, shifted).p < 1e-6);
  CHECK(kolmogorov_smirnov(a, a).distance == 0);
  CHECK(stability_index_of(a, twin) < 0.1);
  CHECK(stability_index_of(a, shifted) > 0.2);
  CHECK(win_rate_z(0.5, 100, 0.5, 50) == 0);
  CHECK(win_rate_z(1, 10, 1, 10) == 0);
  CHECK(win_rate_z(0.6, 100, 0.4, 100) == doctest::Approx(2.8284).epsilon(1e-4));
}
