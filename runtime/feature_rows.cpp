#include "runtime/feature_rows.hpp"

#include "actors/backtest/parallel.hpp"
#include "actors/desk/replay.hpp"
#include "actors/features/calculator.hpp"
#include "actors/features/join.hpp"
#include "actors/feed/recorded_source.hpp"
#include "runtime/desk_setup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace finch::runtime {
namespace {

constexpr std::int64_t window = 360; ///< rounds in memory at a time

struct Lane {
  std::unique_ptr<feed::RecordedSource> source;
  features::InstrumentCalculator calculator;
  Status status;
};

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
  std::vector<Lane> lanes;
  for (const auto& instrument : *universe) {
    auto source = feed::RecordedSource::make(store, instrument.id);
    if (!source)
      return tl::unexpected(source.error());
    lanes.push_back({std::move(*source), {instrument, plan, {query.timeframe}}, {}});
  }
  features::Join join{*universe, plan, {query.timeframe}};
  std::vector<double> row(plan.names().size());
  auto close = *plan.index("close");
  // The last bar asked for closes after `to`, if it opens before it.
  auto last = query.to > market::round_begin(recorded->last)
                  ? recorded->last
                  : std::min(recorded->last, market::round_of(query.to) + query.timeframe.minutes);
  for (auto first = recorded->first; first <= last; first += window) {
    auto end = std::min(first + window - 1, last);
    std::vector<RowsFrame> rows(lanes.size());
    backtest::for_each_index(lanes.size(), query.threads, [&](std::size_t i) {
      auto& lane = lanes[i];
      lane.status = lane.source->read(first, end,
                                      [&lane](const MarketFrame& block) { lane.calculator.consume(*block); });
      if (lane.status)
        rows[i] = lane.calculator.take(first, end);
    });
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      if (!lanes[i].status)
        return lanes[i].status;
      join.add(rows[i]);
    }
    for (const auto& block : join.take())
      if (auto handed = hand_out(*block, query, close, sink, row); !handed)
        return handed;
    if (!progress(static_cast<double>(end - recorded->first + 1) /
                  static_cast<double>(last - recorded->first + 1)))
      return fail(Category::interrupted, "the computation of features was interrupted");
  }
  return {};
}

} // namespace finch::runtime
