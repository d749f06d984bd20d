/// A block: up to 8,192 rows of one kind as packed columns behind a header with what can be known without
/// unpacking.
#pragma once

#include "actors/storage/codec/column.hpp"
#include "actors/storage/columns.hpp"

#include <optional>

namespace finch::storage {

/// Rows of a full block. Twice 4,096: a header per row less, and still in the second-level cache when
/// unpacked.
inline constexpr std::size_t full_block_rows = 8'192;

enum class Shape : std::uint8_t { ticks, quotes, bars, funding };

/// The first bytes of a block, as they are on disk. `checksum` is XXH3 over everything after it; since that
/// covers `previous`, the checksum of the block before it in its instrument-day, a chain of blocks has no
/// loose link.
struct BlockHeader {
  std::uint64_t checksum = 0;
  std::uint64_t previous = 0; ///< 0 in the first block of a day
  std::int64_t min_time_ns = 0, max_time_ns = 0;
  std::int64_t min_price = 0,
               max_price = 0; ///< in units of 10^-decimals[0]; lows and highs of bars, bid and ask
  std::uint64_t first_id = 0, last_id = 0; ///< of the first and the last row; 0 without ids
  std::uint64_t first_row = 0;             ///< running number, within the instrument-day, of the first row
  std::uint32_t rows = 0;
  std::uint16_t present = 0; ///< Layout::present
  std::uint8_t version = 1;
  Shape shape = Shape::ticks;
  std::array<std::uint8_t, 3> decimals{}; ///< Layout::decimals
  std::uint8_t price_needs = 0;           ///< decimals the prices need at least
  std::uint8_t quantity_needs = 0;        ///< likewise for quantities
  std::uint8_t in_order = 0;              ///< 1: times never fall
  std::uint8_t ids_rise = 0;              ///< 1: every id is greater than the one before
  std::uint8_t reserved = 0;

  [[nodiscard]] Layout layout() const noexcept { return {present, decimals}; }
};
static_assert(sizeof(BlockHeader) == 88 && std::is_trivially_copyable_v<BlockHeader>);

template <class C>
inline constexpr Shape shape_of = std::same_as<C, market::TickColumns>    ? Shape::ticks
                                  : std::same_as<C, market::QuoteColumns> ? Shape::quotes
                                  : std::same_as<C, market::BarColumns>   ? Shape::bars
                                                                          : Shape::funding;

/// Where a block stands in its instrument-day.
struct ChainEnd {
  std::uint64_t head = 0; ///< checksum of the last block, 0 before the first
  std::uint64_t rows = 0; ///< rows so far
};

/// Encodes rows [first, last) of well-formed columns, 1 to 65,536 of them, into `out` (replaced), chained to
/// what stands before it. Returns the header written.
template <AnyColumns C>
BlockHeader encode_block(const C& rows, std::size_t first, std::size_t last, ChainEnd before, Effort effort,
                         std::string& out, CodecScratch& scratch);

/// The header of a block whose checksum holds and whose header makes sense, or nothing.
[[nodiscard]] std::optional<BlockHeader> open_block(Bytes block);

/// Unpacks a block that `open_block` accepted into `out` (replaced), in the block's own decimals. `wanted`
/// selects columns by their place in `columns_of`; time always comes. False where the payload is malformed.
template <AnyColumns C>
[[nodiscard]] bool decode_block(Bytes block, const BlockHeader& header, std::uint16_t wanted, C& out,
                                CodecScratch& scratch);

/// Brings prices (and, for ticks and quotes, quantities) to these decimals. False where a value would not
/// fit.
template <AnyColumns C>
[[nodiscard]] bool rescale_rows(C& rows, std::uint8_t price_decimals, std::uint8_t quantity_decimals);

} // namespace finch::storage
