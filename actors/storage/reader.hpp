/// Reading rows back: block by block, in stored order, nothing unproven.
#pragma once

#include "actors/storage/block_cursor.hpp"

namespace finch::storage {

/// What a block holds, known without unpacking it.
struct BlockInfo {
  std::int32_t day = 0;
  std::uint64_t first_row = 0; ///< running number within the day
  std::uint32_t rows = 0;
  market::TimeNs min_time_ns = 0, max_time_ns = 0;
  std::int64_t min_price = 0,
               max_price = 0; ///< in units of 10^-price_decimals; low and high of bars, bid and ask
  std::uint8_t price_decimals = 0;
  std::uint64_t first_id = 0, last_id = 0; ///< 0 without ids
};

/// Which columns of ticks are unpacked; time always is. Other kinds are always unpacked whole.
struct Wanted {
  bool price = true, quantity = true, id = true;
};

/// Rows of one series with times in [from, to), a batch per block. Rows come in stored order: by time, except
/// that ticks which arrived late in live recording stay where they arrived. Prices come in the instrument's
/// decimals, ticks' and quotes' quantities too; volumes of bars and rates in the decimals they were stored
/// with, which each batch names.
///
/// A reader sees the store as it was when the reader was made. Readers of one store may run on several
/// threads, one thread each.
template <AnyColumns C>
class Reader {
public:
  /// Fills `out` with the next rows, reusing its memory; false when there are none left. Damage and
  /// quarantine are errors that name instrument and day, and end the reading. A batch holds at most 65,536
  /// rows.
  [[nodiscard]] Result<bool> next(C& out);
  /// The next block's facts without unpacking it, or nothing at the end; `skip` passes over it.
  [[nodiscard]] Result<std::optional<BlockInfo>> peek();
  void skip() noexcept { ready_ = false; }

  /// Day of the last batch, and running number within that day of the batch's first row (of its block, where
  /// rows of an unordered block were left out).
  [[nodiscard]] std::int32_t day() const noexcept { return day_; }
  [[nodiscard]] std::uint64_t first_row() const noexcept { return first_row_; }

  /// Internal: `TickStore` makes readers.
  Reader(BlockCursor cursor, market::TimeNs from, market::TimeNs to, std::uint8_t price_decimals,
         std::uint8_t quantity_decimals, Wanted wanted)
      : cursor_{std::move(cursor)}, from_{from}, to_{to}, price_decimals_{price_decimals},
        quantity_decimals_{quantity_decimals}, wanted_{wanted} {}

private:
  [[nodiscard]] Result<bool> advance();
  void trim(C& out);

  BlockCursor cursor_;
  market::TimeNs from_, to_;
  std::uint8_t price_decimals_, quantity_decimals_;
  Wanted wanted_;
  bool ready_ = false; ///< the cursor stands on a block not yet given out
  std::int32_t day_ = 0;
  std::uint64_t first_row_ = 0;
  CodecScratch scratch_;
};

using TickReader = Reader<market::TickColumns>;
using QuoteReader = Reader<market::QuoteColumns>;
using BarReader = Reader<market::BarColumns>;
using FundingReader = Reader<market::FundingColumns>;

} // namespace finch::storage
