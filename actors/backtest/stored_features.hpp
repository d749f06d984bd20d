/// Features over stored data: market data read from the tick store, checkpoints kept in it.
#pragma once

#include "actors/backtest/feature_pipeline.hpp"
#include "actors/features/feature_cache.hpp"
#include "actors/storage/tick_store.hpp"

#include <memory>
#include <vector>

namespace finch::backtest {

/// Sources of everything the store knows of an instrument, as it was when the source was made.
[[nodiscard]] SourceFactory stored_sources(std::shared_ptr<const storage::TickStore> store);

/// Tells a cache what the store has, each instrument from a source of its own. The store is seen as it was
/// when an instrument was first told; make another teller to see more.
[[nodiscard]] features::FeatureCache::Teller stored_teller(std::shared_ptr<const storage::TickStore> store,
                                                           const features::FeatureCache& cache);

/// The store's checkpoints of all timeframes of an instrument, to read.
[[nodiscard]] features::CheckpointShelf stored_checkpoints(std::shared_ptr<const storage::TickStore> store);

struct CheckpointJob {
  std::vector<market::Instrument> instruments;
  std::vector<market::Timeframe> timeframes{market::default_timeframes.begin(),
                                            market::default_timeframes.end()};
  features::Catalogue catalogue; ///< what features mean
  market::Round to = 0;          ///< checkpoints of midnights after this round are not written
  std::size_t threads = 1;
};

/// Writes the checkpoints of midnights after the newest that all instruments have, or after the first stored
/// data, up to `to`; returns of how many days. Those of the newest week are kept and one a week of what is
/// older: they take about 200 KB an instrument. All available features are in them, so that any plan can go
/// on from one. The store must be open for writing.
[[nodiscard]] Result<std::size_t> write_checkpoints(const std::shared_ptr<storage::TickStore>& store,
                                                    const CheckpointJob& job);

/// Begins `cache` at the newest midnight at or before `round` for which there are checkpoints of this build,
/// looking back `days` days; false where there is none, and the cache begins where its configuration says.
[[nodiscard]] Result<bool> resume_before(features::FeatureCache& cache,
                                         const features::CheckpointShelf& shelf, market::Round round,
                                         int days = 7);

} // namespace finch::backtest
