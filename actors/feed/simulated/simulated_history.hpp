/// The past of the simulated exchange, written to the tick store as if it had been recorded.
#pragma once

#include "actors/feed/simulated/simulated_exchange.hpp"
#include "actors/storage/tick_store.hpp"

#include <functional>

namespace finch::feed {

/// What to write: rounds [config.start, end), as one-minute bars before `ticks_from` and as ticks and quotes
/// from there on; funding throughout.
struct HistoryRange {
  market::Round ticks_from = 0, end = 0;
};

/// Hears the round reached, after every hour of history; answers false to stop.
using HistoryProgress = std::function<bool(market::Round)>;

/// Writes the history of every symbol as one import: all of it is there on success, nothing otherwise. A live
/// `SimulatedSource` of the same configuration that begins at `end` continues it without a seam.
[[nodiscard]] Result<storage::ImportReport> write_history(storage::TickStore& store,
                                                          const SimulatedConfig& config, HistoryRange range,
                                                          const HistoryProgress& progress = {});

} // namespace finch::feed
