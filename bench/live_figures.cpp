#include "bench/figures.hpp"
#include "bench/live_run.hpp"

#include <fmt/format.h>

namespace finch::bench {
namespace {

constexpr double us = 1e3;

/// One row for the median with its goal, and one for each tail.
std::vector<Row> quantile_rows(const std::string& what, std::vector<std::int64_t>& latencies,
                               std::optional<Goal> goal) {
  std::vector<Row> out;
  for (auto [name, q] : {std::pair{"p50", 0.5}, {"p99", 0.99}, {"p99.9", 0.999}}) {
    Row row{.group = "live", .figure = fmt::format("{}, {}, µs", what, name), .digits = 0};
    if (!latencies.empty())
      row.finch = Sample::of({quantile(latencies, q) / us});
    if (q == 0.5)
      row.goal = goal;
    out.push_back(std::move(row));
  }
  return out;
}

std::vector<Row> rows_of(LiveRun run, const std::string& mode) {
  std::vector<Row> out;
  auto add = [&](std::vector<Row> rows) { out.insert(out.end(), rows.begin(), rows.end()); };
  auto rounds = run.decided.size(), blocks = run.played.size(), fills = run.filled.size();
  add(quantile_rows("live" + mode + ": round close to last decision", run.decided, Goal{500, true}));
  out.front().note = fmt::format(
      "{:.0f} ticks/s over 36 instruments for {:.0f} s, {} rounds; every feed has told its close after "
      "{:.0f} µs; {:.2f} "
      "cores busy{}; its digest equals that of the same rounds in bulk",
      static_cast<double>(run.ticks) / run.seconds, run.seconds, rounds, quantile(run.closed, 0.5) / us,
      run.cpu / run.seconds, run.recorded > 0 ? fmt::format("; {} ticks on disk, synced", run.recorded) : "");
  auto exits = out.size();
  add(quantile_rows("live" + mode + ": tick to exit", run.played, Goal{100, true}));
  out[exits].note =
      fmt::format("from arrival at the feed until the broker has played the tick, which is when an "
                  "exit fires; {} blocks of ticks",
                  blocks);
  if (fills > 0) {
    auto actual = quantile_rows("live" + mode + ": tick to fill", run.filled, {});
    actual.front().note =
        fmt::format("the {} of those blocks in which entries or exits of the desk filled", fills);
    out.push_back(actual.front());
  }
  return out;
}

} // namespace

std::vector<Row> live_figures(const Options& options) {
  std::vector<Row> out;
  for (auto record : {false, true}) {
    LiveJob job{.library = options.library, .scratch = options.scratch / "live", .record = record};
    if (options.quick)
      job.rounds = 8, job.history = 240;
    auto run = run_live(job);
    std::string mode = record ? " and recording" : "";
    if (!run || run->digest != run->bulk_digest) {
      out.push_back(aborted("live", "live" + mode,
                            run ? "the live run and the same rounds in bulk have different digests"
                                : run.error().message));
      continue;
    }
    for (auto& row : rows_of(std::move(*run), mode))
      out.push_back(std::move(row));
  }
  return out;
}

} // namespace finch::bench
