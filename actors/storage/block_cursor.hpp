/// Walks the blocks of instrument-days in order and lets none pass that is not proven whole. Internal to the
/// room.
#pragma once

#include "actors/storage/codec/block.hpp"
#include "actors/storage/stored.hpp"
#include "schemas/error.hpp"

#include <memory>
#include <vector>

namespace rocksdb {
class Iterator;
}

namespace finch::storage {

struct StoreState;

/// One instrument-day to walk, as its manifest row was when the walk began.
struct DaySlice {
  DayKey key;
  DayRow row;
  std::string refusal; ///< why the day must not be served; empty when it may
};

/// Checks, per block: its checksum, its link to the block before it, its running row number; and per day:
/// that the last block is the one the manifest names and that the rows add up.
class BlockCursor {
public:
  /// Walks blocks of `days` (one family, ascending) that may hold rows of [from, to). The caller holds the
  /// state's mutex while constructing, so that rows and iterator are of one moment.
  BlockCursor(std::shared_ptr<const StoreState> state, Family family, std::vector<DaySlice> days,
              market::TimeNs from, market::TimeNs to);
  BlockCursor(BlockCursor&&) noexcept;
  BlockCursor& operator=(BlockCursor&&) noexcept;
  ~BlockCursor();

  /// Moves to the next block; false at the end. After an error the cursor stays at its end.
  [[nodiscard]] Result<bool> next();
  /// Valid until the next move.
  [[nodiscard]] Bytes block() const noexcept { return block_; }
  [[nodiscard]] const BlockHeader& header() const noexcept { return header_; }
  [[nodiscard]] const DaySlice& day() const noexcept { return days_[at_]; }
  /// The error for the block at hand: names instrument, day and what is wrong with it.
  [[nodiscard]] Error damaged(std::string_view what) const;

private:
  [[nodiscard]] Status enter_day();
  /// Whether the iterator stands on a block of the current day and generation; steps over blocks of others.
  [[nodiscard]] Result<bool> find_block(BlockKey& key);
  [[nodiscard]] Status leave_day();
  [[nodiscard]] Status verify(const BlockKey& key);

  std::shared_ptr<const StoreState> state_;
  Family family_ = Family::ticks;
  std::vector<DaySlice> days_;
  market::TimeNs from_ = 0, to_ = 0;
  std::unique_ptr<rocksdb::Iterator> it_;
  std::size_t at_ = 0;
  bool inside_ = false; ///< the iterator stands in day `at_`
  bool linked_ = false; ///< a block of this day was passed, so links can be checked
  std::uint32_t next_ordinal_ = 0;
  std::string prefix_;
  Bytes block_;
  BlockHeader header_;
};

} // namespace finch::storage
