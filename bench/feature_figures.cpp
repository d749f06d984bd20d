#include "bench/features_bench.hpp"
#include "bench/figures.hpp"
#include "bench/library.hpp"

#include <fmt/format.h>

namespace finch::bench {
namespace {

Row row_of(std::string figure, const std::vector<double>& values, std::optional<Goal> goal = {}) {
  Row row{.group = "features", .figure = std::move(figure)};
  row.finch = Sample::of(values);
  row.goal = goal;
  return row;
}

} // namespace

std::vector<Row> feature_figures(const Options& options) {
  constexpr double tolerance = 1e-8; // a running sum and a fresh one round differently
  auto desk = library_desk(options.library, {});
  if (!desk)
    return {aborted("features", "features", desk.error().message)};
  std::vector<double> closure, hundred, all, hundred_columns, all_columns, streaming, naive;
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
    streaming.push_back(figures.peer.streaming_ns_per_value);
    naive.push_back(figures.peer.naive_ns_per_value);
  }
  std::vector<Row> out{
      row_of(fmt::format("live update, {} features of {} strategies, µs/bar", figures.closure.features,
                         strategies_of(*desk)),
             closure),
      row_of(fmt::format("live update, {} features, µs/bar", figures.hundred.features), hundred,
             Goal{0.4, true}),
      row_of(fmt::format("live update, {} features, µs/bar", figures.all.features), all),
      row_of(fmt::format("columns of {} features, ns/value", figures.hundred.features), hundred_columns,
             Goal{1, true}),
      row_of(fmt::format("columns of {} features, ns/value", figures.all.features), all_columns),
      row_of(fmt::format("{} windowed features, bar by bar, ns/value", figures.peer.features), streaming)};
  out.back().peer_name = "every window recomputed at every bar";
  out.back().peer = Sample::of(naive);
  out.back().ratio = ratio_of(naive, streaming);
  out.back().note = fmt::format("outputs agree to {:.0e} relative", figures.peer.largest_difference);
  return out;
}

} // namespace finch::bench
