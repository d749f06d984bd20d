/// Measures what the project claims, beside peers in the same run. `--help` lists the options.
#include "bench/figures.hpp"
#include "bench/replay_run.hpp"
#include "runtime/library.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

using namespace finch;

namespace {

struct Request {
  bench::Options options;
  std::vector<std::string> only;
  std::string json, data;

  [[nodiscard]] bool wants(std::string_view group) const {
    return only.empty() || std::find(only.begin(), only.end(), group) != only.end();
  }
};

/// Recorded data: `FINCH_TEST_DATA`, else `shared/data` beside the sources.
std::string default_data() {
  if (const auto* named = std::getenv("FINCH_TEST_DATA"); named != nullptr && *named != '\0')
    return named;
  return "../shared/data";
}

void say(std::string_view what) { fmt::print(stderr, "measuring {} …\n", what); }

/// The figures that need D1 on disk.
std::vector<bench::Row> measure_stage(const Request& request) {
  bench::Stage stage{request.options};
  say("stores");
  // Ingest is measured while the stores are filled; who does not ask for it fills them once.
  if (auto ready = stage.prepare(request.wants("storage") ? request.options.reps : 1); !ready)
    return {bench::aborted("storage", "stores", ready.error().message)};
  std::vector<bench::Row> rows;
  auto add = [&](std::string_view group, const auto& figures) {
    if (!request.wants(group))
      return;
    say(group);
    for (auto& row : figures(stage))
      rows.push_back(std::move(row));
  };
  add("storage", bench::storage_figures);
  add("bars", bench::bar_figures);
  add("replay", bench::replay_figures);
  add("backtest", bench::exact_figures);
  return rows;
}

std::vector<bench::Row> measure(const Request& request) {
  std::vector<bench::Row> rows;
  auto add = [&](std::string_view group, const auto& figures) {
    if (!request.wants(group))
      return;
    say(group);
    for (auto& row : figures())
      rows.push_back(std::move(row));
  };
  if (request.wants("storage") || request.wants("bars") || request.wants("replay") ||
      request.wants("backtest"))
    rows = measure_stage(request);
  add("live", [&] { return bench::live_figures(request.options); });
  add("features", [&] { return bench::feature_figures(request.options); });
  add("backtest", [&] { return bench::backtest_figures(request.options, request.data); });
  add("recorded", [&] { return bench::recorded_figures(request.options, request.data); });
  return rows;
}

int run(Request& request) {
  auto library = runtime::library_folder();
  if (!library) {
    fmt::print(stderr, "error: {}\n  -> {}\n", library.error().message, library.error().remedy);
    return exit_code(library.error().category);
  }
  request.options.library = *library;
  if (request.options.quick)
    request.options.reps = std::min(request.options.reps, 3);
  for (const auto& [name, value] : bench::machine(request.options))
    fmt::print("{:<10} {}\n", name, value);
  std::fflush(stdout);
  auto rows = measure(request);
  fmt::print("\n{}", bench::render(rows));
  if (!request.json.empty() &&
      !(std::ofstream{request.json} << bench::to_json(rows, request.options).dump(2) << '\n')) {
    fmt::print(stderr, "error: {} cannot be written\n  -> name a file in a folder that exists\n",
               request.json);
    return 1;
  }
  return std::any_of(rows.begin(), rows.end(), [](const auto& row) { return !row.aborted.empty(); }) ? 1 : 0;
}

} // namespace

int main(int argc, char** argv) {
  if (argc == 5 && std::string_view{argv[1]} == "--replay-child")
    return bench::replay_child(argv[2], argv[3], std::strtoul(argv[4], nullptr, 10));
  Request request;
  request.data = default_data();
  request.options.scratch = std::filesystem::temp_directory_path() / fmt::format("finch-bench-{}", getpid());
  CLI::App app{"Figures of Finch beside peers in the same run, outputs compared first", "finch_bench"};
  app.add_option("--only", request.only,
                 "Groups to measure: storage, bars, replay, live, features, backtest, recorded")
      ->delimiter(',')
      ->check(CLI::IsMember({"storage", "bars", "replay", "live", "features", "backtest", "recorded"}));
  app.add_flag("--quick", request.options.quick,
               "A tenth of the data and three repetitions: for a first look");
  app.add_option("--reps", request.options.reps, "Repetitions of each figure")->check(CLI::Range(1, 1'000));
  app.add_option("--json", request.json, "Also write the table to this file");
  app.add_option("--scratch", request.options.scratch,
                 "A folder for stores, emptied first and removed at the end");
  app.add_option("--data", request.data, "Recorded data sets");
  CLI11_PARSE(app, argc, argv);
  return run(request);
}
