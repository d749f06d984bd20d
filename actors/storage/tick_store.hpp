/// The tick store: market data on disk as checksummed, chained blocks of packed columns.
///
/// What was acknowledged survives any crash; what is damaged is named and never served. One process writes,
/// any number read. All functions may be called from any thread; only `refresh` must have the store to
/// itself.
#pragma once

#include "actors/storage/import_session.hpp"
#include "actors/storage/options.hpp"
#include "actors/storage/reader.hpp"
#include "actors/storage/stored.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace finch::storage {

/// What is stored of one series.
struct SpanInfo {
  market::InstrumentId instrument = 0;
  Kind kind = Kind::trades;
  market::Timeframe timeframe{0};           ///< of bars, else 0 minutes
  market::TimeNs first_ns = 0, last_ns = 0; ///< time of the first and of the last row
  std::uint64_t rows = 0, bytes = 0, blocks = 0;
  std::vector<std::int32_t> days; ///< days with rows, ascending
};

/// What checking found. Sound where `problems` is empty.
struct VerifyReport {
  std::uint64_t days = 0, blocks = 0, rows = 0, bytes = 0;
  std::vector<std::string> problems; ///< each names instrument, kind and day
};

class TickStore {
public:
  /// Opens `<data_dir>/store`; in write mode creates it when missing, takes the lease, recovers what a crash
  /// left and compares the result with the watermark. Category::unavailable: held by another writer,
  /// unwritable, full, or no store to read. Category::failed: damaged (see Options::salvage) or of an unknown
  /// version.
  [[nodiscard]] static Result<std::unique_ptr<TickStore>> open(const std::filesystem::path& data_dir,
                                                               Mode mode, Options options = {});
  ~TickStore();
  TickStore(const TickStore&) = delete;
  TickStore& operator=(const TickStore&) = delete;

  // Instruments

  /// All instruments, by id.
  [[nodiscard]] std::vector<market::Instrument> instruments() const;
  [[nodiscard]] Result<market::Instrument> instrument(market::InstrumentId id) const;
  /// Finds an instrument by name or stores it under the next id. Where `wanted` needs more decimals than
  /// stored, the decimals are raised, and tick, lot and every price read from then on come in the finer
  /// units.
  [[nodiscard]] Result<market::Instrument> ensure_instrument(const market::Instrument& wanted);
  /// Stores new facts (grid, fees, funding interval) of a known instrument; decimals must not shrink.
  [[nodiscard]] Status update_instrument(const market::Instrument& facts);

  // Live recording: queue, then commit

  /// Queues rows in the order they arrived; they are stored by the next `commit`. Rows whose id (for bars and
  /// funding: time) is there already are left out; returns how many were kept. Refused where another kind is
  /// stored.
  [[nodiscard]] Result<std::size_t> append_ticks(market::InstrumentId instrument,
                                                 const market::TickColumns& rows, Kind kind = Kind::trades);
  [[nodiscard]] Result<std::size_t> append_quotes(market::InstrumentId instrument,
                                                  const market::QuoteColumns& rows);
  [[nodiscard]] Result<std::size_t> append_bars(market::InstrumentId instrument,
                                                const market::BarColumns& rows);
  [[nodiscard]] Result<std::size_t> append_funding(market::InstrumentId instrument,
                                                   const market::FundingColumns& rows);
  /// Closes a round: queues a mark that says how many ticks of its day, and of the day before, were stored or
  /// queued when it closed. Rounds are marked in order; rounds left out count as down.
  ///
  /// Replay puts a tick of day D with running number n into round max(round of its time, first round of D
  /// whose mark says more than n rows); beyond D's last mark, into the first round of D+1 whose mark says
  /// more than n rows of the day before.
  [[nodiscard]] Status mark_round(market::InstrumentId instrument, market::Round round,
                                  market::RoundStatus status);
  /// Writes everything queued and syncs it: success is the acknowledgement. Live, call it at most 5 ms after
  /// the first append. After an error (a full disk) what was queued stays queued, and a later commit tries
  /// again.
  [[nodiscard]] Status commit();
  /// Rewrites days whose blocks are mostly part-filled as full blocks, in the order stored; returns how many
  /// days.
  [[nodiscard]] Result<std::size_t> merge_live();

  // Import and removal

