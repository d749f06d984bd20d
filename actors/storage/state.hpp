/// What all parts of an open store share. Internal to the room.
#pragma once

#include "actors/storage/database.hpp"
#include "actors/storage/lease.hpp"
#include "actors/storage/options.hpp"
#include "actors/storage/stored.hpp"
#include "actors/storage/watermark.hpp"

#include <map>
#include <set>
#include <shared_mutex>

namespace finch::storage {

class LiveWriter;

using DayRows = std::map<DayKey, DayRow>;

/// Everything in memory mirrors what is stored: changed only after the batch that stores it was written, with
/// `mutex` held exclusively. Readers hold it shared while they copy what they need.
struct StoreState {
  std::filesystem::path data_dir, follower_dir;
  Mode mode = Mode::write;
  Options options;
  Lease lease;
  Watermark watermark;
  std::unique_ptr<Database> db;

  mutable std::shared_mutex mutex;
  CommitRow commit;
  Mark mark;
  DayRows days;
  std::map<market::InstrumentId, market::Instrument> instruments;
  std::set<market::InstrumentId> reserved;    ///< ids that imports under way will give to new instruments
  std::map<DayKey, std::string> quarantined;  ///< and why
  std::set<std::uint32_t> active_generations; ///< of imports under way, whose blocks are not orphans yet
  std::vector<std::string> losses;            ///< what was found missing when the store was opened

  std::unique_ptr<LiveWriter> live; ///< in write mode

  StoreState();
  StoreState(const StoreState&) = delete;
  StoreState& operator=(const StoreState&) = delete;
  ~StoreState();

  /// Adds the commit record, writes and, when asked, syncs and moves the watermark. `touched` are the day
  /// rows the batch stores. The caller holds `mutex` and updates the mirror after success.
  [[nodiscard]] Status write(Batch& batch, bool sync, const DayRows& touched);
  /// Syncs what was written before and moves the watermark to it.
  [[nodiscard]] Status acknowledge();
  /// Flushes all tables, after which the watermark need not name days any more.
  [[nodiscard]] Status checkpoint();

  [[nodiscard]] std::string name_of_instrument(market::InstrumentId id) const;
  /// `binance.um/BTC-USDT trades of 2024-08-09`.
  [[nodiscard]] std::string describe(const DayKey& key) const;
  [[nodiscard]] Result<market::Instrument> instrument(market::InstrumentId id) const;
  /// The id the next new instrument gets. Instruments are never removed, so it was never used.
  [[nodiscard]] market::InstrumentId next_instrument() const;
};

/// Batches stay below this, so that no log record exceeds 1 MiB.
inline constexpr std::size_t max_batch_bytes = 960 * 1024;

/// Keys of the meta table.
inline constexpr std::string_view commit_key = "commit";
[[nodiscard]] inline std::string quarantine_key(const DayKey& key) { return "q" + encode_key(key); }
/// Says that blocks of this generation of this day count for nothing and may be removed.
[[nodiscard]] inline std::string orphan_key(std::uint32_t generation, const DayKey& key) {
  std::string out = "s";
  put_big(out, generation, 4);
  return out + encode_key(key);
}

} // namespace finch::storage
