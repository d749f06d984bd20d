/// Importing: rows of any size and number go in, and become visible all at once or not at all.
#pragma once

#include "actors/storage/series.hpp"
#include "schemas/error.hpp"

#include <memory>
#include <string>

namespace finch::storage {

struct StoreState;

struct ImportOptions {
  /// Rows stored before in the spans imported, of this and of competing kinds, give way.
  bool replace = false;
};

/// What an import did. rows = added + duplicates.
struct ImportReport {
  std::uint64_t rows = 0;                   ///< given to `add`
  std::uint64_t added = 0;                  ///< stored that were not there
  std::uint64_t duplicates = 0;             ///< left out
  std::uint64_t replaced = 0;               ///< stored before and gone now, by `replace`
  std::uint32_t days = 0;                   ///< instrument-days changed
  market::TimeNs first_ns = 0, last_ns = 0; ///< of the rows given; 0 without any
  std::uint64_t bytes = 0;                  ///< of the days changed, as stored now
};

/// One import, usually of one file. Memory stays bounded: rows beyond a few million are written at once,
/// under numbers that nothing points at until `finish`. Destroying a session that was not finished leaves the
/// store as it was; so does a crash, after which the next writer clears what was left.
class ImportSession {
public:
  ImportSession(ImportSession&&) noexcept;
  ImportSession& operator=(ImportSession&&) noexcept;
  ~ImportSession();

  /// Finds the instrument by name or plans its creation with these facts; it exists once the import is
  /// finished. The id may be used in `add` at once. Decimals are raised to what `wanted`, and later the rows,
  /// need.
  [[nodiscard]] Result<market::InstrumentId> instrument(const market::Instrument& wanted);

  /// Adds rows. Best in time order and in large pieces, yet any order and size will do. Rows may have more
  /// decimals than the instrument. Fails on columns of different lengths, on an unknown instrument and where
  /// writing does; the session can then only be dropped. Kinds may be mixed, bars of several timeframes too.
  [[nodiscard]] Status add(market::InstrumentId instrument, Kind kind, const market::TickColumns& rows);
  [[nodiscard]] Status add(market::InstrumentId instrument, const market::QuoteColumns& rows);
  [[nodiscard]] Status add(market::InstrumentId instrument, const market::BarColumns& rows);
  [[nodiscard]] Status add(market::InstrumentId instrument, const market::FundingColumns& rows);

  /// The XXH3 hash of the file the rows come from, by which a second import of it is known. Any time before
  /// `finish`.
  void set_source(std::uint64_t hash) noexcept;

  /// Stores everything and syncs; returning a report is the acknowledgement. An error names instrument and
  /// day, and nothing was stored: a span that holds another kind without `replace`, a damaged or quarantined
  /// day, a full disk.
  [[nodiscard]] Result<ImportReport> finish();
  /// Drops everything, as destruction does.
  void abort() noexcept;

  /// Internal: `TickStore` makes sessions.
  ImportSession(std::shared_ptr<StoreState> state, ImportOptions options);

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace finch::storage
