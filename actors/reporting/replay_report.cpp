#include "actors/reporting/replay_report.hpp"

#include "actors/reporting/text.hpp"
#include "report_assets.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace finch::reporting {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t chart_points = 1'200;

std::string tinted(double value, const std::string& text) {
  return fmt::format("<span class=\"{}\">{}</span>", value > 0 ? "gain" : value < 0 ? "loss" : "", text);
}

/// `2024-08-09 00:00`, minutes being all a reader of a span needs.
std::string minute(market::TimeNs time) {
  auto text = market::format_time(market::round_begin(market::round_of(time)));
  return text.substr(0, 10) + " " + text.substr(11, 5);
}

/// The lowest and highest point of each of `chart_points / 2` equal spans, and both ends: a thinned curve
/// shows every trough the full one has.
std::vector<EquityPoint> thinned(const std::vector<EquityPoint>& points, std::size_t limit) {
  if (points.size() <= limit)
    return points;
  std::vector<EquityPoint> out{points.front()};
  auto spans = limit / 2;
  for (std::size_t span = 0; span < spans; ++span) {
    auto first = points.begin() + static_cast<std::ptrdiff_t>(span * points.size() / spans);
    auto last = points.begin() + static_cast<std::ptrdiff_t>((span + 1) * points.size() / spans);
    auto [low, high] = std::minmax_element(
        first, last, [](const auto& a, const auto& b) { return a.equity_quote < b.equity_quote; });
    out.push_back(*std::min(low, high));
    out.push_back(*std::max(low, high));
  }
  out.push_back(points.back());
  auto repeated = std::unique(out.begin(), out.end(),
                              [](const auto& a, const auto& b) { return a.time_ns == b.time_ns; });
  out.erase(repeated, out.end());
  return out;
}

std::string sparkline(const std::vector<EquityPoint>& all) {
  auto points = thinned(all, 120);
  if (points.size() < 2)
    return "";
  auto [low, high] = std::minmax_element(points.begin(), points.end(), [](const auto& a, const auto& b) {
    return a.equity_quote < b.equity_quote;
  });
  auto height = high->equity_quote - low->equity_quote;
  auto length = static_cast<double>(points.back().time_ns - points.front().time_ns);
  std::string path;
  for (const auto& point : points)
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L",
                        110 * static_cast<double>(point.time_ns - points.front().time_ns) / length,
                        height > 0 ? 2 + 20 * (high->equity_quote - point.equity_quote) / height : 12);
  return fmt::format(
      "<svg viewBox=\"0 0 110 24\" aria-hidden=\"true\"><path class=\"curve\" d=\"{}\"/></svg>", path);
}

std::string figure(std::string_view name, const std::string& value, const std::string& beside) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd><dd class=\"beside\">{}</dd></div>\n", name, value, beside);
}

std::string figures(const Account& account, std::size_t index, const std::string& currency) {
  auto all = summarise(account.trades);
  auto net = account.equity_end_quote - account.equity_start_quote;
  auto costs = account.fees_quote + account.spread_quote + account.slippage_quote + account.funding_quote;
  auto share = account.equity_start_quote > 0 ? costs / account.equity_start_quote : unknown;
  auto out = fmt::format("<dl class=\"figures\" data-account=\"{}\"{}>\n", index, index ? " hidden" : "");
  out += figure("Net result", tinted(net, percent(account.total_return(), true)),
                fmt::format("{} {}", signed_money(net), escape_html(currency)));
  out += figure("Equity at the end", money(account.equity_end_quote),
                fmt::format("from {}", money(account.equity_start_quote)));
  out += figure("Deepest drawdown", percent(account.max_drawdown),
                std::isfinite(account.sharpe) ? fmt::format("Sharpe {}", ratio(account.sharpe))
                                              : "peak to trough");
  out += figure("Trades", count(all.trades),
                all.trades ? fmt::format("{} won", percent(all.win_rate())) : "none closed");
  out +=
      figure("Profit factor", ratio(all.profit_factor()),
             all.with_risk ? fmt::format("{} R per trade", ratio(all.expectancy_r())) : "gains over losses");
  out += figure("Costs paid", money(costs),
                fmt::format("{} of the start, funding {}", percent(share), money(account.funding_quote)));
  return out + "</dl>\n";
}

