#include "actors/reporting/text.hpp"
#include "sample.hpp"

#include <doctest/doctest.h>

using namespace finch;
using namespace finch::reporting;

TEST_CASE("numbers of a report are typographic and never a negative nothing") {
  CHECK(money(1'234.5) == "1,234.50");
  CHECK(money(-1'234'567.891) == "−1,234,567.89");
  CHECK(signed_money(12) == "+12.00");
  CHECK(signed_money(-0.001) == "0.00");
  CHECK(percent(0.0125, true) == "+1.25 %");
  CHECK(percent(unknown) == "–");
  CHECK(count(-35'000'000) == "−35,000,000");
  CHECK(duration(7'380) == "2 h 03 min");
}

TEST_CASE("trades add up to their summaries") {
  auto trade = [](const char* symbol, double net, double risk) {
    TradeLine line;
    line.instrument = symbol;
    line.net_quote = net;
    line.fees_quote = 1;
    line.planned_risk_quote = risk;
    line.exit_time_ns = 60 * market::ns_per_s;
    return line;
  };
  std::vector<TradeLine> trades{trade("A", 30, 10), trade("B", -10, 10), trade("A", -5, 0), trade("C", 0, 0)};
  auto all = summarise(trades);
  CHECK(all.trades == 4);
  CHECK(all.wins == 1);
  CHECK(all.net_quote == 15);
  CHECK(all.win_rate == 0.25);
  CHECK(all.profit_factor == 2);
  CHECK(all.expectancy_r == 1);
  CHECK(all.mean_hold_seconds() == 60);
  auto groups = summarise_by(trades, &TradeLine::instrument);
  REQUIRE(groups.size() == 3);
  CHECK(groups[0].key == "A");
  CHECK(groups[0].net_quote == 25);
  CHECK(groups[1].key == "C");
  CHECK(groups[2].key == "B");
  CHECK(std::isnan(summarise({}).win_rate));
  CHECK(groups[1].profit_factor == 0); // neither won nor lost
}

TEST_CASE("a thinned price keeps every extreme and stays bounded") {
  auto from = *market::parse_time("2024-01-01");
  PriceSeries series{"x", 2, from, from + 10 * market::ns_per_day, 100};
  CHECK(series.close().size() <= 100);
  auto lowest = 1e9, highest = 0.0;
  sample::Draws draw{5};
  for (auto minute = 0; minute < 14'400; ++minute) {
    auto value = 100 + 10 * draw();
    lowest = std::min(lowest, value), highest = std::max(highest, value);
    series.add(from + minute * market::ns_per_minute, value, value, value);
  }
  CHECK(*std::max_element(series.high().begin(), series.high().end()) == highest);
  CHECK(*std::min_element(series.low().begin(), series.low().end()) == lowest);
  series.add(from - 1, 1e6, 1e6, 1e6);
  series.add(from + 10 * market::ns_per_day, 1e6, 1e6, 1e6);
  CHECK(*std::max_element(series.high().begin(), series.high().end()) == highest);
}

TEST_CASE("a page is the same to the byte and loads nothing") {
  auto page = render_html(sample::report());
  CHECK(page == render_html(sample::report()));
  // The namespace of SVG is a name; nothing is fetched from it.
  auto rest = page;
  for (std::string name = "http://www.w3.org/2000/svg"; rest.find(name) != std::string::npos;)
    rest.erase(rest.find(name), name.size());
  for (auto reference : {"http://", "https://", "//cdn", "src=", "href=", "@import", "url(http", "fetch("})
    CHECK_MESSAGE(rest.find(reference) == std::string::npos, reference);
  CHECK(page.find("Synthetic data") != std::string::npos);
  CHECK(page.find("1,284 configurations") != std::string::npos);
}

TEST_CASE("text from outside cannot become markup") {
  auto report = sample::report();
  report.title = "<script>alert(1)</script>";
  report.books[0].name = "a\"></option></script><img onerror=x>";
  report.warnings = {"<b>bold</b>"};
  auto page = render_html(report);
  for (auto raw : {"<script>alert", "<img", "<b>bold"})
    CHECK_MESSAGE(page.find(raw) == std::string::npos, raw);
}

TEST_CASE("a replay without trades, prices or span still makes a page") {
  ReplayReport nothing;
  nothing.desk.name = "desk";
  auto page = render_html(nothing);
  CHECK(page.find("No trade was closed.") != std::string::npos);
  CHECK(page.find("an empty span") != std::string::npos);
  CHECK(page.find("nan") == std::string::npos);
}
