#include "actors/reporting/page_parts.hpp"

#include "actors/reporting/text.hpp"
#include "report_assets.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>

namespace finch::reporting::page {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t chart_points = 1'200;
constexpr std::size_t chart_trades =
    3'000; // more would be drawn over each other, and make a page of megabytes

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
  auto skipped = account.trades.size() - std::min(account.trades.size(), chart_trades);
  for (const auto& trade : std::span{account.trades}.subspan(skipped))
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

} // namespace

std::string tinted(double value, const std::string& text) {
  return fmt::format("<span class=\"{}\">{}</span>", value > 0 ? "gain" : value < 0 ? "loss" : "", text);
}

/// `2024-08-09 00:00`, minutes being all a reader of a span needs.
std::string minute(market::TimeNs time) {
  auto text = market::format_time(market::round_begin(market::round_of(time)));
  return text.substr(0, 10) + " " + text.substr(11, 5);
}

std::string breakable(std::string_view name) {
  std::string out;
  for (auto part = name; !part.empty();) {
    auto length = std::min(part.find_first_of("_/"), part.size() - 1) + 1;
    out += escape_html(part.substr(0, length)) + (length < part.size() ? "<wbr>" : "");
    part.remove_prefix(length);
  }
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
                all.trades ? fmt::format("{} won", percent(all.win_rate)) : "none closed");
  out += figure("Profit factor", ratio(all.profit_factor),
                std::isfinite(all.expectancy_r) ? fmt::format("{} R per trade", ratio(all.expectancy_r))
                                                : "gains over losses");
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
        breakable(group.key), count(group.trades), percent(group.win_rate), ratio(group.profit_factor),
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
      "<div "
      "class=\"scroll\"><table><thead><tr><th>Reason</th><th></th><th>Trades</th><th>Net</th></tr></thead>"
      "<tbody>\n";
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
  return out + "</tbody></table></div>\n";
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

std::string data(const std::string& currency, const std::vector<PriceSeries>& series_of,
                 const std::vector<const Account*>& accounts) {
  Names symbols, reasons;
  auto account_list = Json::array(), prices = Json::array();
  for (const auto* account : accounts)
    account_list.push_back(account_data(*account, symbols, reasons));
  for (const auto& series : series_of)
    prices.push_back({{"name", series.name()},
                      {"decimals", series.decimals()},
                      {"begin", series.begin_ns() / market::ns_per_s},
                      {"step", series.step_ns() / market::ns_per_s},
                      {"high", column(series.high())},
                      {"low", column(series.low())},
                      {"close", column(series.close())}});
  for (auto& reason : reasons.all)
    std::replace(reason.begin(), reason.end(), '_', ' ');
  Json data{{"currency", currency},
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

std::string foot(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::string out = "<footer><div>\n";
  for (const auto& [name, value] : rows)
    if (!value.empty())
      out += fmt::format("<span>{}</span><code>{}</code>\n", name, escape_html(value));
  return out + "</div></footer>\n";
}

std::string charts(const std::vector<PriceSeries>& prices) {
  std::vector<std::string> names;
  for (const auto& series : prices)
    names.push_back(series.name());
  return fmt::format(
      "<section><div class=\"bar\"><h2>Equity and drawdown</h2></div>\n"
      "<figure id=\"equity\"><div class=\"tip\"></div></figure></section>\n"
      "<section><div class=\"bar\"><h2>Trades on price</h2><label>Instrument<select "
      "id=\"symbol\">{}</select>"
      "</label></div>\n<figure id=\"price\"><div class=\"tip\"></div><figcaption><b id=\"price-note\"></b>"
      "<span>Triangle: entry, up is long</span><span>Dot: exit</span><span>Green won, red lost</span>"
      "<span class=\"hint\">Drag to zoom, double-click to see all</span></figcaption></figure></section>\n",
      options(names));
}

std::string document(std::string_view title, std::string_view body, std::string_view data) {
  // The policy makes the promise checkable: a browser refuses whatever the page would load.
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
      "script-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n"
      "<style>\n{}</style>\n</head>\n<body>\n{}<script type=\"application/json\" "
      "id=\"data\">{}</script>\n<script>\n{}</script>\n</body>\n</html>\n",
      escape_html(title), report_style, body, data, report_script);
}

} // namespace finch::reporting::page