std::string symbol_table(const Account& account) {
  auto groups = summarise_by(account.trades, &TradeLine::instrument);
  if (groups.empty())
    return "<p class=\"none\">No trade was closed.</p>\n";
  std::string out = "<div class=\"scroll\"><table><thead><tr><th>Instrument</th><th>Trades</th><th>Won</th>"
                    "<th>Profit factor</th><th>Mean hold</th><th>Fees</th><th>Net</th></tr></thead><tbody>\n";
  for (const auto& group : groups)
    out += fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
        escape_html(group.key), count(group.trades), percent(group.win_rate()), ratio(group.profit_factor()),
        duration(group.mean_hold_seconds()), money(group.fees_quote),
        tinted(group.net_quote, signed_money(group.net_quote)));
  return out + "</tbody></table></div>\n";
}

std::string exit_table(const Account& account) {
  auto groups = summarise_by(account.trades, &TradeLine::exit_reason);
  if (groups.empty())
    return "<p class=\"none\">Nothing to exit from.</p>\n";
  std::stable_sort(groups.begin(), groups.end(),
                   [](const auto& a, const auto& b) { return a.trades > b.trades; });
  std::string out =
      "<table><thead><tr><th>Reason</th><th></th><th>Trades</th><th>Net</th></tr></thead><tbody>\n";
  for (const auto& group : groups) {
    auto name = group.key;
    std::replace(name.begin(), name.end(), '_', ' ');
    auto width = 100.0 * static_cast<double>(group.trades) / static_cast<double>(groups.front().trades);
    out += fmt::format(
        "<tr><td>{}</td><td class=\"wide\"><span class=\"meter\" style=\"width:{:.1f}%\"></span></td>"
        "<td>{}</td><td>{}</td></tr>\n",
        escape_html(name), width, count(group.trades),
        tinted(group.net_quote, signed_money(group.net_quote)));
  }
  return out + "</tbody></table>\n";
}

std::string refusal_table(const Account& account) {
  if (account.refused.empty())
    return "<p class=\"none\">Nothing was refused.</p>\n";
  std::string out = "<table><thead><tr><th>Reason</th><th></th><th>Times</th></tr></thead><tbody>\n";
  for (const auto& refused : account.refused)
    out += fmt::format(
        "<tr><td>{}</td><td class=\"wide\"><span class=\"meter\" style=\"width:{:.1f}%\"></span></td>"
        "<td>{}</td></tr>\n",
        escape_html(refused.reason),
        100.0 * static_cast<double>(refused.count) / static_cast<double>(account.refused.front().count),
        count(refused.count));
  return out + "</tbody></table>\n";
}

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
        index, escape_html(account.name), sparkline(account.equity), count(account.votes), count(all.trades),
        percent(all.win_rate()), ratio(all.profit_factor()), ratio(account.sharpe),
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

Json column(const std::vector<double>& values) {
  auto out = Json::array();
  for (auto value : values)
    out.push_back(std::isfinite(value) ? Json(value) : Json(nullptr));
  return out;
}

/// Names by number, in order of first use.
class Names {
public:
  std::size_t operator()(const std::string& name) {
    auto [found, fresh] = index_.emplace(name, all.size());
    if (fresh)
      all.push_back(name);
    return found->second;
  }
  std::vector<std::string> all;

private:
  std::map<std::string, std::size_t> index_;
};

Json account_data(const Account& account, Names& symbols, Names& reasons) {
  auto times = Json::array(), equity = Json::array(), trades = Json::array();
  for (const auto& point : thinned(account.equity, chart_points)) {
    times.push_back(point.time_ns / market::ns_per_s);
    equity.push_back(std::round(point.equity_quote * 100) / 100);
  }
  for (const auto& trade : account.trades)
    trades.push_back({symbols(trade.instrument), static_cast<int>(trade.side),
                      trade.entry_time_ns / market::ns_per_s, trade.exit_time_ns / market::ns_per_s,
                      trade.entry_price, trade.exit_price, trade.quantity,
                      std::round(trade.net_quote * 100) / 100, reasons(trade.exit_reason)});
  return {{"name", account.name},
          {"start", account.equity_start_quote},
          {"t", times},
          {"e", equity},
          {"trades", trades}};
}

