#include "runtime/feature_rows.hpp"

#include "actors/backtest/stored_features.hpp"
#include "actors/desk/replay.hpp"
#include "runtime/desk_setup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace finch::runtime {
namespace {

Result<std::vector<market::Instrument>> universe_of(const storage::TickStore& store,
                                                    const FeatureQuery& query, const features::Plan& plan) {
  if (!plan.has_cross_asset())
    return std::vector{query.instrument};
  auto all = find_instruments(store, {});
  if (all && std::none_of(all->begin(), all->end(),
                          [&](const auto& other) { return other.id == query.instrument.id; }))
    return fail(Category::usage,
                fmt::format("{} has neither ticks nor bars", market::format_name(query.instrument.name)),
                "'finch data list' shows what is stored");
  return all;
}

Status hand_out(const fb::FeatureBlock& block, const FeatureQuery& query, std::size_t close,
                const FeatureSink& sink, std::vector<double>& row) {
  const auto& ids = *block.instruments();
  std::size_t lanes = ids.size(), lane = 0, rows = block.rounds()->size();
  while (ids[static_cast<flatbuffers::uoffset_t>(lane)] != query.instrument.id)
    ++lane;
  for (std::size_t r = 0; r < rows; ++r) {
    auto round = block.rounds()->Get(static_cast<flatbuffers::uoffset_t>(r));
    auto open = market::round_close(round) - query.timeframe.length_ns();
    for (std::size_t f = 0; f < row.size(); ++f)
      row[f] = block.values()->data()[(f * rows + r) * lanes + lane];
    if (open < query.from || open >= query.to || std::isnan(row[close]))
      continue;
    if (auto taken = sink(open, row); !taken)
      return taken;
  }
  return {};
}

} // namespace

Status feature_rows(const std::shared_ptr<const storage::TickStore>& store, const FeatureQuery& query,
                    const features::Plan& plan, const FeatureSink& sink,
                    const std::function<bool(double)>& progress) {
  auto universe = universe_of(*store, query, plan);
  if (!universe)
    return tl::unexpected(universe.error());
  auto recorded = desk::recorded_rounds(*store, *universe);
  if (!recorded)
    return tl::unexpected(recorded.error());
  std::vector<double> row(plan.names().size());
  auto close = *plan.index("close");
  // The last bar asked for closes after `to`, if it opens before it.
  auto last = query.to > market::round_begin(recorded->last)
                  ? recorded->last
                  : std::min(recorded->last, market::round_of(query.to) + query.timeframe.minutes);
  backtest::FeatureJob job;
  job.instruments = std::move(*universe);
  job.timeframes = {query.timeframe};
  job.first = recorded->first;
  job.last = last;
  job.threads = query.threads;
  job.checkpoints = backtest::stored_checkpoints(store);
  auto from = std::max(query.from, market::round_begin(recorded->first));
  auto pipeline =
      backtest::FeaturePipeline::make(job, plan, market::round_of(from), backtest::stored_sources(store));
  if (!pipeline)
    return tl::unexpected(pipeline.error());
  auto rounds = static_cast<double>(last - recorded->first + 1);
  return pipeline->run(
      [&](market::Round, market::Round, const std::vector<FeatureFrame>& frames) {
        return hand_out(*frames.front(), query, close, sink, row);
      },
      {},
      [&](market::Round round) {
        return progress(static_cast<double>(round - recorded->first + 1) / rounds);
      });
}

} // namespace finch::runtime
