#include "actors/storage/journal/table.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace finch::journal {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view symbols = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> values = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < symbols.size(); ++i)
    table[static_cast<unsigned char>(symbols[i])] = static_cast<std::int8_t>(i);
  return table;
}();

} // namespace

std::string to_base64(std::span<const double> numbers) {
  std::string bytes(numbers.size_bytes(), '\0');
  if (!bytes.empty())
    std::memcpy(bytes.data(), numbers.data(), bytes.size());
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    auto byte = [&](std::size_t i) {
      return at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U;
    };
    auto group = byte(0) << 16U | byte(1) << 8U | byte(2);
    for (std::size_t i = 0; i < 4; ++i)
      text += at + i <= bytes.size() ? symbols[(group >> (18 - 6 * i)) & 63U] : '=';
  }
  return text;
}

Result<std::vector<double>> from_base64(std::string_view text) {
  auto malformed = [&] {
    return fail(Category::bad_input,
                "a column of numbers is damaged: its base64 text has " + std::to_string(text.size()) +
                    " symbols",
                "restore the journal from a backup");
  };
  auto body = text;
  for (int i = 0; i < 2 && body.ends_with('='); ++i)
    body.remove_suffix(1);
  auto size = body.size() * 3 / 4;
  if (text.size() % 4 != 0 || size % sizeof(double) != 0)
    return malformed();
  std::string bytes;
  bytes.reserve(size + 2);
  std::uint32_t group = 0;
  int bits = 0;
  for (auto symbol : body) {
    auto value = values[static_cast<unsigned char>(symbol)];
    if (value < 0)
      return malformed();
    group = group << 6U | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>(group >> bits & 255U);
    }
  }
  std::vector<double> numbers(size / sizeof(double));
  if (!numbers.empty())
    std::memcpy(numbers.data(), bytes.data(), size);
  return numbers;
}

} // namespace finch::journal
