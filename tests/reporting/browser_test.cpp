/// Opens a report in a browser, as a reader would.
#include "actors/reporting/atomic_file.hpp"
#include "sample.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace finch;
using namespace finch::reporting;
namespace fs = std::filesystem;

namespace {

std::string read(const fs::path& file) {
  std::ifstream stream{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

std::string browser() {
  for (auto name : {"/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"})
    if (fs::exists(name))
      return name;
  return {};
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

/// The document after its script ran, and what the browser had to say about it.
struct Opened {
  int status = -1;
  std::string document, log;
};

Opened open_page(const std::string& page) {
  auto place = fs::temp_directory_path() / fmt::format("finch-browser-{}", getpid());
  fs::create_directories(place);
  REQUIRE(write_atomically(place / "report.html", page).has_value());
  auto command = fmt::format(
      "timeout 60 {} --headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
      "--disable-background-networking --disable-component-update --disable-sync --disable-dev-shm-usage "
      "--enable-logging=stderr --window-size=1280,2000 --user-data-dir={}/profile --dump-dom "
      "file://{}/report.html "
      ">{}/document 2>{}/log",
      browser(), place.string(), place.string(), place.string(), place.string());
  auto status = std::system(command.c_str());
  Opened opened{WIFEXITED(status) ? WEXITSTATUS(status) : -1, read(place / "document"), read(place / "log")};
  fs::remove_all(place);
  return opened;
}

} // namespace

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
