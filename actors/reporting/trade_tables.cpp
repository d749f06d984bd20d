#include "actors/reporting/trade_tables.hpp"

#include "actors/reporting/page_parts.hpp"
#include "actors/reporting/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace finch::reporting::page {

namespace {

struct Bar {
  std::string label, tip;
  double value = 0;
  bool lost = false;
};

/// Upright bars around a zero line; every `labelled`th has its label below.
std::string bar_chart(const std::vector<Bar>& bars, std::size_t labelled, std::string_view about) {
  constexpr double width = 540, height = 150, foot = 18;
  double high = 0, low = 0;
  for (const auto& bar : bars) {
    high = std::max(high, bar.value);
    low = std::min(low, bar.value);
  }
  if (bars.empty() || high <= low)
    return "<p class=\"none\">No trade was closed.</p>\n";
  auto step = width / static_cast<double>(bars.size()), scale = (height - foot) / (high - low);
  auto zero = high * scale;
  auto out = fmt::format("<svg class=\"bars\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">", width,
                         height, escape_html(about));
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const auto& bar = bars[i];
    auto x = static_cast<double>(i) * step, tall = std::abs(bar.value) * scale;
    out += fmt::format("<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\">"
                       "<title>{}</title></rect>",
                       bar.lost ? "lost" : "won", x + 0.08 * step, bar.value >= 0 ? zero - tall : zero,
                       0.84 * step, tall, escape_html(bar.tip));
    if (i % labelled == 0)
      out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>", x + step / 2,
                         height - 4, escape_html(bar.label));
  }
  return out + fmt::format("<line class=\"zero\" x1=\"0\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/></svg>\n",
                           width, zero, zero);
}

std::string day_of(market::TimeNs time) { return market::format_time(time).substr(0, 10); }

} // namespace

std::string month_table(const Account& account) {
  if (account.equity.empty())
    return "<p class=\"none\">Nothing was marked.</p>\n";
  // By year and month: equity before and at the end. A point stands for the hour before it.
  std::map<std::string, std::map<int, std::pair<double, double>>> years;
  auto before = account.equity_start_quote;
  for (const auto& point : account.equity) {
    auto text = day_of(point.time_ns - 1);
    auto& months = years[text.substr(0, 4)];
    auto month = std::stoi(text.substr(5, 2));
    months.try_emplace(month, before, before).first->second.second = point.equity_quote;
    before = point.equity_quote;
  }
  static constexpr std::array names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::string out = "<div class=\"scroll\"><table><thead><tr><th>Year</th>";
  for (const auto* name : names)
    out += fmt::format("<th>{}</th>", name);
  out += "<th>Year</th></tr></thead><tbody>\n";
  auto cell = [](double from, double to) {
    auto share = from > 0 ? to / from - 1 : unknown;
    return fmt::format("<td>{}</td>", tinted(share, percent(share, true)));
  };
  for (const auto& [year, months] : years) {
    out += fmt::format("<tr><td>{}</td>", year);
    for (int month = 1; month <= 12; ++month) {
      auto found = months.find(month);
      out += found == months.end() ? "<td></td>" : cell(found->second.first, found->second.second);
    }
    out += cell(months.begin()->second.first, months.rbegin()->second.second) + "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string day_chart(const Account& account) {
  std::map<std::int64_t, std::pair<double, int>> days;
  for (const auto& trade : account.trades) {
    auto& [net, count] = days[market::day_of(trade.exit_time_ns)];
    net += trade.net_quote;
    ++count;
  }
  std::vector<Bar> bars;
  if (!days.empty())
    for (auto day = days.begin()->first; day <= days.rbegin()->first; ++day) {
      auto [net, count] = days[day];
      auto text = day_of(day * market::ns_per_day);
      bars.push_back(
          {text.substr(5), fmt::format("{}: {} in {} trades", text, signed_money(net), count), net, net < 0});
    }
  return bar_chart(bars, std::max<std::size_t>(1, (bars.size() + 9) / 10), "Net result by day");
}

std::string hour_chart(const Account& account) {
  std::array<std::pair<double, int>, 24> hours{};
  for (const auto& trade : account.trades) {
    auto hour = static_cast<std::size_t>(market::floor_div(trade.entry_time_ns, market::ns_per_hour) -
                                         24 * market::day_of(trade.entry_time_ns));
    hours[hour].first += trade.net_quote;
    ++hours[hour].second;
  }
  std::vector<Bar> bars;
  for (std::size_t hour = 0; hour < hours.size(); ++hour)
    bars.push_back({fmt::format("{:02}", hour),
                    fmt::format("{:02}:00 UTC: {} in {} trades", hour, signed_money(hours[hour].first),
                                hours[hour].second),
                    hours[hour].first, hours[hour].first < 0});
  return bar_chart(bars, 2, "Net result by hour of entry");
}

std::string risk_histogram(const Account& account) {
  constexpr double least = -3, step = 0.25;
  constexpr std::size_t bins = 32; // the outermost take what lies beyond them
  std::array<int, bins> counts{};
  for (const auto& trade : account.trades) {
    if (!(trade.planned_risk_quote > 0))
      continue;
    auto place = std::floor((trade.net_quote / trade.planned_risk_quote - least) / step);
    ++counts[static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(bins - 1)))];
  }
  std::vector<Bar> bars;
  for (std::size_t i = 0; i < bins; ++i) {
    auto from = least + step * static_cast<double>(i);
    bars.push_back({fmt::format("{:g}", from),
                    fmt::format("{:g} to {:g} R: {} trades", from, from + step, counts[i]),
                    static_cast<double>(counts[i]), from < 0});
  }
  return bar_chart(bars, 4, "Trades by result in planned risks");
}

std::string regime_table(const Account& account) {
  auto groups = summarise_by(account.trades, &TradeLine::regime);
  if (groups.empty())
    return "<p class=\"none\">No trade was closed.</p>\n";
  std::string out = "<div class=\"scroll\"><table><thead><tr><th>Regime at "
                    "entry</th><th>Trades</th><th>Won</th><th>R per trade</th>"
                    "<th>Net</th></tr></thead><tbody>\n";
  for (const auto& group : groups)
    out += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                       escape_html(group.key.empty() ? "unknown" : group.key), count(group.trades),
                       percent(group.win_rate), ratio(group.expectancy_r),
                       tinted(group.net_quote, signed_money(group.net_quote)));
  return out + "</tbody></table></div>\n";
}

} // namespace finch::reporting::page
