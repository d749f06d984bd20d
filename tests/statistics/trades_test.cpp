#include "actors/statistics/returns.hpp"
#include "actors/statistics/scores.hpp"
#include "actors/statistics/trades.hpp"
#include "tests/statistics/vectors.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace finch::statistics;
using finch::test::close;

namespace {

std::vector<TradeOutcome> read_trades() {
  auto rows = finch::test::read_csv("trades.csv");
  std::map<std::string, std::size_t> column;
  for (std::size_t i = 0; i < rows[0].size(); ++i)
    column[rows[0][i]] = i;
  std::vector<TradeOutcome> trades;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    auto at = [&](const char* name) { return std::stod(rows[i][column.at(name)]); };
    auto entry = at("entry"), quantity = at("qty"), stop = std::abs(entry - at("stop"));
    TradeOutcome t;
    t.side = static_cast<int>(at("side"));
    t.close_time_ns = std::stoll(rows[i][column.at("close_ts_ms")]) * 1'000'000;
    t.gross = t.side * (at("exit") - entry) * quantity;
    t.costs = at("fees") + at("slippage_cost") + at("funding_paid");
    t.risk = stop * quantity;
    t.planned_reward = std::abs(at("take_profit") - entry) / stop;
    t.favourable = std::abs(at("mfe_price") - entry) * quantity;
    t.adverse = std::abs(at("mae_price") - entry) * quantity;
    t.stopped = rows[i][column.at("exit_reason")] == "SL";
    trades.push_back(t);
  }
  return trades;
}

} // namespace

TEST_CASE("sixty trades give the expected statistics and EEP") {
  auto all = finch::test::read_json("trades_expected.json");
  auto e = all["expected"];
  auto trades = read_trades();
  auto s = summarise(trades);
  auto expect = [&](const char* name, double value) {
    INFO(name);
    CHECK(close(value, e[name].get<double>()));
  };
  expect("n_trades", static_cast<double>(s.trades));
  expect("wins", static_cast<double>(s.wins));
  expect("losses", static_cast<double>(s.losses));
  expect("win_rate", s.win_rate);
  expect("gross_profit_net_of_costs", s.gross_profit);
  expect("gross_loss_net_of_costs", s.gross_loss);
  expect("profit_factor", s.profit_factor);
  expect("net_pnl", s.net);
  expect("expectancy_quote", s.expectancy);
  expect("expectancy_R", s.expectancy_r);
  expect("avg_win_R", s.mean_win_r);
  expect("avg_loss_R", s.mean_loss_r);
  expect("payoff_ratio", s.payoff);
  expect("planned_rr", s.planned_reward);
  expect("rr_realisation", s.reward_realisation);
  expect("mean_mfe_R", s.mean_favourable_r);
  expect("mean_mae_R", s.mean_adverse_r);
  expect("max_profit_capture", s.profit_capture);
  expect("stop_hit_frequency", s.stop_frequency);
  expect("breakeven_eligible", static_cast<double>(s.breakeven_eligible));
  expect("breakeven_rate", s.breakeven_rate);
  expect("cost_share", s.cost_share);
  expect("total_costs", s.costs);
  expect("kelly_fraction", s.kelly);
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(close(trades[i].net_r(), e["R_first5"][i].get<double>()));

  auto start = all["start_equity"].get<double>();
  std::vector<double> equity{start};
  for (const auto& trade : trades)
    equity.push_back(equity.back() + trade.net());
  expect("max_drawdown_trade_equity", max_drawdown(equity));
  auto day = [](std::int64_t t) { return t / 86'400'000'000'000; };
  auto daily =
      daily_returns(trades, start, day(trades.front().close_time_ns), day(trades.back().close_time_ns));
  expect("daily_buckets", static_cast<double>(daily.size()));
  expect("sharpe_daily_annual365", sharpe(daily, days_per_year));
  expect("sortino_daily_annual365", sortino(daily, days_per_year).value);

  auto score = eep({s.profit_factor, sharpe(daily, days_per_year), max_drawdown(equity),
                    sortino(daily, days_per_year).value, s.expectancy_r, s.profit_capture,
                    s.reward_realisation, s.stop_frequency, s.breakeven_rate, s.trades});
  auto component = [&](const char* name, double value) {
    INFO(name);
    CHECK(close(value, all["eep"]["component_scores"][name].get<double>()));
  };
  component("profit_factor", score.profit_factor);
  component("sharpe", score.sharpe);
  component("max_drawdown", score.max_drawdown);
  component("sortino", score.sortino);
  component("expectancy_R", score.expectancy_r);
  component("max_profit_capture", score.profit_capture);
  component("rr_realisation", score.reward_realisation);
  component("stop_hit_frequency", score.stop_frequency);
  component("breakeven_rate", score.breakeven_rate);
  CHECK(close(score.confidence, all["eep"]["confidence"].get<double>()));
  CHECK(close(score.entry, all["eep"]["entry_score"].get<double>()));
  CHECK(close(score.exit, all["eep"]["exit_score"].get<double>()));
  CHECK(close(score.score, all["eep"]["eep"].get<double>()));
}

