/// The tick store and two stores with a row per tick, behind one interface: what is measured against each
/// other.
#pragma once

#include "actors/storage/tick_store.hpp"
#include "bench/d1.hpp"
#include "bench/measure.hpp"

#include <functional>
#include <memory>

namespace finch::bench {

/// Ticks of some symbols, made symbol by symbol when they are needed.
struct TickSet {
  std::uint32_t symbols = 0;
  std::function<market::TickColumns(std::uint32_t symbol)> make;
};

[[nodiscard]] TickSet set_of(const D1& job);
/// Everything in memory.
[[nodiscard]] TickSet set_of(std::vector<market::TickColumns> symbols);

/// Takes one symbol's ticks in pieces, in order.
using OnTicks = std::function<void(const market::TickColumns&)>;

/// A way to keep ticks on disk. Threads may scan at once.
class Keeper {
public:
  virtual ~Keeper() = default;
  /// Stores everything until it is acknowledged and synced; only storing is timed.
  [[nodiscard]] virtual Result<Seconds> ingest(const TickSet& ticks) = 0;
  /// Brings the files into their final form; they may be scanned then.
  [[nodiscard]] virtual Status settle() = 0;
  /// All ticks of one symbol with all columns, in order.
  [[nodiscard]] virtual Status scan(std::uint32_t symbol, const OnTicks& take) const = 0;
  /// Σ price·quantity of all ticks, in the store's own order and as fast as it can.
  [[nodiscard]] virtual Result<std::uint64_t> sum() const = 0;
};

/// The tick store: an import of its own for every symbol.
class PackedTicks final : public Keeper {
public:
  /// Symbols are the instruments that are there, by id.
  [[nodiscard]] static Result<std::unique_ptr<PackedTicks>> open(const std::filesystem::path& folder);
  [[nodiscard]] std::uint32_t symbols() const { return static_cast<std::uint32_t>(ids_.size()); }
  [[nodiscard]] Result<Seconds> ingest(const TickSet& ticks) override;
  [[nodiscard]] Status settle() override;
  [[nodiscard]] Status scan(std::uint32_t symbol, const OnTicks& take) const override;
  [[nodiscard]] Result<std::uint64_t> sum() const override;

private:
  std::unique_ptr<storage::TickStore> store_;
  std::vector<market::InstrumentId> ids_;
};

/// RocksDB: symbol and running number to 25 bytes, symbols interleaved by time; batches of 1,000 with a log,
/// synced at the end; zstd.
[[nodiscard]] Result<std::unique_ptr<Keeper>> open_rocksdb_rows(const std::filesystem::path& folder);
/// SQLite: one table under symbol and running number, interleaved likewise; WAL, transactions of 1,000 rows.
[[nodiscard]] Result<std::unique_ptr<Keeper>> open_sqlite_rows(const std::filesystem::path& folder);

} // namespace finch::bench
