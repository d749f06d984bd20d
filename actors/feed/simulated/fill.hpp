/// Fills a tick store with the simulated exchange's past.
#pragma once

#include "actors/feed/simulated/simulated_exchange.hpp"
#include "actors/storage/tick_store.hpp"

#include <functional>
#include <optional>

namespace finch::feed {

/// How much past: one-minute bars, and ticks with quotes for the newest days of it.
struct FillConfig {
  SimulatedConfig exchange;
  std::int32_t days = 60;
  std::int32_t tick_days = 7;
};

struct FillReport {
  bool filled = false; ///< false: the store held it already
  std::uint64_t bars = 0, ticks = 0, quotes = 0, funding = 0;
  market::Round next = 0; ///< the first round after the past
};

/// Stores the past of every instrument, day by day, and remembers what was filled. A store that holds the
/// same past is left alone; one that holds another is a usage error. `progress(share)` returns false to stop,
/// which leaves whole days behind that the next call completes.
[[nodiscard]] Result<FillReport> fill_history(storage::TickStore& store, const FillConfig& config,
                                              const std::function<bool(double)>& progress = {});

/// What `fill_history` remembered, or nothing for a store it never filled.
[[nodiscard]] Result<std::optional<FillConfig>> filled_history(const storage::TickStore& store);

} // namespace finch::feed
