#include "actors/storage/staging.hpp"

#include "actors/storage/live_writer.hpp"

#include <fmt/format.h>

namespace finch::storage {
namespace {

constexpr std::string_view promote_key = "promote";
std::string pending_key(const DayKey& key) { return "p" + encode_key(key); }

void put_change(Batch& batch, const DayKey& key, const DayRow* before, const DayRow& after,
                bool keeps_order) {
  if (before && before->blocks > 0 && before->generation != after.generation)
    batch.put(Table::meta, orphan_key(before->generation, key), "");
  if (after.rows > 0) {
    batch.put(Table::manifests, encode_key(key), to_bytes(after));
    batch.erase(Table::meta, orphan_key(after.generation, key));
  } else {
    batch.erase(Table::manifests, encode_key(key));
  }
  batch.erase(Table::meta, quarantine_key(key));
  if (key.series.family == Family::ticks && !keeps_order)
    batch.erase(Table::cursors, marks_key(key.series.instrument, key.day));
}

void mirror(StoreState& state, const DayKey& key, const DayRow& after) {
  if (after.rows > 0) {
    state.days[key] = after;
  } else {
    state.days.erase(key);
    state.mark.days.erase(key);
  }
  state.quarantined.erase(key);
  if (state.live)
    state.live->forget(key);
}

DayRows touched_by(const std::vector<DayChange>& changes) {
  DayRows out;
  for (const auto& change : changes)
    if (change.after.rows > 0)
      out[change.key] = change.after;
  return out;
}

/// Applies the pending rows in batches; each may be repeated after a crash.
Status promote(StoreState& state, const std::vector<DayChange>& changes) {
  Batch batch{*state.db};
  DayRows touched;
  for (const auto& change : changes) {
    auto before = state.days.find(change.key);
    put_change(batch, change.key, before == state.days.end() ? nullptr : &before->second, change.after,
               change.keeps_order);
    batch.erase(Table::meta, pending_key(change.key));
    mirror(state, change.key, change.after);
    if (change.after.rows > 0)
      touched[change.key] = change.after;
    if (batch.bytes() >= max_batch_bytes) {
      if (auto written = state.write(batch, false, touched); !written)
        return written;
      batch.clear();
      touched.clear();
    }
  }
  batch.erase(Table::meta, promote_key);
  return state.write(batch, true, touched);
}

} // namespace

Stager::Stager(std::shared_ptr<StoreState> state) : state_{std::move(state)}, batch_{*state_->db} {}

Stager::~Stager() {
  if (generations_.empty())
    return;
  std::unique_lock lock{state_->mutex};
  for (auto generation : generations_)
    state_->active_generations.erase(generation);
  (void)remove_orphans(*state_); // what fails now is tried again when the store opens next
}

StagedRun Stager::start(const DayKey& key, Kind kind) {
  std::unique_lock lock{state_->mutex};
  StagedRun run{key, {}, true, true, 0};
  run.row.kind = kind;
  run.row.generation = state_->commit.next_generation++;
  state_->active_generations.insert(run.row.generation);
  generations_.insert(run.row.generation);
  return run;
}

template <AnyColumns C>
Status Stager::write(StagedRun& run, const C& rows, std::size_t first, std::size_t last) {
  if (run.row.blocks == 0)
    batch_.put(Table::meta, orphan_key(run.row.generation, run.key), "");
  auto& [price_needs, quantity_needs] = needs_[run.key.series.instrument];
  auto times = std::span{times_of(rows)};
  auto ids = ids_of(rows);
  for (; first < last; first += std::min(full_block_rows, last - first)) {
    auto end = std::min(last, first + full_block_rows);
    if (run.row.blocks > 0) {
      run.times_rise = run.times_rise && times[first] > run.row.last_ns;
      run.ids_rise = run.ids_rise && (ids.empty() || ids[first] > run.last_id);
    }
    if constexpr (unique_times<C>)
      run.times_rise =
          run.times_rise &&
          std::adjacent_find(times.begin() + static_cast<std::ptrdiff_t>(first),
                             times.begin() + static_cast<std::ptrdiff_t>(end),
                             std::greater_equal<>{}) == times.begin() + static_cast<std::ptrdiff_t>(end);
    append_block(run.key, run.row, rows, first, end, state_->options.effort, batch_, scratch_);
    BlockHeader header;
    std::memcpy(&header, scratch_.block.data(), sizeof header);
    if constexpr (!std::same_as<C, market::FundingColumns>) // a rate's decimals say nothing about prices
      price_needs = std::max(price_needs, header.price_needs);
    if constexpr (!std::same_as<C, market::BarColumns>)
      quantity_needs = std::max(quantity_needs, header.quantity_needs);
    run.ids_rise = run.ids_rise && (ids.empty() || header.ids_rise != 0);
    run.last_id = header.last_id;
    if (batch_.bytes() >= max_batch_bytes - full_block_rows * 16)
      if (auto flushed = flush(); !flushed)
        return flushed;
  }
  return {};
}

Status Stager::flush() {
  if (batch_.empty())
    return {};
  std::unique_lock lock{state_->mutex};
  auto written = state_->write(batch_, false, {});
  batch_.clear();
  return written;
}

std::pair<std::uint8_t, std::uint8_t> Stager::needs(market::InstrumentId instrument) const {
  auto found = needs_.find(instrument);
  return found == needs_.end() ? std::pair<std::uint8_t, std::uint8_t>{} : found->second;
}

Status forget_checkpoints(StoreState& state, std::int32_t day) {
  Batch batch{*state.db};
  auto scanned = state.db->scan(Table::checkpoints, "", [&](std::string_view key, std::string_view) {
    DayKey made;
    if (!decode_checkpoint_key(key, made) || made.day > day)
      batch.erase(Table::checkpoints, key);
    return true;
  });
  if (!scanned || batch.empty())
    return scanned;
  return state.write(batch, true, {});
}

Status apply_changes(StoreState& state, Batch& batch, const std::vector<DayChange>& changes) {
  auto changed = std::numeric_limits<std::int32_t>::max();
  for (const auto& change : changes)
    if (!change.keeps_order && !change.retires)
      changed = std::min(changed, change.key.day);
  if (changed != std::numeric_limits<std::int32_t>::max())
    if (auto forgotten = forget_checkpoints(state, changed); !forgotten)
      return forgotten;
  auto part = batch;
  for (const auto& change : changes)
    put_change(batch, change.key, change.before ? &*change.before : nullptr, change.after,
               change.keeps_order);
  if (batch.bytes() < max_batch_bytes) {
    auto before = state.commit.sequence;
    auto written = state.write(batch, true, touched_by(changes));
    if (state.commit.sequence != before)
      for (const auto& change : changes)
        mirror(state, change.key, change.after);
    return written;
  }
  // Too many days for one log record: list them first, decide with one small record, then carry it out.
  // Opening the store after a crash drops a list that was not decided and carries out one that was.
  Batch list{*state.db};
  for (const auto& change : changes) {
    list.put(Table::meta, pending_key(change.key),
             fmt::format("{}{}", change.keeps_order ? 'k' : 'c', to_bytes(change.after)));
    if (list.bytes() >= max_batch_bytes) {
      if (auto written = state.write(list, false, {}); !written)
        return written;
      list.clear();
    }
  }
  if (auto written = state.write(list, false, {}); !written)
    return written;
  part.put(Table::meta, promote_key, "");
  if (auto decided = state.write(part, true, {}); !decided)
    return decided;
  return promote(state, changes);
}

Status finish_promotion(StoreState& state) {
  std::vector<DayChange> changes;
  bool malformed = false;
  auto scanned = state.db->scan(Table::meta, "p", [&](std::string_view key, std::string_view value) {
    if (key == promote_key)
      return true;
    DayChange change;
    if (!decode_key(key.substr(1), change.key) || value.empty())
      return !(malformed = true);
    auto row = read_day_row(value.substr(1));
    if (!row)
      return !(malformed = true);
    change.after = *row;
    change.keeps_order = value.front() == 'k';
    changes.push_back(std::move(change));
    return true;
  });
  if (!scanned)
    return scanned;
  if (malformed)
    return fail(Category::failed, "the tick store holds a malformed pending change",
                "restore it from a backup");
  auto decided = state.db->get(Table::meta, promote_key);
  if (!decided)
    return tl::unexpected(decided.error());
  if (*decided)
    return promote(state, changes);
  if (changes.empty())
    return {};
  Batch batch{*state.db};
  for (const auto& change : changes)
    batch.erase(Table::meta, pending_key(change.key));
  return state.write(batch, true, {});
}

Result<DayChange> rewrite_without(const std::shared_ptr<StoreState>& state, Stager& stager, const DayKey& key,
                                  const DayRow& row, market::TimeNs from, market::TimeNs to) {
  DayChange change{key, row, {}, from >= to};
  change.after.kind = row.kind;
  if (row.first_ns >= from && row.last_ns < to)
    return change;
  auto decimals = [&] {
    std::shared_lock lock{state->mutex};
    return state->instrument(key.series.instrument);
  }();
  if (!decimals)
    return tl::unexpected(decimals.error());
  auto staged = with_columns(key.series.family, [&]<class C>(C rows) -> Result<DayChange> {
    auto run = stager.start(key, row.kind);
    // Rows that arrived late stand where they arrived, so one pass in stored order takes all that stay.
    auto reader = read_day<C>(state, key, row, INT64_MIN, INT64_MAX, decimals->price_decimals,
                              decimals->quantity_decimals);
    C held;
    for (;;) {
      auto more = reader.next(rows);
      if (!more)
        return tl::unexpected(more.error());
      const auto& times = times_of(rows);
      if (!times_of(held).empty() && (!*more || layout_of(held) != layout_of(rows))) {
        if (auto written = stager.write(run, held, 0, held.size()); !written)
          return tl::unexpected(written.error());
        clear_rows(held);
      }
      if (!*more)
        break;
      for (std::size_t first = 0, last = 0; first < times.size(); first = last + 1) {
        for (last = first; last < times.size() && (times[last] < from || times[last] >= to);)
          ++last;
        append_rows(held, rows, first, last);
      }
      if (auto full = held.size() / full_block_rows * full_block_rows; full > 0) {
        if (auto written = stager.write(run, held, 0, full); !written)
          return tl::unexpected(written.error());
        keep_rows(held, full, held.size());
      }
    }
    change.after = run.row;
    return change;
  });
  return staged;
}

template Status Stager::write(StagedRun&, const market::TickColumns&, std::size_t, std::size_t);
template Status Stager::write(StagedRun&, const market::QuoteColumns&, std::size_t, std::size_t);
template Status Stager::write(StagedRun&, const market::BarColumns&, std::size_t, std::size_t);
template Status Stager::write(StagedRun&, const market::FundingColumns&, std::size_t, std::size_t);

} // namespace finch::storage
