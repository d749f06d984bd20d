#include "bench/feature_cache_bench.hpp"
#include "bench/features_bench.hpp"
#include "bench/figures.hpp"
#include "bench/library.hpp"
#include "bench/talib_peer.hpp"

#include <fmt/format.h>

namespace finch::bench {
namespace {

Row row_of(std::string figure, const std::vector<double>& values, std::optional<Goal> goal = {}) {
  Row row{.group = "features", .figure = std::move(figure)};
  row.finch = Sample::of(values);
  row.goal = goal;
  return row;
}

constexpr double tolerance = 1e-8; // a running sum and a fresh one round differently

/// The week of 36 symbols, and one more hour.
std::vector<Row> cache_rows(const Options& options) {
  auto days = options.quick ? 1 : 7;
  std::vector<double> seconds, hours;
  double peak = 0, processor = 1e300;
  CacheFigure figure;
  for (int i = 0; i <= (options.quick ? 1 : 5); ++i) {
    figure = measure_cache(days);
    if (!figure.agrees)
      return {aborted("features", "feature cache", "it differs from the live path")};
    if (i == 0)
      continue; // a virtual machine's host has to find the memory first
    seconds.push_back(figure.seconds);
    hours.push_back(1e3 * figure.hour_seconds);
    peak = std::max(peak, figure.peak_bytes / 0x1p30);
    processor = std::min(processor, figure.processor_seconds);
  }
  auto what = fmt::format("{} d × 36 symbols × 1m, 5m, 15m × {} features", days, figure.features);
  auto goal = [&](double value) { return options.quick ? std::optional<Goal>{} : Goal{value, true}; };
  auto whole = row_of(what + ", two threads, s", seconds, goal(0.4));
  whole.note = fmt::format("at least {:.2f} s of processor time", processor);
  return {whole, row_of(what + ", peak memory, GiB", {peak}, goal(1.2)),
          row_of("the same cache extended by an hour, ms", hours)};
}

/// One symbol at a time, and four in lock step.
std::vector<Row> talib_rows(const Options& options) {
  auto script = options.library.parent_path().parent_path() / "bench" / "talib_peer.py";
  std::vector<double> own, in_step, other;
  TalibPeer peer;
  auto bars = random_bars(options.quick ? 4'000 : 12'768);
  for (int i = 0; i <= options.short_reps(); ++i) {
    peer = measure_talib(bars, script, options.scratch / "talib", 3);
    if (!peer.absent.empty()) {
      auto row = row_of("columns beside TA-Lib, ns/value", {});
      row.peer_name = "absent";
      row.note = peer.absent;
      return {row};
    }
    if (!(peer.largest_difference < 1e-6))
      return {aborted("features", "columns beside TA-Lib",
                      fmt::format("{} differs by {:g}", peer.largest_in, peer.largest_difference))};
    if (i == 0)
      continue;
    own.push_back(peer.finch_ns_per_value);
    in_step.push_back(peer.finch_in_step_ns);
    other.push_back(peer.talib_ns_per_value);
  }
  auto beside = [&](std::string_view how, const std::vector<double>& values) {
    auto row = row_of(fmt::format("columns of the {} features TA-Lib has, {}, ns/value", peer.features, how),
                      values);
    row.peer_name = "TA-Lib, called from Python";
    row.peer = Sample::of(other);
    row.ratio = ratio_of(other, values);
    row.note = fmt::format("outputs agree to {:.0e}, least in {}", peer.largest_difference, peer.largest_in);
    return row;
  };
  return {beside("one symbol", own), beside("four symbols in step", in_step)};
}

} // namespace

std::vector<Row> feature_figures(const Options& options) {
  auto desk = library_desk(options.library, {});
  if (!desk)
    return {aborted("features", "features", desk.error().message)};
  std::vector<double> closure, hundred, all, hundred_columns, all_columns, all_together, streaming, naive;
  FeatureFigures figures;
  for (int i = 0; i <= options.short_reps(); ++i) {
    figures = measure_features(features_of(*desk), options.quick ? 4'000 : 12'768, 1);
    if (!(figures.peer.largest_difference < tolerance))
      return {aborted("features", "features beside a naive recompute",
                      fmt::format("they differ by {:g}", figures.peer.largest_difference))};
    if (i == 0)
      continue;
    closure.push_back(figures.closure.live_us_per_bar);
    hundred.push_back(figures.hundred.live_us_per_bar);
    all.push_back(figures.all.live_us_per_bar);
    hundred_columns.push_back(figures.hundred.column_ns_per_value);
    all_columns.push_back(figures.all.column_ns_per_value);
    all_together.push_back(figures.all.together_ns_per_value);
    streaming.push_back(figures.peer.streaming_ns_per_value);
    naive.push_back(figures.peer.naive_ns_per_value);
  }
  std::vector<Row> out{
      row_of(fmt::format("live update, {} features of {} strategies, µs/bar", figures.closure.features,
                         strategies_of(*desk)),
             closure),
      row_of(fmt::format("live update, {} features, µs/bar", figures.hundred.features), hundred,
             Goal{0.5, true}),
      row_of(fmt::format("live update, {} features, µs/bar", figures.all.features), all, Goal{2, true}),
      row_of(fmt::format("columns of {} features, ns/value", figures.hundred.features), hundred_columns),
      row_of(fmt::format("columns of {} features, ns/value", figures.all.features), all_columns,
             Goal{2, true}),
      row_of(fmt::format("columns of {} features, four symbols in step, ns/value", figures.all.features),
             all_together, Goal{2, true}),
      row_of(fmt::format("{} windowed features, bar by bar, ns/value", figures.peer.features), streaming)};
  out.back().peer_name = "every window recomputed at every bar";
  out.back().peer = Sample::of(naive);
  out.back().ratio = ratio_of(naive, streaming);
  out.back().note = fmt::format("outputs agree to {:.0e} relative", figures.peer.largest_difference);
  for (const auto& rows : {talib_rows(options), cache_rows(options)})
    out.insert(out.end(), rows.begin(), rows.end());
  return out;
}

} // namespace finch::bench
