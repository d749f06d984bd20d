/// The backtest page: what it says, and that a browser draws it.
#include "actors/reporting/backtest_report.hpp"
#include "actors/reporting/trade_tables.hpp"
#include "browser.hpp"
#include "sample.hpp"

#include <doctest/doctest.h>

using namespace finch;
using namespace finch::reporting;
using namespace finch::reporting::sample;

namespace {

BacktestReport backtest() {
  auto replay = sample::report();
  BacktestReport out;
  out.title = "6 instances on 6 instruments";
  out.command = "finch backtest all --report page.html";
  out.build = replay.build;
  out.speed = "exact";
  out.from_ns = replay.from_ns;
  out.to_ns = out.holdout_from_ns = replay.to_ns;
  out.instruments = replay.prices.size();
  out.prices = replay.prices;
  static constexpr std::array regimes{"range", "trend", "panic"};
  for (auto& book : replay.books) {
    BacktestLine line;
    line.account = book;
    for (std::size_t i = 0; i < line.account.trades.size(); ++i)
      line.account.trades[i].regime = regimes[i % regimes.size()];
    line.account.sharpe = 1.25;
    line.psr = 0.97;
    line.dsr = 0.42;
    line.min_track_record_days = 61.2;
    line.haircut_sharpe = 0.31;
    line.payoff = 1.4;
    line.breakeven_win_rate = 1 / 2.4;
    line.folds = 3;
    line.profitable_folds = 2;
    line.score = 48.5;
    line.eep = 55;
    line.cost_share = 0.27;
    out.lines.push_back(std::move(line));
  }
  out.walks.push_back({"momentum@5m", 12, 3, 2, 2.5, -0.4, -0.012});
  out.trials_total = 1'284;
  out.effective_trials = 4;
  out.best_by_luck = 5.1;
  out.min_backtest_years = 11.2;
  out.pbo = 0.46;
  out.spa_p = 0.212;
  out.detailed = 4;
  out.notes = {"Costs & all <of them>."};
  return out;
}

Account with_trades(std::initializer_list<std::pair<const char*, double>> exits) {
  Account account;
  account.equity_start_quote = 1'000;
  auto equity = account.equity_start_quote;
  for (const auto& [time, net] : exits) {
    TradeLine trade;
    trade.exit_time_ns = *market::parse_time(time);
    trade.entry_time_ns = trade.exit_time_ns - market::ns_per_hour;
    trade.net_quote = net;
    trade.planned_risk_quote = 10;
    account.trades.push_back(trade);
    equity += net;
    account.equity.push_back({trade.exit_time_ns, equity});
  }
  account.equity_end_quote = equity;
  return account;
}

} // namespace

TEST_CASE("the page says what luck could have done") {
  auto page = render_html(backtest());
  for (auto part : {"Probability of overfitting", "46", "1,284", "Deflated Sharpe", "42",
                    "Track record needed", "62 d", "p = 0.212", "11.2", "not used", "Win rate to break even",
                    "2 of 3", "Costs &amp; all &lt;of them&gt;.", "momentum@5m", "finch backtest all"})
    CHECK_MESSAGE(page.find(part) != std::string::npos, part);
  CHECK(page == render_html(backtest()));
  auto looked = backtest();
  looked.holdout = true;
  CHECK(render_html(looked).find("looked at") != std::string::npos);
}

TEST_CASE("months compound from their own start, and the last hour of a month is that month's") {
  auto account = with_trades(
      {{"2021-04-10T12:00:00Z", 100}, {"2021-05-01T00:00:00Z", -110}, {"2021-05-03T01:00:00Z", 99}});
  auto table = page::month_table(account);
  CHECK(table.find("1.00 %") != std::string::npos);  // April: 1,000 to 990
  CHECK(table.find("10.00 %") != std::string::npos); // May: 990 to 1,089
  CHECK(table.find("8.90 %") != std::string::npos);  // the year
  CHECK(table.find("2021") != std::string::npos);
}

TEST_CASE("trades fall into the bin of what they won in planned risks") {
  auto chart = page::risk_histogram(
      with_trades({{"2021-04-10", 12}, {"2021-04-10", 12.4}, {"2021-04-11", -10}, {"2021-04-12", 900}}));
  CHECK(chart.find("1 to 1.25 R: 2 trades") != std::string::npos);
  CHECK(chart.find("-1 to -0.75 R: 1 trades") != std::string::npos);
  CHECK(chart.find("4.75 to 5 R: 1 trades") != std::string::npos);
  CHECK(page::risk_histogram({}).find("No trade was closed") != std::string::npos);
  auto hours = page::hour_chart(with_trades({{"2021-04-10T05:30:00Z", 12}, {"2021-04-11T05:10:00Z", -20}}));
  CHECK(hours.find("04:00 UTC: −8.00 in 2 trades") != std::string::npos);
}

TEST_CASE("a browser draws the backtest page without error and without the network") {
  if (browser().empty()) {
    MESSAGE("skipped: no chromium on this machine");
    return;
  }
  auto report = backtest();
  auto opened = open_page(render_html(report));
  REQUIRE(opened.status == 0);
  auto console = opened.log.find("CONSOLE");
  CHECK_MESSAGE(console == std::string::npos,
                opened.log.substr(console == std::string::npos ? 0 : console, 300));
  CHECK(opened.document.find("data-drawn=\"yes\"") != std::string::npos);
  CHECK(opened.document.find("Equity and drawdown of " + report.lines[0].account.name) != std::string::npos);
  CHECK(occurrences(opened.document, "data-pick=") == report.detailed);
  CHECK(occurrences(opened.document, "class=\"bars\"") == 3 * report.detailed);
  auto drawing = opened.document.substr(0, opened.document.find("<script"));
  CHECK(drawing.find("NaN") == std::string::npos);
  CHECK(drawing.find("undefined") == std::string::npos);
  auto on_phone = open_page(render_html(report), true);
  CHECK(on_phone.document.find("<p>drawn yes, sideways 0, scale 1.0</p>") != std::string::npos);
}
