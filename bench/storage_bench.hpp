/// Figures of the tick store beside a row per tick in RocksDB and in SQLite, on the same ticks in the same
/// run.
#pragma once

#include "bench/d1.hpp"
#include "schemas/error.hpp"

#include <filesystem>

namespace finch::bench {

/// One way to store ticks, measured. Rates are ticks a second on one calling thread.
struct StoreFigures {
  std::size_t ticks = 0;
  double ingest_per_s = 0; ///< until acknowledged: synced, log on
  double scan_per_s = 0;   ///< ordered, all columns, checksums verified, warm
  double ingest_per_cpu_s =
      0;                     ///< per second of processor time of the whole process, background work included
  double scan_per_cpu_s = 0; ///< likewise; beside the rates above it tells a busy machine from a slow store
  double bytes_per_tick = 0; ///< on disk after compaction, everything included
  std::uint64_t witness = 0; ///< equal for all ways over the same ticks
};

/// The tick store on the whole job: one import per symbol, its ticks made outside the clock. Scans `scans`
/// times and takes the median. Files go to `directory`, which is removed again.
[[nodiscard]] Result<StoreFigures> measure_tick_store(const D1 &job, const std::filesystem::path &directory,
                                                      int scans = 3);
/// The same ticks, symbols interleaved by time, as rows of 25-byte values under symbol and running number;
/// 1,000 rows a batch, log on, synced at the end.
[[nodiscard]] Result<StoreFigures> measure_rocksdb_rows(const D1 &job,
                                                        const std::filesystem::path &directory);
/// The same in one SQLite table; WAL, 1,000 rows a transaction.
[[nodiscard]] Result<StoreFigures> measure_sqlite_rows(const D1 &job, const std::filesystem::path &directory);

} // namespace finch::bench
