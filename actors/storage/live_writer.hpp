/// Appending as data arrives: small blocks at once, full blocks in their place as soon as enough has come.
/// Internal.
#pragma once

#include "actors/storage/block_writer.hpp"
#include "actors/storage/id_set.hpp"
#include "actors/storage/reader.hpp"

#include <tuple>

namespace finch::storage {

/// One instrument-day that is being appended to.
template <AnyColumns C>
struct LiveDay {
  DayRow row;    ///< as stored
  DayRow sealed; ///< the part of it before the tail
  C tail;        ///< rows of the small blocks after that
  std::vector<std::string> tail_keys;
  std::vector<C> pending; ///< rows not yet written: runs of one layout, none longer than a block
  IdSet ids;              ///< of all rows, pending ones included
};

/// All appends go through one instance, guarded by the state's mutex. Nothing is stored before `commit`.
class LiveWriter {
public:
  explicit LiveWriter(StoreState& state) : state_{state} {}

  /// Queues rows; those whose id is stored or queued already are left out, as are bars and rates of a time
  /// that is there. Returns how many were kept. Nothing is queued after an error.
  template <AnyColumns C>
  [[nodiscard]] Result<std::size_t> append(Kind kind, Series series, const C& rows);
  [[nodiscard]] Status mark_round(market::InstrumentId instrument, market::Round round,
                                  market::RoundStatus status);
  void put(Table table, std::string key, std::string value);
  void erase(Table table, std::string key);

  /// Writes and syncs everything queued. After an error everything not yet stored stays queued.
  [[nodiscard]] Status commit();
  /// Forgets cached days, after something else rewrote them.
  void forget(const DayKey& key);

private:
  template <AnyColumns C>
  using Days = std::map<DayKey, LiveDay<C>>;
  using Blobs = std::map<std::pair<Table, std::string>, std::optional<std::string>>; // nothing: erase

  template <AnyColumns C>
  Days<C>& days() {
    return std::get<Days<C>>(days_);
  }
  template <AnyColumns C>
  [[nodiscard]] Result<LiveDay<C>*> open_day(Kind kind, const DayKey& key, market::TimeNs first,
                                             market::TimeNs last);
  template <AnyColumns C>
  void queue(LiveDay<C>& day, const C& rows, std::size_t first, std::size_t last);
  template <AnyColumns C>
  void write_run(const DayKey& key, LiveDay<C>& day, const C& run, Batch& batch);
  template <AnyColumns C>
  [[nodiscard]] Status write_days(Batch& batch);
  template <AnyColumns C>
  void settle(bool written);
  [[nodiscard]] Status flush(Batch& batch, bool sync);
  [[nodiscard]] std::uint32_t rows_so_far(market::InstrumentId instrument, std::int32_t day);
  [[nodiscard]] Status load_marks(market::InstrumentId instrument, std::int32_t day);

  StoreState& state_;
  std::tuple<Days<market::TickColumns>, Days<market::QuoteColumns>, Days<market::BarColumns>,
             Days<market::FundingColumns>>
      days_;
  std::map<std::pair<market::InstrumentId, std::int32_t>, RoundMarks> marks_;
  std::set<std::pair<market::InstrumentId, std::int32_t>> dirty_marks_;
  Blobs blobs_;
  DayRows touched_;                         ///< rows in the batch being built
  std::map<DayKey, std::size_t> runs_done_; ///< runs of each day in the batch being built
  WriterScratch scratch_;
};

/// Key of an instrument-day's marks in the cursors table.
[[nodiscard]] std::string marks_key(market::InstrumentId instrument, std::int32_t day);

} // namespace finch::storage
