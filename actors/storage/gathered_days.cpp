#include "actors/storage/gathered_days.hpp"

#include "actors/storage/merge.hpp"

#include <fmt/format.h>

namespace finch::storage {
namespace {

/// Rows of unsorted input gathered before they are sorted and written as one run.
constexpr std::size_t sort_rows_at_once = 65'536;

} // namespace

template <AnyColumns C>
Status GatheredDays::write_run(GatheredDay<C>& day, const DayKey& key, const C& rows, std::size_t first,
                               std::size_t last) {
  if (day.runs.empty() || times_of(rows)[first] < day.runs.back().row.last_ns)
    day.runs.push_back(stager_.start(key, day.kind));
  return stager_.write(day.runs.back(), rows, first, last);
}

template <AnyColumns C>
Status GatheredDays::flush(GatheredDay<C>& day, const DayKey& key) {
  auto rows = day.pending.size();
  if (rows == 0)
    return {};
  if (!day.sorted)
    sort_rows(day.pending);
  auto written = write_run(day, key, day.pending, 0, rows);
  clear_rows(day.pending);
  day.sorted = true;
  rows_in_memory_ -= rows;
  return written;
}

Status GatheredDays::flush() {
  Status status;
  auto all = [&](auto& days) {
    for (auto& [key, day] : days)
      if (status)
        status = flush(day, key);
  };
  std::apply([&](auto&... maps) { (all(maps), ...); }, days_);
  return status;
}

template <AnyColumns C>
Status GatheredDays::add_stretch(GatheredDay<C>& day, const DayKey& key, const C& rows, std::size_t first,
                                 std::size_t last) {
  auto times = std::span{times_of(rows)}.subspan(first, last - first);
  auto low = times.front(), high = times.front();
  auto sorted = true;
  for (auto time : times) {
    sorted = sorted && time >= high;
    low = std::min(low, time);
    high = std::max(high, time);
  }
  day.rows += times.size();
  day.first_ns = std::min(day.first_ns, low), day.last_ns = std::max(day.last_ns, high);
  if (day.pending.size() > 0 && layout_of(day.pending) != layout_of(rows))
    if (auto flushed = flush(day, key); !flushed)
      return flushed;
  auto& held = times_of(day.pending);
  day.sorted = day.sorted && sorted && (held.empty() || held.back() <= times.front());
  auto hold = [&](std::size_t end) {
    append_rows(day.pending, rows, first, end);
    rows_in_memory_ += end - first;
    first = end;
  };
  if (!day.sorted) {
    hold(last);
    return held.size() < sort_rows_at_once ? Status{} : flush(day, key);
  }
  if (!held.empty()) {
    hold(std::min(last, first + full_block_rows - std::min(full_block_rows, held.size())));
    if (held.size() >= full_block_rows)
      if (auto flushed = flush(day, key); !flushed)
        return flushed;
  }
  // Full blocks are packed straight from the caller's columns.
  if (auto whole = (last - first) / full_block_rows * full_block_rows; held.empty() && whole > 0) {
    if (auto written = write_run(day, key, rows, first, first + whole); !written)
      return written;
    first += whole;
  }
  hold(last);
  return {};
}

template <AnyColumns C>
Status GatheredDays::add(Kind kind, const Series& series, const C& rows) {
  const auto& times = times_of(rows);
  auto& map = std::get<Days<C>>(days_);
  for (std::size_t first = 0, last = 0; first < rows.size(); first = last) {
    DayKey key{series, market::day_of(times[first])};
    auto begin = key.day * market::ns_per_day, end = begin + market::ns_per_day;
    for (last = first + 1; last < rows.size() && times[last] >= begin && times[last] < end;)
      ++last;
    auto [at, fresh] = map.try_emplace(key);
    if (fresh)
      at->second.kind = kind;
    if (at->second.kind != kind)
      return fail(Category::bad_input, fmt::format("{}: {} and {} in one import", state_->describe(key),
                                                   name_of(at->second.kind), name_of(kind)));
    if (auto added = add_stretch(at->second, key, rows, first, last); !added)
      return added;
  }
  return rows_in_memory_ <= state_->options.import_rows_in_memory ? Status{} : flush();
}

template Status GatheredDays::add(Kind, const Series&, const market::TickColumns&);
template Status GatheredDays::add(Kind, const Series&, const market::QuoteColumns&);
template Status GatheredDays::add(Kind, const Series&, const market::BarColumns&);
template Status GatheredDays::add(Kind, const Series&, const market::FundingColumns&);

} // namespace finch::storage
