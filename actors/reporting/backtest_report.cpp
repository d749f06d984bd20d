#include "actors/reporting/backtest_report.hpp"

#include "actors/reporting/page_parts.hpp"
#include "actors/reporting/text.hpp"
#include "actors/reporting/trade_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace finch::reporting {

namespace {

using page::tinted;

std::string probability(double value) { return std::isfinite(value) ? percent(value) : "–"; }

std::string days(double value) {
  return std::isinf(value) ? "never" : std::isfinite(value) ? fmt::format("{:.0f} d", std::ceil(value)) : "–";
}

std::string head(const BacktestReport& report) {
  auto length = static_cast<double>(report.to_ns - report.from_ns) / 1e9;
  auto out = fmt::format(
      "<header>\n<p class=\"kind\">Finch {} backtest</p>\n<h1>{}</h1>\n"
      "<p class=\"span\">{} to {} UTC, {}</p>\n<p class=\"counts\">{} instances, {} instruments{}</p>\n",
      escape_html(report.speed), escape_html(report.title), page::minute(report.from_ns),
      page::minute(report.to_ns), duration(length), report.lines.size(), report.instruments,
      report.holdout
          ? ", the holdout: the one look at these days"
          : fmt::format(", nothing of the holdout from {} on", page::minute(report.holdout_from_ns)));
  if (report.synthetic)
    out += "<p class=\"banner\">Synthetic data <span>made by the simulated exchange, not by a "
           "market.</span></p>\n";
  return out + "</header>\n";
}

std::string row(std::string_view name, const std::string& value, std::string_view meaning) {
  return fmt::format("<tr><td>{}</td><td>{}</td><td class=\"meaning\">{}</td></tr>\n", name, value, meaning);
}

/// What the search as a whole was, whichever account is looked at.
std::string search_table(const BacktestReport& report) {
  std::string out = "<table class=\"honest\"><tbody>\n";
  out +=
      row("Trials counted", count(report.trials_total), "every variant ever run on this data counts, once");
  out += row("Different ideas here", ratio(report.effective_trials),
             "clusters of the compared returns, correlated above 0.7");
  out += row("Best by luck", ratio(report.best_by_luck),
             "annual Sharpe the best of all trials is expected to show without any skill");
  out +=
      row("Probability of overfitting", probability(report.pbo),
          "share of splits in which the best of one half is below the median in the other (CSCV); under 30 % "
          "is asked");
  out += row("Better than cash", std::isfinite(report.spa_p) ? fmt::format("p = {:.3f}", report.spa_p) : "–",
             "Hansen's SPA: how likely the best of these is nothing; at most 0.05 is asked");
  out +=
      row("Years needed",
          std::isfinite(report.min_backtest_years) ? fmt::format("{:.1f}", report.min_backtest_years) : "–",
          "below which the best of so many trials shows a Sharpe of 1 by luck");
  out += row("Holdout", report.holdout ? "looked at" : "not used",
             report.holdout ? "each lineage has one look at a holdout day; this was it"
                            : "no figure on this page has seen it");
  return out + "</tbody></table>\n";
}

std::string honesty_table(const BacktestLine& line) {
  const auto& account = line.account;
  std::string out = "<table class=\"honest\"><tbody>\n";
  out += row("Sharpe", ratio(account.sharpe),
             "annual, from hourly returns with Lo's factor; none below 30 trades");
  out += row("Probabilistic Sharpe", probability(line.psr), "that the true Sharpe is above 0, tested alone");
  out += row("Deflated Sharpe", probability(line.dsr),
             "the same against the best that luck gives so many trials; 95 % is asked");
  out += row("After the haircut", ratio(line.haircut_sharpe), "what Bonferroni's price leaves of the Sharpe");
  out += row("Track record needed", days(line.min_track_record_days), "to show a positive Sharpe at 90 %");
  out +=
      row("Win rate to break even",
          std::isfinite(line.breakeven_win_rate) ? fmt::format("{}, {}", percent(line.breakeven_win_rate),
                                                               line.beats_breakeven ? "beaten" : "not beaten")
                                                 : "–",
          "at the payoff it had; beaten means by two standard errors");
  out += row("At 1.5 times the costs", line.profitable_at_stress ? "still profitable" : "a loss",
             fmt::format("costs took {} of gross winnings", percent(line.cost_share)));
  out += row("Folds in profit", fmt::format("{} of {}", line.profitable_folds, line.folds),
             "test spans of a walk-forward over its own equity");
  out += row("Score", ratio(line.score),
             fmt::format("0 to 100, what ranks instances; entry and exit alone {}", ratio(line.eep)));
  return out + "</tbody></table>\n";
}

std::string ranking(const BacktestReport& report, std::size_t detailed) {
  std::string out =
      "<div class=\"scroll\"><table><thead><tr><th>Instance</th><th>Equity</th><th>Score</th><th>Trades</th>"
      "<th>Won</th><th>Profit factor</th><th>R</th><th>Sharpe</th><th>PSR</th><th>DSR</th><th>Drawdown</th>"
      "<th>Return</th></tr></thead><tbody>\n";
  for (std::size_t index = 0; index < report.lines.size(); ++index) {
    const auto& line = report.lines[index];
    const auto& account = line.account;
    auto all = summarise(account.trades);
    auto pick = index < detailed ? fmt::format(" data-pick=\"{}\" tabindex=\"0\"", index) : std::string{};
    out += fmt::format(
        "<tr{}><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>"
        "<td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
        pick, page::breakable(account.name), page::sparkline(account.equity), ratio(line.score),
        count(all.trades), percent(all.win_rate), ratio(all.profit_factor), ratio(all.expectancy_r),
        ratio(account.sharpe), probability(line.psr), probability(line.dsr), percent(account.max_drawdown),
        tinted(account.total_return(), percent(account.total_return(), true)));
  }
  return out + "</tbody></table></div>\n";
}

std::string walk_table(const BacktestReport& report) {
  if (report.walks.empty())
    return "";
  std::string out =
      "<section><div class=\"bar\"><h2>Walk-forward</h2></div>\n<div class=\"scroll\"><table><thead>"
      "<tr><th>Instance</th><th>Variants</th><th>Folds in profit</th><th>Sharpe in training</th>"
      "<th>Sharpe outside</th><th>Return outside</th></tr></thead><tbody>\n";
  for (const auto& walk : report.walks)
    out += fmt::format("<tr><td>{}</td><td>{}</td><td>{} of {}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                       page::breakable(walk.name), walk.variants, walk.profitable_folds, walk.folds,
                       ratio(walk.inside_sharpe), ratio(walk.outside_sharpe),
                       tinted(walk.outside_return, percent(walk.outside_return, true)));
  return out + "</tbody></table></div></section>\n";
}

std::string notes(const BacktestReport& report) {
  std::string out;
  for (const auto& note : report.notes)
    out += fmt::format("<li>{}</li>\n", escape_html(note));
  for (const auto& warning : report.warnings)
    out += fmt::format("<li class=\"warning\">{}</li>\n", escape_html(warning));
  return out;
}

} // namespace

