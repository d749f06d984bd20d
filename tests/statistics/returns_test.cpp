#include "actors/statistics/moments.hpp"
#include "actors/statistics/returns.hpp"
#include "actors/statistics/sharpe.hpp"
#include "tests/statistics/vectors.hpp"

#include <doctest/doctest.h>

using namespace finch::statistics;
using finch::test::close;

namespace {

double measure(const nlohmann::json& c) {
  auto r = c["r"].get<std::vector<double>>();
  auto per_year = c["ppy"].get<double>();
  auto name = c["metric"].get<std::string>();
  // The published annual figures count the empty first row of the series as a period.
  auto growth = 1 + total_return(r);
  auto annual = std::pow(growth, per_year / c.value("n_periods", static_cast<double>(r.size()))) - 1;
  if (name == "sharpe")
    return sharpe(r, per_year);
  if (name == "sortino")
    return sortino(r, per_year).value;
  if (name == "annual_return")
    return annual;
  if (name == "annual_volatility")
    return annualised_volatility(r, per_year);
  if (name == "calmar")
    return calmar(annual, max_drawdown(equity_of(r))).value;
  if (name == "max_drawdown")
    return max_drawdown(equity_of(r));
  if (name == "downside_risk")
    return downside_risk(r, per_year);
  REQUIRE(name == "omega");
  return omega(r, c["threshold"].get<double>()).value;
}

} // namespace

TEST_CASE("published return metrics are reproduced") {
  auto vectors = finch::test::read_json("perf_returns.json");
  REQUIRE(vectors["published"].size() == 12);
  for (const auto& c : vectors["published"]) {
    INFO(c["name"]);
    CHECK(close(measure(c), c["computed"].get<double>(), 1e-12));
    CHECK(close(measure(c), c["expected"].get<double>(), 1e-6));
  }
}

TEST_CASE("every metric of the daily example is reproduced") {
  auto all = finch::test::read_json("perf_returns.json");
  auto example = all["daily_example"];
  auto e = example["expected"];
  auto r = example["daily_returns"].get<std::vector<double>>();
  auto equity = equity_of(r, example["start_equity"].get<double>());
  auto per_year = example["periods_per_year"].get<double>();
  auto expect = [&](const char* name, double value) {
    INFO(name);
    CHECK(close(value, e[name].get<double>()));
  };
  expect("total_return", total_return(r));
  expect("annualised_return", annualised_return(r, per_year));
  expect("annualised_vol", annualised_volatility(r, per_year));
  expect("sharpe_per_period", sharpe(r));
  expect("sharpe_annual", sharpe(r, per_year));
  expect("sortino_annual", sortino(r, per_year).value);
  expect("max_drawdown", max_drawdown(equity));
  expect("calmar", calmar(annualised_return(r, per_year), max_drawdown(equity)).value);
  auto summary = summarise_drawdowns(equity);
  expect("avg_drawdown", summary.average_depth);
  expect("avg_recovery_periods_recovered", summary.average_recovery);
  expect("longest_underwater_periods", static_cast<double>(summary.longest_underwater));
  expect("ulcer_index", summary.ulcer_index);
  expect("skew_population", skewness(r));
  expect("kurtosis_population_nonexcess", kurtosis(r));
  auto sample = measure_sharpe(r);
  expect("psr_vs_0", probabilistic_sharpe(sample));
  expect("min_trl_vs_0_95pct", min_track_record(sample, 0, 0.05));
  expect("cvar_95", tail_mean(r));
  auto episodes = drawdown_episodes(equity);
  REQUIRE(episodes.size() == e["episodes"].size());
  for (std::size_t i = 0; i < episodes.size(); ++i) {
    CHECK(episodes[i].peak == e["episodes"][i]["peak"].get<std::size_t>());
    CHECK(episodes[i].trough == e["episodes"][i]["trough"].get<std::size_t>());
    CHECK(episodes[i].recovery == e["episodes"][i]["recovery"].get<std::size_t>());
    CHECK(close(episodes[i].depth, e["episodes"][i]["depth"].get<double>()));
    CHECK_FALSE(episodes[i].open);
  }
}

TEST_CASE("annualisation factors are those of trading around the clock") {
  auto factors = finch::test::read_json("perf_returns.json")["annualisation_factors"];
  for (auto [name, minutes] :
       {std::pair{"1m", 1}, {"5m", 5}, {"15m", 15}, {"60m", 60}, {"4h", 240}, {"1d", 1440}}) {
    CHECK(periods_per_year(minutes) == factors[name]["periods_per_year"].get<double>());
    CHECK(close(std::sqrt(periods_per_year(minutes)), factors[name]["sqrt"].get<double>(), 1e-14));
  }
}

TEST_CASE("series without losses, gains or length have stated values") {
  std::vector<double> none, up{0.01, 0.01, 0.02}, flat{0, 0, 0}, ruin{-1, 0.5};
  CHECK(total_return(none) == 0);
  CHECK(annualised_return(none, 365) == 0);
  CHECK(annualised_return(ruin, 365) == -1);
  CHECK(std::isnan(sharpe(flat)));
  CHECK(sortino(up).value == ratio_cap);
  CHECK(sortino(up).capped);
  CHECK(sortino(flat).value == 0);
  CHECK(omega(up).capped);
  CHECK(calmar(0.1, 0).value == ratio_cap);
  CHECK(calmar(0, 0).value == 0);
  CHECK(calmar(-0.1, 0.2).value == -0.5);
  CHECK(max_drawdown(none) == 0);
  CHECK(max_drawdown(equity_of(ruin)) == 1);
  CHECK(std::isnan(tail_mean(none)));
  CHECK(tail_mean(std::vector<double>{0.3, -0.2, 0.1}) == -0.2);
  CHECK(returns_of(std::vector<double>{100, 110, 0, 5}) == std::vector<double>{110.0 / 100 - 1, -1, -1});
  // What is left of a ruined account jumps by hundreds of percent; of its start capital nothing comes back.
  CHECK(fixed_capital_returns(std::vector<double>{100, 2, 10, 1}) == std::vector<double>{-0.98, 0.08, -0.09});
}

TEST_CASE("an episode that has not recovered is open and kept out of the recovery average") {
  std::vector<double> equity{100, 90, 100, 80, 85};
  auto episodes = drawdown_episodes(equity);
  REQUIRE(episodes.size() == 2);
  CHECK_FALSE(episodes[0].open);
  CHECK(episodes[1].open);
  CHECK(episodes[1].recovery == 4);
  CHECK(summarise_drawdowns(equity).average_recovery == 1);
}

TEST_CASE("equity falls into buckets, silent ones repeat the last value") {
  std::vector<std::int64_t> times{0, 50, 130, 410};
  std::vector<double> equity{100, 101, 102, 99};
  CHECK(bucket_equity(times, equity, 100) == std::vector<double>{101, 102, 102, 102, 99});
  CHECK(bucket_equity({}, {}, 100).empty());
}
