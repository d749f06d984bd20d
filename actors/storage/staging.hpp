/// Writing days that nothing points at yet, and the moment something does. Internal to the room.
#pragma once

#include "actors/storage/block_writer.hpp"
#include "actors/storage/reader.hpp"

#include <mutex>

namespace finch::storage {

/// A new generation of a day's blocks, or part of one.
struct StagedRun {
  DayKey key;
  DayRow row;
  bool ids_rise = true;   ///< every id greater than the one before; true without ids
  bool times_rise = true; ///< every time later than the one before
  std::uint64_t last_id = 0;
};

/// Writes staged runs. Blocks go to their final place under a generation that no manifest names; a note
/// beside them says so, which whoever opens the store next cleans up by. Letting go of a stager lets go of
/// its runs.
class Stager {
public:
  explicit Stager(std::shared_ptr<StoreState> state);
  Stager(const Stager&) = delete;
  Stager& operator=(const Stager&) = delete;
  ~Stager();

  [[nodiscard]] StagedRun start(const DayKey& key, Kind kind);
  /// Appends rows [first, last) as blocks of at most 8,192 rows.
  template <AnyColumns C>
  [[nodiscard]] Status write(StagedRun& run, const C& rows, std::size_t first, std::size_t last);
  /// Brings what is still held back into the store (unsynced).
  [[nodiscard]] Status flush();
  /// Most decimals that prices and quantities of ticks and quotes, and prices of bars, turned out to need.
  [[nodiscard]] std::pair<std::uint8_t, std::uint8_t> needs(market::InstrumentId instrument) const;

private:
  std::shared_ptr<StoreState> state_;
  Batch batch_;
  WriterScratch scratch_;
  std::set<std::uint32_t> generations_;
  std::map<market::InstrumentId, std::pair<std::uint8_t, std::uint8_t>> needs_;
};

/// A day that becomes another: a staged run, or nothing where `after` has no rows.
struct DayChange {
  DayKey key;
  std::optional<DayRow> before; ///< what the change was worked out from
  DayRow after;
  bool keeps_order = false; ///< rows stay what and where they were, so round marks stay true
  bool retires = false;     ///< rows go because they are old: checkpoints made from them stay true
};

/// Makes all changes, and what else is in `batch`, visible at once and synced. The caller holds the mutex
/// exclusively and has made sure that every day still is as it was `before`. Checkpoints made from the rows
/// that change are forgotten first.
[[nodiscard]] Status apply_changes(StoreState& state, Batch& batch, const std::vector<DayChange>& changes);
/// Removes the checkpoints of all instruments that hold what happened on `day`: features of one instrument
/// may look at another's.
[[nodiscard]] Status forget_checkpoints(StoreState& state, std::int32_t day);
/// Completes a set of changes that a crash cut short after it was decided; called when the store opens.
[[nodiscard]] Status finish_promotion(StoreState& state);

/// Stages the day without rows of [from, to). Rows keep their order.
[[nodiscard]] Result<DayChange> rewrite_without(const std::shared_ptr<StoreState>& state, Stager& stager,
                                                const DayKey& key, const DayRow& row, market::TimeNs from,
                                                market::TimeNs to);

/// A reader of one day as `row` describes it, prices in these decimals.
template <AnyColumns C>
[[nodiscard]] Reader<C>
read_day(const std::shared_ptr<StoreState>& state, const DayKey& key, const DayRow& row, market::TimeNs from,
         market::TimeNs to, std::uint8_t price_decimals, std::uint8_t quantity_decimals, Wanted wanted = {}) {
  std::shared_lock lock{state->mutex};
  return {BlockCursor{state, key.series.family, {{key, row, {}}}, from, to},
          from,
          to,
          price_decimals,
          quantity_decimals,
          wanted};
}

/// Calls f with a value of the family's column type.
template <class F>
auto with_columns(Family family, F&& f) {
  switch (family) {
  case Family::ticks:
    return f(market::TickColumns{});
  case Family::quotes:
    return f(market::QuoteColumns{});
  case Family::bars:
    return f(market::BarColumns{});
  case Family::funding:
    break;
  }
  return f(market::FundingColumns{});
}

} // namespace finch::storage
