/// Bit packing in vectors of 1,024 integers, laid out so that packing and unpacking run on whole registers.
///
/// A vector is 128 rows of 8 lanes, in natural order: row r holds values 8r to 8r+7. Each lane is its own
/// stream of 32-bit words and the lanes' words are interleaved, so one 256-bit operation moves a row and no
/// value crosses a lane.
#pragma once

#include <cstddef>
#include <cstdint>

namespace finch::storage {

inline constexpr std::size_t vector_rows = 1'024;

/// Bytes of a packed vector.
[[nodiscard]] constexpr std::size_t vector_bytes(unsigned width) noexcept { return vector_rows / 8 * width; }
/// Bytes of `rows` values packed one after another, for what does not fill a vector.
[[nodiscard]] constexpr std::size_t tail_bytes(std::size_t rows, unsigned width) noexcept {
  return (rows * width + 7) / 8;
}

/// Packs 1,024 values below 2^width; width 0 to 32. Writes `vector_bytes(width)`.
void pack_vector(const std::uint32_t* values, unsigned width, std::uint8_t* out);
/// Reads exactly `vector_bytes(width)` and writes 1,024 values; width 0 to 32.
void unpack_vector(const std::uint8_t* in, unsigned width, std::uint32_t* values);

/// The same for widths 33 to 64, in plain order; rare, hence not tuned. Also packs what does not fill a
/// vector.
void pack_plain(const std::uint64_t* values, std::size_t rows, unsigned width, std::uint8_t* out);
void unpack_plain(const std::uint8_t* in, std::size_t rows, unsigned width, std::uint64_t* values);

} // namespace finch::storage
