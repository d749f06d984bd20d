#include "actors/storage/codec/column.hpp"

#include <algorithm>
#include <array>

namespace finch::storage {
namespace {

using Sides = std::int8_t __attribute__((vector_size(32)));

/// Spreads 32 bits over 32 bytes of 0 or -1.
Sides spread(std::uint32_t bits) {
  using Words = std::uint32_t __attribute__((vector_size(32)));
  constexpr Sides bit{1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128,
                      1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128};
  Words words = bits - Words{};
  Sides bytes;
  std::memcpy(&bytes, &words, sizeof bytes);
  bytes = __builtin_shufflevector(bytes, bytes, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 18, 18, 18,
                                  18, 18, 18, 18, 18, 19, 19, 19, 19, 19, 19, 19, 19);
  return (bytes & bit) == bit;
}

void decode_two(Bytes bits, std::int8_t zero, std::int8_t one, std::size_t rows, std::int8_t* sides) {
  Sides base = zero - Sides{}, flip = static_cast<std::int8_t>(zero ^ one) - Sides{};
  std::size_t i = 0;
  for (; i + 32 <= rows; i += 32) {
    std::uint32_t word;
    std::memcpy(&word, bits.data() + i / 8, sizeof word);
    Sides out = base ^ (spread(word) & flip);
    std::memcpy(sides + i, &out, sizeof out);
  }
  for (; i < rows; ++i)
    sides[i] = (bits[i / 8] >> (i % 8) & 1) != 0 ? one : zero;
}

} // namespace

// Layout: number of distinct values; the values; the bits.
void encode_sides(std::span<const std::int8_t> sides, std::string& out) {
  std::array<bool, 3> seen{};
  for (auto side : sides)
    seen[static_cast<std::size_t>(side + 1)] = true;
  ByteWriter writer{out};
  auto distinct = static_cast<std::uint8_t>(std::count(seen.begin(), seen.end(), true));
  writer.put(distinct);
  for (std::int8_t value = -1; value <= 1; ++value)
    if (seen[static_cast<std::size_t>(value + 1)])
      writer.put(value);
  auto rows = sides.size();
  if (distinct == 2) {
    auto one = static_cast<std::int8_t>(seen[2] ? 1 : 0);
    auto bits = writer.grow((rows + 7) / 8);
    for (std::size_t i = 0; i < rows; ++i)
      bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | (sides[i] == one ? 1U : 0U) << (i % 8));
  } else if (distinct == 3) {
    auto bits = writer.grow((rows + 3) / 4);
    for (std::size_t i = 0; i < rows; ++i)
      bits[i / 4] =
          static_cast<std::uint8_t>(bits[i / 4] | static_cast<unsigned>(sides[i] + 1) << (i % 4 * 2));
  }
}

bool decode_sides(ByteReader& in, std::size_t rows, std::int8_t* sides) {
  auto distinct = in.get<std::uint8_t>();
  if (distinct > 3 || (distinct == 0 && rows > 0))
    return false;
  std::array<std::int8_t, 3> values{};
  for (std::size_t i = 0; i < distinct; ++i) {
    values[i] = in.get<std::int8_t>();
    if (values[i] < -1 || values[i] > 1)
      return false;
  }
  auto bits = in.take(distinct == 2 ? (rows + 7) / 8 : distinct == 3 ? (rows + 3) / 4 : 0);
  if (!in.ok())
    return false;
  if (distinct == 1)
    std::fill_n(sides, rows, values[0]);
  else if (distinct == 2)
    decode_two(bits, values[0], values[1], rows, sides);
  else
    for (std::size_t i = 0; i < rows; ++i) {
      auto code = bits[i / 4] >> (i % 4 * 2) & 3;
      if (code == 3)
        return false;
      sides[i] = static_cast<std::int8_t>(code - 1);
    }
  return true;
}

} // namespace finch::storage
