/// One column of 64-bit integers as bytes: any values, as few bits as their regularity allows.
///
/// A common power of ten is divided out first (times in whole milliseconds, prices on a coarse grid). Then
/// the column is one of: constant, linear (consecutive ids, bar times), frame of reference, or delta with
/// frame of reference; the last two in vectors of 1,024 with their own reference and width, and outliers set
/// aside as exceptions.
#pragma once

#include "actors/storage/codec/bytes.hpp"
#include "actors/storage/codec/vector_plan.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace finch::storage {

/// Whether the packed bytes are also offered to zstd, which is kept only where it saves an eighth of the
/// column.
enum class Effort : std::uint8_t { fast, small };

/// Most rows of one block, hence of one column.
inline constexpr std::size_t max_block_rows = 65'536;

/// Room that encoding and decoding reuse, so that neither allocates per block in the steady state.
struct CodecScratch {
  std::vector<std::int64_t> scaled, delta, joined;
  std::vector<VectorPlan> frame_plans, delta_plans;
  std::vector<std::uint8_t> raw;
  std::string packed, compressed;
};

/// Appends the column to `out`. Returns the power of ten that was divided out, 0 to 18.
int encode_column(std::span<const std::int64_t> values, Effort effort, std::string& out,
                  CodecScratch& scratch);

/// Reads one column of `rows` values. False where the bytes are malformed; `values` is then unspecified.
[[nodiscard]] bool decode_column(ByteReader& in, std::size_t rows, std::int64_t* values,
                                 CodecScratch& scratch);
/// Steps over one column.
[[nodiscard]] bool skip_column(ByteReader& in);

/// Multiplies every value by 10^shift. False, with values unspecified, where one would overflow or, for a
/// negative shift, is not a multiple.
[[nodiscard]] bool rescale_column(std::span<std::int64_t> values, int shift);

/// A column of aggressor sides, -1, 0 or 1: no bits when constant, one when two values occur, else two.
void encode_sides(std::span<const std::int8_t> sides, std::string& out);
/// False where the bytes are malformed.
[[nodiscard]] bool decode_sides(ByteReader& in, std::size_t rows, std::int8_t* sides);

} // namespace finch::storage
