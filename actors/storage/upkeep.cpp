#include "actors/storage/live_writer.hpp"
#include "actors/storage/open_store.hpp"
#include "actors/storage/staging.hpp"
#include "actors/storage/tick_store.hpp"

#include <fmt/format.h>

namespace finch::storage {
namespace {

/// Rows of a part-filled day before it is worth rewriting: twice the blocks that full ones would make, and a
/// few more.
bool part_filled(const DayRow& row) {
  auto full = (row.rows + full_block_rows - 1) / full_block_rows;
  return row.blocks > 2 * full + 8;
}

Status read_only() { return fail(Category::failed, "the tick store is open for reading only"); }

/// Applies one day's change unless the day became another meanwhile; false then.
Result<bool> apply_one(StoreState& state, Stager& stager, const DayChange& change) {
  if (auto flushed = stager.flush(); !flushed)
    return tl::unexpected(flushed.error());
  std::unique_lock lock{state.mutex};
  if (auto committed = state.live->commit(); !committed)
    return tl::unexpected(committed.error());
  auto found = state.days.find(change.key);
  if (found == state.days.end() || found->second != change.before)
    return false;
  Batch batch{*state.db};
  if (auto applied = apply_changes(state, batch, {change}); !applied)
    return tl::unexpected(applied.error());
  return true;
}

template <AnyColumns C>
void verify_day(const std::shared_ptr<StoreState>& state, const DayKey& key, const DayRow& row,
                VerifyReport& report) {
  auto reader = read_day<C>(state, key, row, INT64_MIN, INT64_MAX, 0, 0);
  ++report.days;
  C rows;
  CodecScratch scratch;
  std::shared_lock lock{state->mutex};
  BlockCursor cursor{state, key.series.family, {{key, row, {}}}, INT64_MIN, INT64_MAX};
  lock.unlock();
  for (;;) {
    auto more = cursor.next();
    if (!more) {
      report.problems.push_back(more.error().message);
      return;
    }
    if (!*more)
      return;
    const auto& header = cursor.header();
    ++report.blocks;
    report.rows += header.rows;
    report.bytes += cursor.block().size();
    if (!decode_block(cursor.block(), header, 0xffff, rows, scratch)) {
      report.problems.push_back(cursor.damaged("a block cannot be unpacked").message);
      return;
    }
    auto [low, high] = std::minmax_element(times_of(rows).begin(), times_of(rows).end());
    if (*low != header.min_time_ns || *high != header.max_time_ns || market::day_of(*low) != key.day ||
        market::day_of(*high) != key.day)
      report.problems.push_back(cursor.damaged("a block's times are not what its header says").message);
  }
}

} // namespace

Result<std::size_t> TickStore::merge_live() {
  if (!state_->live)
    return tl::unexpected(read_only().error());
  std::vector<std::pair<DayKey, DayRow>> days;
  {
    std::shared_lock lock{state_->mutex};
    for (const auto& [key, row] : state_->days)
      if (part_filled(row) && !state_->quarantined.contains(key))
        days.emplace_back(key, row);
  }
  std::size_t merged = 0;
  for (const auto& [key, row] : days) {
    Stager stager{state_};
    auto change = rewrite_without(state_, stager, key, row, INT64_MAX, INT64_MAX);
    if (!change)
      return tl::unexpected(change.error());
    change->after.sources = row.sources;
    auto applied = apply_one(*state_, stager, *change);
    if (!applied)
      return tl::unexpected(applied.error());
    merged += *applied ? 1 : 0; // a day that grew meanwhile waits for the next time
  }
  std::unique_lock lock{state_->mutex};
  if (auto done = state_->checkpoint(); !done)
    return tl::unexpected(done.error());
  return merged;
}

Result<std::uint64_t> TickStore::drop(market::InstrumentId instrument, std::optional<Kind> kind,
                                      market::TimeNs from, market::TimeNs to) {
  return remove(instrument, kind, from, to, false);
}

Result<std::uint64_t> TickStore::remove(market::InstrumentId instrument, std::optional<Kind> kind,
                                        market::TimeNs from, market::TimeNs to, bool retires) {
  if (!state_->live)
    return tl::unexpected(read_only().error());
  std::uint64_t removed = 0;
  for (bool again = true; again;) {
    again = false;
    std::vector<std::pair<DayKey, DayRow>> days;
    std::vector<DayKey> lost;
    {
      std::unique_lock lock{state_->mutex};
      if (auto committed = state_->live->commit(); !committed)
        return tl::unexpected(committed.error());
      for (const auto& [key, row] : state_->days)
        if (key.series.instrument == instrument && (!kind || row.kind == *kind) && row.first_ns < to &&
            row.last_ns >= from && !state_->quarantined.contains(key))
          days.emplace_back(key, row);
      for (const auto& [key, reason] : state_->quarantined) {
        auto begin = key.day * market::ns_per_day;
        if (key.series.instrument == instrument && (!kind || key.series.family == family_of(*kind)) &&
            begin >= from && begin + market::ns_per_day <= to)
          lost.push_back(key);
      }
      std::vector<DayChange> changes;
      for (const auto& key : lost) {
        auto row = state_->days.find(key);
        auto before = row == state_->days.end() ? std::nullopt : std::optional{row->second};
        removed += before ? before->rows : 0;
        changes.push_back({key, before, {}, false, retires});
      }
      Batch batch{*state_->db};
      if (!changes.empty())
        if (auto applied = apply_changes(*state_, batch, changes); !applied)
          return tl::unexpected(applied.error());
    }
    for (const auto& [key, row] : days) {
      Stager stager{state_};
      auto change = rewrite_without(state_, stager, key, row, from, to);
      if (!change)
        return tl::unexpected(change.error());
      if (change->after.rows == row.rows)
        continue;
      change->retires = retires;
      auto applied = apply_one(*state_, stager, *change);
      if (!applied)
        return tl::unexpected(applied.error());
      removed += *applied ? row.rows - change->after.rows : 0;
      again = again || !*applied;
    }
  }
  std::unique_lock lock{state_->mutex};
  if (auto cleaned = remove_orphans(*state_); !cleaned)
    return tl::unexpected(cleaned.error());
  return removed;
}

Result<std::uint64_t> TickStore::retain(std::optional<Kind> kind, market::TimeNs before) {
  std::uint64_t removed = 0;
  for (const auto& instrument : instruments()) {
    auto dropped = remove(instrument.id, kind, INT64_MIN, market::day_of(before) * market::ns_per_day, true);
    if (!dropped)
      return dropped;
    removed += *dropped;
  }
  return removed;
}

VerifyReport TickStore::verify(std::optional<market::InstrumentId> instrument) const {
  VerifyReport report;
  DayRows days;
  {
    std::shared_lock lock{state_->mutex};
    days = state_->days;
    for (const auto& [key, reason] : state_->quarantined) {
      days.erase(key);
      if (!instrument || key.series.instrument == *instrument)
        report.problems.push_back(fmt::format("{} is quarantined: {}", state_->describe(key), reason));
    }
  }
  for (const auto& [key, row] : days)
    if (!instrument || key.series.instrument == *instrument)
      with_columns(key.series.family, [&]<class C>(C) { verify_day<C>(state_, key, row, report); });
  return report;
}

Status TickStore::refresh() {
  if (state_->mode != Mode::read)
    return {};
  // A fresh follower, not a followed-up one: RocksDB's keeps rows whose removal it never saw, where the log
  // that told of it was gone before it looked.
  auto fresh = open_state(state_->data_dir, Mode::read, state_->options);
  if (!fresh)
    return tl::unexpected(fresh.error());
  state_ = std::move(*fresh);
  return {};
}

Status TickStore::accept_loss(const DayKey& key) {
  std::unique_lock lock{state_->mutex};
  if (!state_->live)
    return read_only();
  if (!state_->quarantined.contains(key))
    return fail(Category::usage, fmt::format("{} is not quarantined", state_->describe(key)));
  if (auto forgotten = forget_checkpoints(*state_, key.day); !forgotten)
    return forgotten;
  Batch batch{*state_->db};
  batch.erase(Table::meta, quarantine_key(key));
  if (auto written = state_->write(batch, true, {}); !written)
    return written;
  state_->quarantined.erase(key);
  return {};
}

Status TickStore::compact() {
  std::unique_lock lock{state_->mutex};
  if (!state_->live)
    return read_only();
  if (auto cleaned = remove_orphans(*state_); !cleaned)
    return cleaned;
  if (auto flushed = state_->checkpoint(); !flushed)
    return flushed;
  return state_->db->compact();
}

} // namespace finch::storage