TEST_CASE("trade lists that lack wins, losses, stops or trades have stated values") {
  auto none = summarise({});
  CHECK(std::isnan(none.win_rate));
  CHECK(std::isnan(none.profit_factor));
  CHECK(std::isnan(none.stop_frequency));
  CHECK(none.cost_share == 1);
  CHECK(none.profit_capture == 0);

  std::vector<TradeOutcome> wins{{.side = 1, .gross = 10, .risk = 5}, {.side = 1, .gross = 20, .risk = 5}};
  CHECK(summarise(wins).profit_factor == ratio_cap);
  CHECK(summarise(wins).profit_factor_capped);
  CHECK(summarise(wins).reward_realisation == 1);
  CHECK(std::isnan(summarise(wins).payoff));
  CHECK(std::isnan(summarise(wins).breakeven_rate));

  std::vector<TradeOutcome> losses{{.side = 1, .gross = -10, .risk = 5}};
  CHECK(summarise(losses).profit_factor == 0);
  CHECK(summarise(losses).reward_realisation == 0);

  std::vector<TradeOutcome> flat{{.side = 1, .gross = 0, .risk = 5}, {.side = 1, .gross = 1, .risk = 5}};
  CHECK(summarise(flat).wins == 1);
  CHECK(summarise(flat).losses == 0);
  CHECK(summarise(flat).win_rate == 0.5);

  std::vector<TradeOutcome> unstopped{{.side = 1, .gross = 3}};
  CHECK(std::isnan(unstopped[0].net_r()));
  CHECK(std::isnan(summarise(unstopped).expectancy_r));
  unstopped[0].fallback_risk = 6;
  CHECK(summarise(unstopped).expectancy_r == 0.5);
  CHECK(summarise(unstopped).planned_reward == 2);
}

TEST_CASE("EEP cases, from a weak strategy to the two-trade leader that cannot lead") {
  auto vectors = finch::test::read_json("eep_cases.json");
  REQUIRE(vectors["cases"].size() == 4);
  for (const auto& c : vectors["cases"]) {
    INFO(c["name"]);
    auto raw = [&](const char* name) { return c["raw"][name].get<double>(); };
    auto score = eep({raw("profit_factor"), raw("sharpe"), raw("max_drawdown"), raw("sortino"),
                      raw("expectancy_R"), raw("max_profit_capture"), raw("rr_realisation"),
                      raw("stop_hit_frequency"), raw("breakeven_rate"), c["n_trades"].get<std::size_t>()});
    auto e = c["expected"];
    auto part = [&](const char* name, double value) {
      CHECK(close(value, e["components"][name].get<double>()));
    };
    part("profit_factor", score.profit_factor);
    part("sharpe", score.sharpe);
    part("max_drawdown", score.max_drawdown);
    part("sortino", score.sortino);
    part("expectancy_R", score.expectancy_r);
    part("max_profit_capture", score.profit_capture);
    part("rr_realisation", score.reward_realisation);
    part("stop_hit_frequency", score.stop_frequency);
    part("breakeven_rate", score.breakeven_rate);
    CHECK(close(score.entry, e["entry"].get<double>()));
    CHECK(close(score.exit, e["exit"].get<double>()));
    CHECK(close(score.confidence, e["confidence"].get<double>()));
    CHECK(close(score.score, e["eep"].get<double>()));
  }
}

TEST_CASE("an undefined component scores nothing, an undefined break-even half") {
  auto missing = std::nan("");
  auto score = eep({missing, missing, missing, missing, missing, missing, missing, missing, missing, 60});
  CHECK(score.entry == 0);
  CHECK(score.breakeven_rate == 50);
  CHECK(eep({.trades = 0}).score == 0);
}