  [[nodiscard]] Result<ImportSession> begin_import(ImportOptions options = {});
  /// Removes rows with times in [from, to), of one kind or all; whole bars by their open. Atomic per day.
  /// Returns the number of rows removed. A quarantined day is removed only when it lies wholly in the range.
  [[nodiscard]] Result<std::uint64_t> drop(market::InstrumentId instrument, std::optional<Kind> kind,
                                           market::TimeNs from, market::TimeNs to);
  /// Removes whole days before `before` of every instrument, of one kind or all; checkpoints and marks stay.
  [[nodiscard]] Result<std::uint64_t> retain(std::optional<Kind> kind, market::TimeNs before);

  // Reading

  [[nodiscard]] TickReader ticks(market::InstrumentId instrument, market::TimeNs from, market::TimeNs to,
                                 Wanted wanted = {}) const;
  [[nodiscard]] QuoteReader quotes(market::InstrumentId instrument, market::TimeNs from,
                                   market::TimeNs to) const;
  [[nodiscard]] BarReader bars(market::InstrumentId instrument, market::Timeframe timeframe,
                               market::TimeNs from, market::TimeNs to) const;
  [[nodiscard]] FundingReader funding(market::InstrumentId instrument, market::TimeNs from,
                                      market::TimeNs to) const;
  /// The marks of one instrument-day recorded live, or nothing for a day without (imports, and live days that
  /// an import changed): their rounds are derived.
  [[nodiscard]] Result<std::optional<RoundMarks>> marks(market::InstrumentId instrument,
                                                        std::int32_t day) const;

  /// What is stored, by instrument, kind and timeframe. Quarantined days are not counted.
  [[nodiscard]] std::vector<SpanInfo> spans() const;
  /// The manifest row of one day, or nothing.
  [[nodiscard]] std::optional<DayRow> day(const DayKey& key) const;
  /// Reads and checks every block of one instrument, or of all.
  [[nodiscard]] VerifyReport verify(std::optional<market::InstrumentId> instrument = {}) const;
  /// In read mode: moves on to where the writer is now (tens of ms). Readers made before stay where they are.
  [[nodiscard]] Status refresh();

  // Damage

  /// What was found missing when the store opened; empty when nothing was.
  [[nodiscard]] std::vector<std::string> losses() const;
  /// Days that are refused, and why.
  [[nodiscard]] std::vector<std::pair<DayKey, std::string>> quarantined() const;
  /// Serves what is left of a quarantined day from now on.
  [[nodiscard]] Status accept_loss(const DayKey& key);

  // Small values beside the data; `put_*` are queued and stored by `commit`

  /// The state of an instrument's feature calculators at 00:00 UTC of a day. Forgotten when rows of an
  /// earlier day of any instrument change, as by an import, but not when they are retired.
  void put_checkpoint(market::InstrumentId instrument, market::Timeframe timeframe, std::int32_t day,
                      std::string_view value);
  void drop_checkpoint(market::InstrumentId instrument, market::Timeframe timeframe, std::int32_t day);
  [[nodiscard]] Result<std::optional<std::string>>
  checkpoint(market::InstrumentId instrument, market::Timeframe timeframe, std::int32_t day) const;
  /// A named position: how far a source was read, what was exported last.
  void put_cursor(std::string_view name, std::string_view value);
  [[nodiscard]] Result<std::optional<std::string>> cursor(std::string_view name) const;
  /// A block of votes of one instance and day.
  void put_votes(std::uint64_t instance, std::int32_t day, std::string_view value);
  [[nodiscard]] Result<std::optional<std::string>> votes(std::uint64_t instance, std::int32_t day) const;

  // Upkeep

  /// Brings everything written into tables and rewrites those into their smallest form.
  [[nodiscard]] Status compact();
  /// Bytes of all table files.
  [[nodiscard]] std::uint64_t bytes_on_disk() const;

private:
  explicit TickStore(std::shared_ptr<StoreState> state);
  [[nodiscard]] Result<std::uint64_t> remove(market::InstrumentId instrument, std::optional<Kind> kind,
                                             market::TimeNs from, market::TimeNs to, bool retires);
  template <AnyColumns C>
  [[nodiscard]] Result<std::size_t> append(Kind kind, Series series, const C& rows);
  template <AnyColumns C>
  [[nodiscard]] Reader<C> read(const Series& series, market::TimeNs from, market::TimeNs to,
                               Wanted wanted) const;

  std::shared_ptr<StoreState> state_;
};

} // namespace finch::storage
