/// Opens a report in a browser, as a reader would.
#include "browser.hpp"
#include "sample.hpp"

#include <doctest/doctest.h>

using namespace finch;
using namespace finch::reporting;
using namespace finch::reporting::sample;

TEST_CASE("a browser draws the report without error and without the network") {
  if (browser().empty()) {
    MESSAGE("skipped: no chromium on this machine");
    return;
  }
  auto report = sample::report();
  auto opened = open_page(render_html(report));
  REQUIRE(opened.status == 0);
  // Errors of the script and refusals by the page's own policy both end on the console.
  auto console = opened.log.find("CONSOLE");
  CHECK_MESSAGE(console == std::string::npos,
                opened.log.substr(console == std::string::npos ? 0 : console, 300));
  CHECK(opened.document.find("data-drawn=\"yes\"") != std::string::npos);
  CHECK(opened.document.find("Equity and drawdown of desk") != std::string::npos);
  CHECK(occurrences(opened.document, "class=\"curve\"") == 1 + 1 + report.books.size());
  CHECK(occurrences(opened.document, "class=\"under\"") == 1);
  CHECK(opened.document.find("Trades on the price of sim.perp/BTC-USDT") != std::string::npos);
  auto trades = std::count_if(report.desk.trades.begin(), report.desk.trades.end(),
                              [](const auto& trade) { return trade.instrument == "sim.perp/BTC-USDT"; });
  REQUIRE(trades > 0);
  CHECK(occurrences(opened.document, "data-trade=") == static_cast<std::size_t>(trades));
  // Only the script's source may hold NaN; a drawing that does is broken.
  auto drawing = opened.document.substr(0, opened.document.find("<script"));
  CHECK(drawing.find("NaN") == std::string::npos);
  CHECK(drawing.find("undefined") == std::string::npos);
}

TEST_CASE("a browser shows an empty replay without error") {
  if (browser().empty()) {
    MESSAGE("skipped: no chromium on this machine");
    return;
  }
  ReplayReport nothing;
  nothing.desk.name = "desk";
  auto opened = open_page(render_html(nothing));
  REQUIRE(opened.status == 0);
  CHECK(opened.log.find("CONSOLE") == std::string::npos);
  CHECK(opened.document.find("No prices were kept for this report") != std::string::npos);
}

TEST_CASE("on a phone nothing is wider than the page and labels keep their size") {
  if (browser().empty()) {
    MESSAGE("skipped: no chromium on this machine");
    return;
  }
  auto opened = open_page(render_html(sample::report()), true);
  REQUIRE(opened.status == 0);
  CHECK(opened.document.find("<p>drawn yes, sideways 0, scale 1.0</p>") != std::string::npos);
}
