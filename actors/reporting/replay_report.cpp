#include "actors/reporting/replay_report.hpp"

#include "actors/reporting/page_parts.hpp"
#include "actors/reporting/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace finch::reporting {

namespace {

using page::minute;
using page::sparkline;
using page::tinted;

std::string account_table(const std::vector<const Account*>& accounts) {
  std::string out =
      "<div class=\"scroll\"><table><thead><tr><th>Account</th><th>Equity</th><th>Votes</th><th>Trades</th>"
      "<th>Won</th><th>Profit "
      "factor</th><th>Sharpe</th><th>Drawdown</th><th>Fees</th><th>Funding</th><th>Return</th>"
      "</tr></thead><tbody>\n";
  for (std::size_t index = 0; index < accounts.size(); ++index) {
    const auto& account = *accounts[index];
    auto all = summarise(account.trades);
    out += fmt::format(
        "<tr data-pick=\"{}\" tabindex=\"0\"><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>"
        "<td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
        index, page::breakable(account.name), sparkline(account.equity), count(account.votes),
        count(all.trades), percent(all.win_rate), ratio(all.profit_factor), ratio(account.sharpe),
        percent(account.max_drawdown), money(account.fees_quote), money(account.funding_quote),
        tinted(account.total_return(), percent(account.total_return(), true)));
  }
  return out + "</tbody></table></div>\n";
}

std::string notes(const ReplayReport& report) {
  std::string out;
  if (report.synthetic)
    out += "<li>The market was made by the simulated exchange. These figures say nothing about any real "
           "market.</li>\n";
  out += "<li>Paper trading: fills are simulated with fees, spread, slippage and latency; no order left this "
         "program.</li>\n";
  if (report.trials > 0)
    out += fmt::format(
        "<li>{} configurations have been tried on this data so far. The best of many looks good by "
        "luck alone; judge these figures with that number in mind.</li>\n",
        count(report.trials));
  if (report.provisional_weights)
    out += "<li>Consensus weights are provisional: too few votes have been judged to tell the strategies "
           "apart.</li>\n";
  if (!report.books.empty())
    out += "<li>Each strategy's account trades alone with fixed risk per trade. Only the desk trades their "
           "consensus "
           "under portfolio limits, so the accounts do not add up to it.</li>\n";
  for (const auto& note : report.notes)
    out += fmt::format("<li>{}</li>\n", escape_html(note));
  for (const auto& warning : report.warnings)
    out += fmt::format("<li class=\"warning\">{}</li>\n", escape_html(warning));
  return out;
}

std::string head(const ReplayReport& report) {
  auto span = report.to_ns > report.from_ns
                  ? fmt::format("{} to {} UTC, {}", minute(report.from_ns), minute(report.to_ns),
                                duration(static_cast<double>(report.to_ns - report.from_ns) / 1e9))
                  : std::string{"an empty span"};
  auto bars = report.timeframes.empty() ? std::string{}
                                        : fmt::format(", bars of {}", fmt::join(report.timeframes, ", "));
  const auto& desk = report.desk;
  auto out =
      fmt::format("<header>\n<p class=\"kind\">Finch replay</p>\n<h1>{}</h1>\n<p class=\"span\">{}{}</p>\n"
                  "<p class=\"counts\">{} rounds, {} ticks, {} bars, {} orders, {} refusals, {} fills</p>\n",
                  escape_html(report.title), span, escape_html(bars), count(desk.rounds), count(desk.ticks),
                  count(desk.bars), count(desk.orders), count(desk.refusals), count(desk.fills));
  if (report.synthetic)
    out += "<p class=\"banner\">Synthetic data <span>made by the simulated exchange, not by a "
           "market.</span></p>\n";
  return out + "</header>\n";
}

} // namespace

std::string render_html(const ReplayReport& report) {
  std::vector<const Account*> accounts{&report.desk};
  for (const auto& book : report.books)
    accounts.push_back(&book);
  std::vector<std::string> account_names;
  std::string cards, symbols, exits, refusals;
  for (std::size_t index = 0; index < accounts.size(); ++index) {
    const auto& account = *accounts[index];
    auto shown = fmt::format("<div data-account=\"{}\"{}>\n", index, index ? " hidden" : "");
    account_names.push_back(account.name);
    cards += page::figures(account, index, report.currency);
    symbols += shown + page::symbol_table(account) + "</div>\n";
    exits += shown + page::exit_table(account) + "</div>\n";
    refusals += shown + page::refusal_table(account) + "</div>\n";
  }
  auto body = fmt::format(
      "{head}<div class=\"bar toolbar\"><h2>Result</h2><label>Account<select "
      "id=\"account\">{accounts}</select></label></div>\n{cards}{charts}"
      "<section><div class=\"bar\"><h2>Strategies and the desk</h2></div>\n{table}</section>\n"
      "<section class=\"columns\"><div><div class=\"bar\"><h2>By instrument</h2></div>\n{symbols}</div>"
      "<div><div class=\"bar\"><h2>Exits</h2></div>\n{exits}"
      "<div class=\"bar under-table\"><h2>Refused</h2></div>\n{refusals}</div></section>\n"
      "<section><div class=\"bar\"><h2>Reading these "
      "figures</h2></div>\n<ul>\n{notes}</ul></section>\n{foot}",
      fmt::arg("head", head(report)), fmt::arg("accounts", page::options(account_names)),
      fmt::arg("cards", cards), fmt::arg("charts", page::charts(report.prices)),
      fmt::arg("table", account_table(accounts)), fmt::arg("symbols", symbols), fmt::arg("exits", exits),
      fmt::arg("refusals", refusals), fmt::arg("notes", notes(report)),
      fmt::arg(
          "foot",
          page::foot({{"Digest", report.digest}, {"Command", report.command}, {"Build", report.build}})));
  return page::document(report.title, body, page::data(report.currency, report.prices, accounts));
}

} // namespace finch::reporting
