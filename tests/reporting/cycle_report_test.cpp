#include "actors/reporting/cycle_report.hpp"
#include "actors/reporting/new_file.hpp"
#include "actors/reporting/text.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <fstream>
#include <iterator>

using namespace finch;
using namespace finch::reporting;
namespace fs = std::filesystem;

namespace {

struct Scratch {
  fs::path path = fs::temp_directory_path() / fmt::format("finch-reporting-{}", getpid());
  Scratch() { fs::create_directories(path); }
  ~Scratch() { fs::remove_all(path); }
};

std::string read(const fs::path& file) {
  std::ifstream stream{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

std::size_t entries(const fs::path& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator{directory}, {}));
}

CycleReport sample() {
  CycleReport report;
  report.cycle = 3;
  report.as_of_ns = *market::parse_time("2024-08-09T07:02:00Z");
  report.window_to_ns = *market::parse_time("2024-08-08");
  report.window_from_ns = report.window_to_ns - 7 * market::ns_per_day;
  report.holdout_from_ns = report.window_to_ns;
  report.instruments = 36;
  report.synthetic = true;
  report.trials_new = 24;
  report.trials_total = 1'284;
  report.slots = 20;
  report.slots_filled = 19;
  report.empty_slots = {{1, "no candidate reached 30 trades"}};
  report.stages = {{"freeze", 0.012, "7 days"}, {"score", 3.5, "6 instances"}};
  CycleScore best;
  best.strategy = "momentum", best.timeframe = "15m", best.tier = "T1", best.status = "active";
  best.score = 41.25, best.trades = 57, best.win_rate = 0.5263, best.profit_factor = 1.31,
  best.total_return = 0.0123;
  CycleScore quiet;
  quiet.strategy = "a|b", quiet.timeframe = "60m", quiet.tier = "T0", quiet.status = "rejected";
  report.scores = {best, quiet};
  report.changes = {{"replaced", "breakout-1", "breakout-7", "higher score over 7 days"}};
  report.abstentions = {{"ensemble_top3@5m", {"breakout", "momentum"}}};
  report.warnings = {"12 votes were not resolved"};
  return report;
}

} // namespace

TEST_CASE("a cycle's report says what happened and what did not") {
  auto text = render_markdown(sample());
  for (auto part :
       {"# Cycle 3 as of 2024-08-09T07:02:00Z", "Synthetic data", "held out", "24 new configurations were",
        "1,284 ever", "19 of 20 strategy slots", "1 slot empty: no candidate reached 30 trades",
        "replaced **breakout-1** by **breakout-7**: higher score",
        "- **ensemble_top3@5m** without breakout, momentum", "12 votes were not resolved", "3.5 s"})
    CHECK_MESSAGE(text.find(part) != std::string::npos, part);
  CHECK(text.find("nan") == std::string::npos);
  CHECK(text.find("a\\|b") != std::string::npos);
}

TEST_CASE("the document for programs has the same content, unknown figures null") {
  auto json = nlohmann::ordered_json::parse(render_json(sample()));
  CHECK(json.begin().key() == "cycle");
  CHECK(json["as_of"] == "2024-08-09T07:02:00Z");
  CHECK(json["trials_total"] == 1'284);
  CHECK(json["scores"][0]["score"] == 41.25);
  CHECK(json["scores"][0]["sharpe"].is_null());
  CHECK(json["scores"][1]["name"] == "a|b");
  CHECK(json["changes"][0]["by"] == "breakout-7");
  CHECK(json["abstentions"][0]["name"] == "ensemble_top3@5m");
  CHECK(json["abstentions"][0]["without"] == std::vector<std::string>{"breakout", "momentum"});
  CHECK(render_json(sample()) == render_json(sample()));
}

TEST_CASE("reports lie by day and hour of their as_of") {
  CHECK(cycle_report_path("r", *market::parse_time("2024-08-09T23:59:59Z")) == "r/2024-08-09/23");
  CHECK(cycle_report_path("r", *market::parse_time("2024-08-09T00:02:00Z")) == "r/2024-08-09/00");
  Scratch scratch;
  auto written = write_cycle_report(scratch.path / "reports", sample());
  REQUIRE(written.has_value());
  CHECK(*written == scratch.path / "reports/2024-08-09/07.md");
  CHECK(read(*written) == render_markdown(sample()));
  CHECK(read(scratch.path / "reports/2024-08-09/07.json") == render_json(sample()));
  auto again = sample();
  again.cycle = 4;
  REQUIRE(write_cycle_report(scratch.path / "reports", again).has_value());
  CHECK(read(*written) == render_markdown(again));
  CHECK(entries(scratch.path / "reports/2024-08-09") == 2);
}

TEST_CASE("a file that cannot be written is named and nothing is left behind") {
  Scratch scratch;
  REQUIRE(write_atomically(scratch.path / "plain", "old").has_value());
  auto below_file = write_atomically(scratch.path / "plain/child", "x");
  REQUIRE_FALSE(below_file.has_value());
  CHECK(below_file.error().category == Category::unavailable);
  CHECK(below_file.error().message.find("plain") != std::string::npos);
  fs::create_directories(scratch.path / "taken/inside");
  auto over_directory = write_atomically(scratch.path / "taken", "x");
  REQUIRE_FALSE(over_directory.has_value());
  CHECK(over_directory.error().message.find("taken") != std::string::npos);
  CHECK(entries(scratch.path) == 2);
  CHECK(read(scratch.path / "plain") == "old");
  if (fs::exists("/dev/full")) {
    // A full disk shows when the content is written; the device stands in for one.
    fs::create_symlink("/dev/full", scratch.path / fmt::format(".report.{}.tmp", getpid()));
    auto full = write_atomically(scratch.path / "report", "content");
    REQUIRE_FALSE(full.has_value());
    CHECK(full.error().remedy == "free space on that disk");
    CHECK_FALSE(fs::exists(scratch.path / "report"));
    CHECK(entries(scratch.path) == 2);
  }
}