std::string render_html(const BacktestReport& report) {
  auto detailed = std::min(report.detailed, report.lines.size());
  std::vector<const Account*> accounts;
  std::vector<std::string> names;
  std::string cards, honesty, months, days_of, hours, risks, regimes, symbols, exits;
  for (std::size_t index = 0; index < detailed; ++index) {
    const auto& line = report.lines[index];
    accounts.push_back(&line.account);
    names.push_back(line.account.name);
    auto shown = [&](std::string& into, const std::string& part) {
      into += fmt::format("<div data-account=\"{}\"{}>\n{}</div>\n", index, index ? " hidden" : "", part);
    };
    cards += page::figures(line.account, index, report.currency);
    shown(honesty, honesty_table(line));
    shown(months, page::month_table(line.account));
    shown(days_of, page::day_chart(line.account));
    shown(hours, page::hour_chart(line.account));
    shown(risks, page::risk_histogram(line.account));
    shown(regimes, page::regime_table(line.account));
    shown(symbols, page::symbol_table(line.account));
    shown(exits, page::exit_table(line.account));
  }
  auto section = [](std::string_view title, const std::string& content) {
    return fmt::format("<section><div class=\"bar\"><h2>{}</h2></div>\n{}</section>\n", title, content);
  };
  auto pair = [](std::string_view left, const std::string& a, std::string_view right, const std::string& b,
                 std::string_view shape = "columns even") {
    return fmt::format("<section class=\"{}\"><div><div class=\"bar\"><h2>{}</h2></div>\n{}</div>"
                       "<div><div class=\"bar\"><h2>{}</h2></div>\n{}</div></section>\n",
                       shape, left, a, right, b);
  };
  auto body =
      head(report) +
      fmt::format("<div class=\"bar toolbar\"><h2>Result</h2><label>Instance<select "
                  "id=\"account\">{}</select></label></div>\n",
                  page::options(names)) +
      cards + page::charts(report.prices) +
      pair("What this instance's figures are worth", honesty, "What the search was", search_table(report)) +
      section("Returns by month", months) + pair("Net by day", days_of, "Net by hour of entry, UTC", hours) +
      pair("Distribution of R", risks, "By regime", regimes) +
      pair("By instrument", symbols, "Exits", exits, "columns") + walk_table(report) +
      section("All instances", ranking(report, detailed)) +
      section("Reading these figures", "<ul>\n" + notes(report) + "</ul>") +
      page::foot({{"Command", report.command}, {"Build", report.build}});
  return page::document(report.title, body, page::data(report.currency, report.prices, accounts));
}

} // namespace finch::reporting
