#include "actors/storage/series.hpp"

namespace finch::storage {
namespace {

// Flipping the sign bit makes negative numbers sort before positive ones.
constexpr std::uint64_t sign64 = std::uint64_t{1} << 63;
constexpr std::uint32_t sign32 = std::uint32_t{1} << 31;
constexpr std::size_t block_key_size = 26, day_key_size = 11;

} // namespace

std::string_view name_of(Kind kind) noexcept {
  constexpr std::string_view names[]{"trades", "aggTrades", "quotes", "bars", "funding"};
  return names[static_cast<std::size_t>(kind)];
}

void put_big(std::string& out, std::uint64_t value, unsigned bytes) {
  for (auto shift = bytes * 8; shift > 0; shift -= 8)
    out.push_back(static_cast<char>(value >> (shift - 8)));
}

std::uint64_t get_big(std::string_view bytes, unsigned at, unsigned count) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < count; ++i)
    value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
  return value;
}

std::string block_prefix(const DayKey& key) {
  std::string out;
  put_big(out, key.series.instrument, 4);
  put_big(out, key.series.minutes, 2);
  put_big(out, static_cast<std::uint32_t>(key.day) ^ sign32, 4);
  return out;
}

std::string encode_key(const BlockKey& key) {
  auto out = block_prefix(key.day);
  put_big(out, static_cast<std::uint64_t>(key.start_ns) ^ sign64, 8);
  put_big(out, key.generation, 4);
  put_big(out, key.ordinal, 4);
  return out;
}

bool decode_key(std::string_view bytes, Family family, BlockKey& key) {
  if (bytes.size() != block_key_size)
    return false;
  key.day.series = {static_cast<market::InstrumentId>(get_big(bytes, 0, 4)), family,
                    static_cast<std::uint16_t>(get_big(bytes, 4, 2))};
  key.day.day = static_cast<std::int32_t>(static_cast<std::uint32_t>(get_big(bytes, 6, 4)) ^ sign32);
  key.start_ns = static_cast<market::TimeNs>(get_big(bytes, 10, 8) ^ sign64);
  key.generation = static_cast<std::uint32_t>(get_big(bytes, 18, 4));
  key.ordinal = static_cast<std::uint32_t>(get_big(bytes, 22, 4));
  return true;
}

std::string checkpoint_key(const DayKey& key) { return block_prefix(key); }

bool decode_checkpoint_key(std::string_view bytes, DayKey& key) {
  if (bytes.size() != 10)
    return false;
  key.series = {static_cast<market::InstrumentId>(get_big(bytes, 0, 4)), Family::bars,
                static_cast<std::uint16_t>(get_big(bytes, 4, 2))};
  key.day = static_cast<std::int32_t>(static_cast<std::uint32_t>(get_big(bytes, 6, 4)) ^ sign32);
  return true;
}

std::string encode_key(const DayKey& key) {
  std::string out;
  put_big(out, key.series.instrument, 4);
  put_big(out, static_cast<std::uint64_t>(key.series.family), 1);
  put_big(out, key.series.minutes, 2);
  put_big(out, static_cast<std::uint32_t>(key.day) ^ sign32, 4);
  return out;
}

bool decode_key(std::string_view bytes, DayKey& key) {
  if (bytes.size() != day_key_size || static_cast<std::uint8_t>(bytes[4]) > 3)
    return false;
  key.series = {static_cast<market::InstrumentId>(get_big(bytes, 0, 4)), static_cast<Family>(bytes[4]),
                static_cast<std::uint16_t>(get_big(bytes, 5, 2))};
  key.day = static_cast<std::int32_t>(static_cast<std::uint32_t>(get_big(bytes, 7, 4)) ^ sign32);
  return true;
}

} // namespace finch::storage
