/// Appending blocks to an instrument-day: the one place where a chain grows. Internal to the room.
#pragma once

#include "actors/storage/codec/block.hpp"
#include "actors/storage/state.hpp"

#include <algorithm>

namespace finch::storage {

/// Room that a writer reuses from block to block.
struct WriterScratch {
  CodecScratch codec;
  std::string block;
};

/// Encodes rows [first, last) as the next block of the chain that `row` describes, adds it to the batch and
/// moves `row` on. Returns the block's key.
template <AnyColumns C>
std::string append_block(const DayKey& day, DayRow& row, const C& rows, std::size_t first, std::size_t last,
                         Effort effort, Batch& batch, WriterScratch& scratch) {
  auto header = encode_block(rows, first, last, {row.head, row.rows}, effort, scratch.block, scratch.codec);
  auto first_time = times_of(rows)[first];
  BlockKey key{day, row.blocks == 0 ? first_time : std::max(first_time, row.last_ns), row.generation,
               row.blocks};
  auto bytes = encode_key(key);
  batch.put(table_of(day.series.family), bytes, scratch.block);
  row.in_order =
      row.in_order && header.in_order != 0 && (row.blocks == 0 || header.min_time_ns >= row.last_ns);
  row.first_ns = row.blocks == 0 ? header.min_time_ns : std::min(row.first_ns, header.min_time_ns);
  row.last_ns = row.blocks == 0 ? header.max_time_ns : std::max(row.last_ns, header.max_time_ns);
  row.head = header.checksum;
  row.rows += header.rows;
  row.bytes += scratch.block.size();
  ++row.blocks;
  return bytes;
}

/// The days of one series that a read of [from, to) must visit, quarantined ones included. The caller holds
/// the mutex.
[[nodiscard]] std::vector<struct DaySlice> slices_of(const StoreState& state, const Series& series,
                                                     market::TimeNs from, market::TimeNs to);

/// Why rows of `kind` in [first, last] may not be stored in this day beside what is there, or nothing. The
/// caller holds the mutex.
[[nodiscard]] std::optional<Error> kind_conflict(const StoreState& state, const DayKey& key, Kind kind,
                                                 market::TimeNs first, market::TimeNs last);
/// Days of other series that tell the same story over part of [first, last].
[[nodiscard]] std::vector<DayKey> competing_days(const StoreState& state, const DayKey& key,
                                                 market::TimeNs first, market::TimeNs last);

/// Removes blocks that count for nothing: replaced days, imports that never finished. The caller holds the
/// mutex.
[[nodiscard]] Status remove_orphans(StoreState& state);

} // namespace finch::storage
