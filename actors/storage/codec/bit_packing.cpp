#include "actors/storage/codec/bit_packing.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace finch::storage {
namespace {

using Row = std::uint32_t __attribute__((vector_size(32)));
constexpr unsigned lanes = 8;

Row load(const void* from) {
  Row row;
  std::memcpy(&row, from, sizeof row);
  return row;
}
void store(void* to, Row row) { std::memcpy(to, &row, sizeof row); }

template <unsigned Width, unsigned R>
void unpack_row(const std::uint8_t* in, std::uint32_t* out) {
  constexpr unsigned word = R * Width / 32, shift = R * Width % 32;
  auto row = load(in + 32 * word) >> shift;
  if constexpr (shift + Width > 32)
    row |= load(in + 32 * (word + 1)) << (32 - shift);
  if constexpr (Width < 32)
    row &= (1U << Width) - 1;
  store(out + lanes * R, row);
}

template <unsigned Width>
void unpack_all(const std::uint8_t* in, std::uint32_t* out) {
  if constexpr (Width == 0) {
    std::fill_n(out, vector_rows, 0U);
  } else {
    // 32 rows fill whole words again, so the pattern of shifts repeats four times.
    for (unsigned group = 0; group < 4; ++group, in += 32 * Width, out += 32 * lanes)
      [&]<unsigned... R>(std::integer_sequence<unsigned, R...>) { (unpack_row<Width, R>(in, out), ...); }
    (std::make_integer_sequence<unsigned, 32>{});
  }
}

template <unsigned Width, unsigned R>
void pack_row(const std::uint32_t* in, std::uint8_t* out, Row& word) {
  constexpr unsigned index = R * Width / 32, shift = R * Width % 32;
  auto row = load(in + lanes * R);
  word |= row << shift;
  if constexpr (shift + Width >= 32) {
    store(out + 32 * index, word);
    if constexpr (shift + Width > 32)
      word = row >> (32 - shift);
    else
      word = Row{};
  }
}

template <unsigned Width>
void pack_all(const std::uint32_t* in, std::uint8_t* out) {
  if constexpr (Width > 0)
    for (unsigned group = 0; group < 4; ++group, in += 32 * lanes, out += 32 * Width) {
      Row word{};
      [&]<unsigned... R>(std::integer_sequence<unsigned, R...>) { (pack_row<Width, R>(in, out, word), ...); }
      (std::make_integer_sequence<unsigned, 32>{});
    }
}

template <unsigned... W>
constexpr auto unpackers_of(std::integer_sequence<unsigned, W...>) {
  return std::array{&unpack_all<W>...};
}
template <unsigned... W>
constexpr auto packers_of(std::integer_sequence<unsigned, W...>) {
  return std::array{&pack_all<W>...};
}
constexpr auto unpackers = unpackers_of(std::make_integer_sequence<unsigned, 33>{});
constexpr auto packers = packers_of(std::make_integer_sequence<unsigned, 33>{});

__extension__ using Wide = unsigned __int128;

} // namespace

void pack_vector(const std::uint32_t* values, unsigned width, std::uint8_t* out) {
  packers[width](values, out);
}

void unpack_vector(const std::uint8_t* in, unsigned width, std::uint32_t* values) {
  unpackers[width](in, values);
}

void pack_plain(const std::uint64_t* values, std::size_t rows, unsigned width, std::uint8_t* out) {
  Wide held = 0;
  unsigned bits = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    held |= static_cast<Wide>(values[i]) << bits;
    for (bits += width; bits >= 8; bits -= 8, held >>= 8)
      *out++ = static_cast<std::uint8_t>(held);
  }
  if (bits > 0)
    *out = static_cast<std::uint8_t>(held);
}

void unpack_plain(const std::uint8_t* in, std::size_t rows, unsigned width, std::uint64_t* values) {
  auto mask = width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
  Wide held = 0;
  unsigned bits = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    for (; bits < width; bits += 8)
      held |= static_cast<Wide>(*in++) << bits;
    values[i] = static_cast<std::uint64_t>(held) & mask;
    held >>= width;
    bits -= width;
  }
}

} // namespace finch::storage