std::string page_data(const ReplayReport& report, const std::vector<const Account*>& accounts) {
  Names symbols, reasons;
  auto account_list = Json::array(), prices = Json::array();
  for (const auto* account : accounts)
    account_list.push_back(account_data(*account, symbols, reasons));
  for (const auto& series : report.prices)
    prices.push_back({{"name", series.name()},
                      {"decimals", series.decimals()},
                      {"begin", series.begin_ns() / market::ns_per_s},
                      {"step", series.step_ns() / market::ns_per_s},
                      {"high", column(series.high())},
                      {"low", column(series.low())},
                      {"close", column(series.close())}});
  for (auto& reason : reasons.all)
    std::replace(reason.begin(), reason.end(), '_', ' ');
  Json data{{"currency", report.currency},
            {"accounts", account_list},
            {"symbols", symbols.all},
            {"reasons", reasons.all},
            {"prices", prices}};
  auto text = data.dump(-1, ' ', false, Json::error_handler_t::replace);
  // Inside a script element only `<` can end the data early.
  for (auto at = text.find('<'); at != std::string::npos; at = text.find('<', at))
    text.replace(at, 1, "\\u003c");
  return text;
}

std::string options(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t index = 0; index < names.size(); ++index)
    out += fmt::format("<option value=\"{}\">{}</option>", index, escape_html(names[index]));
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

std::string foot(const ReplayReport& report) {
  std::string out = "<footer><div>\n";
  auto row = [&](std::string_view name, const std::string& value) {
    if (!value.empty())
      out += fmt::format("<span>{}</span><code>{}</code>\n", name, escape_html(value));
  };
  row("Digest", report.digest);
  row("Command", report.command);
  row("Build", report.build);
  return out + "</div></footer>\n";
}

} // namespace

std::string render_html(const ReplayReport& report) {
  std::vector<const Account*> accounts{&report.desk};
  for (const auto& book : report.books)
    accounts.push_back(&book);
  std::vector<std::string> account_names, price_names;
  std::string cards, symbols, exits, refusals;
  for (std::size_t index = 0; index < accounts.size(); ++index) {
    const auto& account = *accounts[index];
    auto shown = fmt::format("<div data-account=\"{}\"{}>\n", index, index ? " hidden" : "");
    account_names.push_back(account.name);
    cards += figures(account, index, report.currency);
    symbols += shown + symbol_table(account) + "</div>\n";
    exits += shown + exit_table(account) + "</div>\n";
    refusals += shown + refusal_table(account) + "</div>\n";
  }
  for (const auto& series : report.prices)
    price_names.push_back(series.name());
  // The policy makes the promise checkable: a browser refuses whatever the page would load.
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
      "script-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n"
      "<style>\n{style}</style>\n</head>\n<body>\n{head}"
      "<div class=\"bar toolbar\"><h2>Result</h2><label>Account<select "
      "id=\"account\">{accounts}</select></label></div>\n"
      "{cards}"
      "<section><div class=\"bar\"><h2>Equity and drawdown</h2></div>\n"
      "<figure id=\"equity\"><div class=\"tip\"></div></figure></section>\n"
      "<section><div class=\"bar\"><h2>Trades on price</h2><label>Instrument<select "
      "id=\"symbol\">{prices}</select>"
      "</label></div>\n<figure id=\"price\"><div class=\"tip\"></div><figcaption><b id=\"price-note\"></b>"
      "<span>Triangle: entry, up is long</span><span>Dot: exit</span><span>Green won, red lost</span>"
      "<span class=\"hint\">Drag to zoom, double-click to see all</span></figcaption></figure></section>\n"
      "<section><div class=\"bar\"><h2>Strategies and the desk</h2></div>\n{table}</section>\n"
      "<section class=\"columns\"><div><div class=\"bar\"><h2>By instrument</h2></div>\n{symbols}</div>"
      "<div><div class=\"bar\"><h2>Exits</h2></div>\n{exits}"
      "<div class=\"bar under-table\"><h2>Refused</h2></div>\n{refusals}</div></section>\n"
      "<section><div class=\"bar\"><h2>Reading these figures</h2></div>\n<ul>\n{notes}</ul></section>\n{foot}"
      "<script type=\"application/json\" "
      "id=\"data\">{data}</script>\n<script>\n{script}</script>\n</body>\n</html>\n",
      fmt::arg("title", escape_html(report.title)), fmt::arg("style", report_style),
      fmt::arg("head", head(report)), fmt::arg("accounts", options(account_names)), fmt::arg("cards", cards),
      fmt::arg("prices", options(price_names)), fmt::arg("table", account_table(accounts)),
      fmt::arg("symbols", symbols), fmt::arg("exits", exits), fmt::arg("refusals", refusals),
      fmt::arg("notes", notes(report)), fmt::arg("foot", foot(report)),
      fmt::arg("data", page_data(report, accounts)), fmt::arg("script", report_script));
}

} // namespace finch::reporting
