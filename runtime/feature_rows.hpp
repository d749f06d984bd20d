/// Features of one instrument over stored data, for commands that look at them.
#pragma once

#include "actors/features/plan.hpp"
#include "actors/market/instrument.hpp"
#include "actors/storage/tick_store.hpp"

#include <functional>
#include <memory>
#include <span>

namespace finch::runtime {

/// Which rows: of which instrument and timeframe, with bars that open in [from, to).
struct FeatureQuery {
  market::Instrument instrument;
  market::Timeframe timeframe;
  market::TimeNs from = 0, to = 0;
  std::size_t threads = 1;
};

/// Takes a row: the bar's open, and values in the plan's order.
using FeatureSink = std::function<Status(market::TimeNs open_ns, std::span<const double> values)>;

/// Computes rows as a replay does, from the first data stored, and hands out those asked for in order of
/// time. Where the plan has cross-asset features, the universe is every instrument that has ticks or bars.
/// `progress(share)` returns false to stop, which is an `interrupted` error.
[[nodiscard]] Status feature_rows(const std::shared_ptr<const storage::TickStore>& store,
                                  const FeatureQuery& query, const features::Plan& plan,
                                  const FeatureSink& sink, const std::function<bool(double)>& progress);

} // namespace finch::runtime
