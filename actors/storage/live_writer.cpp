#include "actors/storage/live_writer.hpp"

#include <fmt/format.h>

namespace finch::storage {

using market::BarColumns;
using market::FundingColumns;
using market::QuoteColumns;
using market::TickColumns;

namespace {

/// Fills the set with the ids, or for rows of unique time the times, of a stored day.
template <AnyColumns C>
Status load_ids(StoreState& state, const DayKey& key, const DayRow& row, IdSet& ids) {
  std::shared_ptr<const StoreState> alias{std::shared_ptr<const StoreState>{}, &state};
  BlockCursor cursor{alias, key.series.family, {{key, row, {}}}, INT64_MIN, INT64_MAX};
  C rows;
  CodecScratch scratch;
  for (;;) {
    auto more = cursor.next();
    if (!more)
      return tl::unexpected(more.error());
    if (!*more)
      return {};
    if (!decode_block(cursor.block(), cursor.header(), 0b10000, rows, scratch))
      return tl::unexpected(cursor.damaged("a block cannot be unpacked"));
    if constexpr (unique_times<C>)
      for (auto time : times_of(rows))
        ids.insert(static_cast<std::uint64_t>(time));
    else
      for (auto id : ids_of(rows))
        ids.insert(id);
  }
}

/// Rows later than the day before the newest are not expected: such days are opened again if they come.
template <class Map>
void drop_old_days(Map& days) {
  for (auto it = days.begin(); it != days.end();) {
    auto newest = days.lower_bound({it->first.series, INT32_MAX});
    auto old = it->second.pending.empty() && std::prev(newest)->first.day > it->first.day + 1;
    it = old ? days.erase(it) : std::next(it);
  }
}

} // namespace

template <AnyColumns C>
Result<LiveDay<C>*> LiveWriter::open_day(Kind kind, const DayKey& key, market::TimeNs first,
                                         market::TimeNs last) {
  if (auto conflict = kind_conflict(state_, key, kind, first, last))
    return tl::unexpected(std::move(*conflict));
  auto stored = state_.days.find(key);
  auto [at, fresh] = days<C>().try_emplace(key);
  auto& day = at->second;
  // An import may have rewritten the day since.
  if (!fresh && (stored == state_.days.end() ? day.row.blocks == 0 : stored->second == day.row))
    return &day;
  day.row = DayRow{};
  day.row.kind = kind;
  day.ids.clear();
  day.tail = {};
  day.tail_keys.clear();
  if (stored == state_.days.end()) {
    day.row.generation = state_.commit.next_generation++;
  } else {
    day.row = stored->second;
    if (auto loaded = load_ids<C>(state_, key, day.row, day.ids); !loaded) {
      days<C>().erase(at);
      return tl::unexpected(loaded.error());
    }
  }
  day.sealed = day.row;
  return &day;
}

template <AnyColumns C>
void LiveWriter::queue(LiveDay<C>& day, const C& rows, std::size_t first, std::size_t last) {
  while (first < last) {
    if (day.pending.empty() || layout_of(day.pending.back()) != layout_of(rows) ||
        times_of(day.pending.back()).size() >= full_block_rows)
      day.pending.emplace_back();
    auto& run = day.pending.back();
    auto end = std::min(last, first + full_block_rows - times_of(run).size());
    append_rows(run, rows, first, end);
    first = end;
  }
}

template <AnyColumns C>
Result<std::size_t> LiveWriter::append(Kind kind, Series series, const C& rows) {
  const auto& times = times_of(rows);
  if (!well_formed(rows))
    return fail(Category::failed, fmt::format("columns of {} have different lengths", name_of(kind)));
  // Every day is opened before anything is queued, so that a refusal queues nothing.
  std::size_t total = 0;
  for (bool queueing : {false, true})
    for (std::size_t first = 0, last = 0; first < rows.size(); first = last) {
      DayKey key{series, market::day_of(times[first])};
      auto low = times[first], high = times[first];
      for (last = first; last < rows.size() && market::day_of(times[last]) == key.day; ++last)
        low = std::min(low, times[last]), high = std::max(high, times[last]);
      auto opened = open_day<C>(kind, key, low, high);
      if (!opened)
        return tl::unexpected(opened.error());
      if (!queueing)
        continue;
      auto& day = **opened;
      std::size_t kept = first; // start of the stretch of new rows being gathered
      auto ids = ids_of(rows);
      auto is_new = [&](std::size_t i) {
        if constexpr (unique_times<C>)
          return day.ids.insert(static_cast<std::uint64_t>(times[i]));
        else
          return ids.empty() || day.ids.insert(ids[i]);
      };
      for (std::size_t i = first; i < last; ++i)
        if (!is_new(i)) {
          queue(day, rows, kept, i);
          total += i - kept;
          kept = i + 1;
        }
      queue(day, rows, kept, last);
      total += last - kept;
    }
  return total;
}

template <AnyColumns C>
void LiveWriter::write_run(const DayKey& key, LiveDay<C>& day, const C& run, Batch& batch) {
  auto write = [&](const C& rows, std::size_t first, std::size_t last) {
    return append_block(key, day.row, rows, first, last, state_.options.effort, batch, scratch_);
  };
  auto seal = [&] {
    day.sealed = day.row;
    day.tail = {};
    day.tail_keys.clear();
  };
  if (!day.tail_keys.empty() && layout_of(day.tail) != layout_of(run))
    seal();
  if (run.size() >= full_block_rows && day.tail_keys.empty()) {
    write(run, 0, run.size());
    seal();
    return;
  }
  append_rows(day.tail, run, 0, run.size());
  if (day.tail.size() < full_block_rows) {
    day.tail_keys.push_back(write(run, 0, run.size()));
    return;
  }
  for (const auto& small : day.tail_keys)
    batch.erase(table_of(key.series.family), small);
  auto tail = std::move(day.tail);
  day.row = std::move(day.sealed);
  write(tail, 0, full_block_rows);
  seal();
  if (tail.size() > full_block_rows) {
    append_rows(day.tail, tail, full_block_rows, tail.size());
    day.tail_keys.push_back(write(tail, full_block_rows, tail.size()));
  }
}

template <AnyColumns C>
Status LiveWriter::write_days(Batch& batch) {
  for (auto& [key, day] : days<C>())
    for (std::size_t i = 0; i < day.pending.size();) {
      write_run(key, day, day.pending[i], batch);
      touched_[key] = day.row;
      runs_done_[key] = ++i;
      if (batch.bytes() >= max_batch_bytes / 2) { // a run can be as large as the other half
        if (auto written = flush(batch, false); !written)
          return written;
        i = 0;
      }
    }
  return {};
}

template <AnyColumns C>
void LiveWriter::settle(bool written) {
  for (auto& [key, day] : days<C>()) {
    if (!written) { // start again from what is stored
      auto stored = state_.days.find(key);
      auto generation = day.row.generation;
      auto kind = day.row.kind;
      day.row =
          stored == state_.days.end() ? DayRow{kind, generation, 0, 0, 0, 0, 0, 0, true, {}} : stored->second;
      day.sealed = day.row;
      day.tail = {};
      day.tail_keys.clear();
    } else if (auto done = runs_done_.find(key); done != runs_done_.end()) {
      day.pending.erase(day.pending.begin(), day.pending.begin() + static_cast<std::ptrdiff_t>(done->second));
    }
  }
}

Status LiveWriter::flush(Batch& batch, bool sync) {
  for (const auto& [key, row] : touched_)
    batch.put(Table::manifests, encode_key(key), to_bytes(row));
  auto before = state_.commit.sequence;
  auto written = state_.write(batch, sync, touched_);
  // A batch that was written but could not be synced is stored: only its acknowledgement is still owed.
  auto stored = state_.commit.sequence != before;
  if (stored)
    for (auto& [key, row] : touched_)
      state_.days[key] = row;
  settle<TickColumns>(stored);
  settle<QuoteColumns>(stored);
  settle<BarColumns>(stored);
  settle<FundingColumns>(stored);
  touched_.clear();
  runs_done_.clear();
  batch.clear();
  return written;
}

Status LiveWriter::commit() {
  Batch batch{*state_.db};
  auto days_written = write_days<TickColumns>(batch)
                          .and_then([&] { return write_days<QuoteColumns>(batch); })
                          .and_then([&] { return write_days<BarColumns>(batch); })
                          .and_then([&] { return write_days<FundingColumns>(batch); });
  if (!days_written)
    return days_written;
  std::size_t blob_bytes = 0;
  for (const auto& [place, value] : blobs_) {
    if (value)
      batch.put(place.first, place.second, *value);
    else
      batch.erase(place.first, place.second);
    if ((blob_bytes += value ? value->size() : 0) >= max_batch_bytes / 2) {
      if (auto written = flush(batch, false); !written)
        return written;
      blob_bytes = 0;
    }
  }
  for (const auto& key : dirty_marks_)
    batch.put(Table::cursors, marks_key(key.first, key.second), to_bytes(marks_.at(key)));
  if (batch.empty())
    return state_.mark.sequence == state_.commit.sequence ? Status{} : state_.acknowledge();
  auto before = state_.commit.sequence;
  auto written = flush(batch, true);
  if (state_.commit.sequence != before) {
    blobs_.clear();
    dirty_marks_.clear();
    std::apply([](auto&... maps) { (drop_old_days(maps), ...); }, days_);
  }
  return written;
}

void LiveWriter::forget(const DayKey& key) {
  auto drop = [&](auto& map) {
    if (auto found = map.find(key); found != map.end() && found->second.pending.empty())
      map.erase(found);
  };
  std::apply([&](auto&... maps) { (drop(maps), ...); }, days_);
  if (key.series.family == Family::ticks) {
    marks_.erase({key.series.instrument, key.day});
    dirty_marks_.erase({key.series.instrument, key.day});
  }
}

void LiveWriter::erase(Table table, std::string key) { blobs_[{table, std::move(key)}].reset(); }

void LiveWriter::put(Table table, std::string key, std::string value) {
  blobs_[{table, std::move(key)}] = std::move(value);
}

std::uint32_t LiveWriter::rows_so_far(market::InstrumentId instrument, std::int32_t day) {
  DayKey key{{instrument, Family::ticks, 0}, day};
  std::uint64_t rows = 0;
  if (auto stored = state_.days.find(key); stored != state_.days.end())
    rows = stored->second.rows;
  if (auto live = days<TickColumns>().find(key); live != days<TickColumns>().end())
    for (const auto& run : live->second.pending)
      rows += run.size();
  return static_cast<std::uint32_t>(rows);
}

std::string marks_key(market::InstrumentId instrument, std::int32_t day) {
  return "m" + encode_key(DayKey{{instrument, Family::ticks, 0}, day});
}

Status LiveWriter::load_marks(market::InstrumentId instrument, std::int32_t day) {
  if (marks_.contains({instrument, day}))
    return {};
  auto stored = state_.db->get(Table::cursors, marks_key(instrument, day));
  if (!stored)
    return tl::unexpected(stored.error());
  RoundMarks marks;
  if (*stored) {
    auto read = read_marks(**stored);
    if (!read)
      return fail(Category::failed,
                  fmt::format("the round marks of {} of {} are malformed",
                              state_.name_of_instrument(instrument), market::format_day(day)));
    marks = std::move(*read);
  }
  marks_[{instrument, day}] = std::move(marks);
  return {};
}

Status LiveWriter::mark_round(market::InstrumentId instrument, market::Round round,
                              market::RoundStatus status) {
  auto day = market::day_of(market::round_begin(round));
  if (auto loaded = load_marks(instrument, day); !loaded)
    return loaded;
  auto& marks = marks_[{instrument, day}];
  RoundMark mark{rows_so_far(instrument, day), rows_so_far(instrument, day - 1), status};
  if (marks.marks.empty())
    marks.first_round = round;
  auto at = round - marks.first_round;
  auto size = static_cast<market::Round>(marks.marks.size());
  if (at < size)
    return at == size - 1 && marks.marks.back() == mark
               ? Status{}
               : fail(Category::failed, fmt::format("round {} of {} was marked before", round,
                                                    state_.name_of_instrument(instrument)));
  // Rounds nobody closed are rounds nobody was there for.
  auto before = size == 0 ? RoundMark{} : marks.marks.back();
  before.status = market::RoundStatus::down;
  marks.marks.resize(static_cast<std::size_t>(at), before);
  marks.marks.push_back(mark);
  dirty_marks_.insert({instrument, day});
  return {};
}

template Result<std::size_t> LiveWriter::append(Kind, Series, const TickColumns&);
template Result<std::size_t> LiveWriter::append(Kind, Series, const QuoteColumns&);
template Result<std::size_t> LiveWriter::append(Kind, Series, const BarColumns&);
template Result<std::size_t> LiveWriter::append(Kind, Series, const FundingColumns&);

} // namespace finch::storage
