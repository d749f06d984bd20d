/// What a row belongs to: the series of one kind of data of one instrument, cut into UTC days.
#pragma once

#include "actors/market/data.hpp"
#include "actors/market/instrument.hpp"

#include <compare>
#include <string>

namespace finch::storage {

/// What a row is. Trades and aggregate trades are two ways to tell the same story, so a span holds one of
/// them.
enum class Kind : std::uint8_t { trades, agg_trades, quotes, bars, funding };

/// Where rows of a kind are kept.
enum class Family : std::uint8_t { ticks, quotes, bars, funding };

[[nodiscard]] constexpr Family family_of(Kind kind) noexcept {
  return kind <= Kind::agg_trades ? Family::ticks : static_cast<Family>(static_cast<int>(kind) - 1);
}
/// `trades`, `aggTrades`, `quotes`, `bars`, `funding`.
[[nodiscard]] std::string_view name_of(Kind kind) noexcept;

/// One family of one instrument; bars of each timeframe are a series of their own.
struct Series {
  market::InstrumentId instrument = 0;
  Family family = Family::ticks;
  std::uint16_t minutes = 0; ///< of bars, else 0

  auto operator<=>(const Series&) const = default;
};

struct DayKey {
  Series series;
  std::int32_t day = 0; ///< days since 1970-01-01 UTC

  auto operator<=>(const DayKey&) const = default;
};

/// What a block is found by: its series and day, where it starts, and which rewrite of the day it belongs to.
struct BlockKey {
  DayKey day;
  market::TimeNs start_ns = 0;  ///< greatest time up to and including the first row: never falls within a day
  std::uint32_t generation = 0; ///< number of the rewrite; the day's manifest names the one that counts
  std::uint32_t ordinal = 0;    ///< 0, 1, 2 … within day and generation

  bool operator==(const BlockKey&) const = default;
};

/// Keys sort as bytes in the order of their fields. The family is not part of a block's key, since each has
/// its table.
[[nodiscard]] std::string encode_key(const BlockKey& key);
/// The first bytes of all keys of a day's blocks.
[[nodiscard]] std::string block_prefix(const DayKey& key);
/// False where `bytes` is not a block's key.
[[nodiscard]] bool decode_key(std::string_view bytes, Family family, BlockKey& key);

/// The key of a checkpoint of a series' features at 00:00 UTC of a day.
[[nodiscard]] std::string checkpoint_key(const DayKey& key);
/// False where `bytes` is not a checkpoint's key.
[[nodiscard]] bool decode_checkpoint_key(std::string_view bytes, DayKey& key);

[[nodiscard]] std::string encode_key(const DayKey& key);
[[nodiscard]] bool decode_key(std::string_view bytes, DayKey& key);

/// Appends an unsigned number, most significant byte first.
void put_big(std::string& out, std::uint64_t value, unsigned bytes);
[[nodiscard]] std::uint64_t get_big(std::string_view bytes, unsigned at, unsigned count);

} // namespace finch::storage
