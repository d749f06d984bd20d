#include "actors/storage/block_cursor.hpp"
#include "actors/storage/block_writer.hpp"

#include <fmt/format.h>

#include <array>

namespace finch::storage {

std::vector<DaySlice> slices_of(const StoreState& state, const Series& series, market::TimeNs from,
                                market::TimeNs to) {
  std::vector<DaySlice> out;
  if (from >= to)
    return out;
  auto first_day = market::day_of(from), last_day = market::day_of(to - 1);
  auto begin = state.days.lower_bound({series, first_day});
  for (auto it = begin; it != state.days.end() && it->first.series == series && it->first.day <= last_day;
       ++it)
    if (it->second.last_ns >= from && it->second.first_ns < to && !state.quarantined.contains(it->first))
      out.push_back({it->first, it->second, {}});
  auto lost = state.quarantined.lower_bound({series, first_day});
  for (; lost != state.quarantined.end() && lost->first.series == series && lost->first.day <= last_day;
       ++lost)
    out.push_back({lost->first, {}, lost->second});
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  return out;
}

std::vector<DayKey> competing_days(const StoreState& state, const DayKey& key, market::TimeNs first,
                                   market::TimeNs last) {
  std::vector<DayKey> out;
  auto consider = [&](const Series& series) {
    auto found = state.days.find({series, key.day});
    if (found == state.days.end())
      return;
    auto length = series.minutes * market::ns_per_minute;
    auto end = found->second.last_ns + std::max<market::TimeNs>(length - 1, 0);
    if (found->second.first_ns <= last && first <= end)
      out.push_back(found->first);
  };
  if (key.series.family == Family::bars) {
    last += key.series.minutes * market::ns_per_minute - 1;
    consider({key.series.instrument, Family::ticks, 0});
  } else if (key.series.family == Family::ticks) {
    Series bars{key.series.instrument, Family::bars, 0};
    for (auto it = state.days.lower_bound({bars, INT32_MIN});
         it != state.days.end() && it->first.series.instrument == bars.instrument &&
         it->first.series.family == Family::bars;
         it = state.days.lower_bound({bars, INT32_MIN})) {
      consider(it->first.series);
      bars.minutes = static_cast<std::uint16_t>(it->first.series.minutes + 1);
    }
  }
  return out;
}

std::optional<Error> kind_conflict(const StoreState& state, const DayKey& key, Kind kind,
                                   market::TimeNs first, market::TimeNs last) {
  auto refuse = [&](const DayKey& other, Kind there) {
    return Error{Category::bad_input,
                 fmt::format("{} already holds {} of {}: {} cannot be stored over them",
                             state.name_of_instrument(key.series.instrument), name_of(there),
                             market::format_day(other.day), name_of(kind)),
                 "keep what is there, or import with --replace"};
  };
  if (auto quarantined = state.quarantined.find(key); quarantined != state.quarantined.end())
    return Error{Category::failed,
                 fmt::format("{} is quarantined: {}", state.describe(key), quarantined->second),
                 "import that day again with --replace, drop it, or serve what is left with `finch data "
                 "salvage --accept`"};
  if (auto found = state.days.find(key); found != state.days.end() && found->second.kind != kind)
    return refuse(key, found->second.kind);
  if (auto others = competing_days(state, key, first, last); !others.empty())
    return refuse(others.front(), state.days.at(others.front()).kind);
  return std::nullopt;
}

Status remove_orphans(StoreState& state) {
  std::vector<std::pair<std::string, BlockKey>> orphans;
  auto scanned = state.db->scan(Table::meta, "s", [&](std::string_view key, std::string_view) {
    BlockKey orphan;
    if (key.size() > 5 && decode_key(key.substr(5), orphan.day)) {
      orphan.generation = static_cast<std::uint32_t>(get_big(key, 1, 4));
      if (!state.active_generations.contains(orphan.generation))
        orphans.emplace_back(key, orphan);
    }
    return true;
  });
  if (!scanned)
    return scanned;
  Batch batch{*state.db};
  std::array<std::unique_ptr<rocksdb::Iterator>, 4> tables;
  for (const auto& [name, orphan] : orphans) {
    auto table = table_of(orphan.day.series.family);
    auto prefix = block_prefix(orphan.day);
    auto& it = tables[static_cast<std::size_t>(orphan.day.series.family)];
    if (!it)
      it = state.db->iterate(table, false);
    for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
      BlockKey key;
      if (decode_key(it->key().ToStringView(), orphan.day.series.family, key) &&
          key.generation == orphan.generation)
        batch.erase(table, it->key().ToStringView());
    }
    // A damaged orphan is left where it is: it serves nobody, and its name stays for the next attempt.
    if (it->status().ok())
      batch.erase(Table::meta, name);
    if (batch.bytes() >= max_batch_bytes / 2) {
      if (auto written = state.write(batch, false, {}); !written)
        return written;
      batch.clear();
    }
  }
  return batch.empty() ? Status{} : state.write(batch, true, {});
}

} // namespace finch::storage
