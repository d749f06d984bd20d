#include "actors/storage/state.hpp"

#include "actors/storage/live_writer.hpp"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>

namespace finch::storage {

StoreState::StoreState() = default;

StoreState::~StoreState() {
  live.reset();
  db.reset();
  std::error_code ignored;
  if (!follower_dir.empty())
    std::filesystem::remove_all(follower_dir, ignored);
}

Status StoreState::write(Batch& batch, bool sync, const DayRows& touched) {
  auto next = commit;
  ++next.sequence;
  next.hash = XXH3_64bits_withSeed(batch.data().data(), batch.data().size(), commit.hash);
  batch.put(Table::meta, commit_key, to_bytes(next));
  if (auto written = db->write(batch, false); !written)
    return written;
  commit = next;
  for (const auto& [key, row] : touched)
    mark.days[key] = {row.generation, row.rows, row.head};
  return sync ? acknowledge() : Status{};
}

Status StoreState::acknowledge() {
  if (mark.days.size() > Watermark::max_days)
    return checkpoint();
  if (auto synced = db->sync(); !synced)
    return synced;
  mark.sequence = commit.sequence;
  mark.hash = commit.hash;
  return watermark.write(mark);
}

Status StoreState::checkpoint() {
  if (auto flushed = db->flush(); !flushed)
    return flushed;
  mark = {commit.sequence, commit.hash, commit.sequence, {}};
  return watermark.write(mark);
}

std::string StoreState::name_of_instrument(market::InstrumentId id) const {
  auto found = instruments.find(id);
  return found == instruments.end() ? fmt::format("instrument {}", id)
                                    : market::format_name(found->second.name);
}

std::string StoreState::describe(const DayKey& key) const {
  constexpr std::string_view families[]{"ticks", "quotes", "bars", "funding"};
  auto minutes = key.series.minutes > 0 ? fmt::format(" {}m", key.series.minutes) : std::string{};
  return fmt::format("{}{} {} of {}", name_of_instrument(key.series.instrument), minutes,
                     families[static_cast<std::size_t>(key.series.family)], market::format_day(key.day));
}

Result<market::Instrument> StoreState::instrument(market::InstrumentId id) const {
  auto found = instruments.find(id);
  if (found == instruments.end())
    return fail(Category::usage, fmt::format("no instrument has the id {}", id),
                "call ensure_instrument first");
  return found->second;
}

market::InstrumentId StoreState::next_instrument() const {
  auto last = instruments.empty() ? 0 : instruments.rbegin()->first;
  return std::max(last, reserved.empty() ? 0 : *reserved.rbegin()) + 1;
}

} // namespace finch::storage
