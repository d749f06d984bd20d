/// The file formats that can be imported, and where their columns stand.
#pragma once

#include "actors/feed/import/fields.hpp"
#include "actors/storage/series.hpp"
#include "schemas/error.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace finch::feed {

/// Layouts of market data files (`finch import --format`).
enum class Format : std::uint8_t {
  trades,
  agg_trades,
  book_ticker,
  klines,
  ohlcv,
  funding,
  tardis_trades,
  lean_ticks
};

/// `trades`, `aggTrades`, `bookTicker`, `klines`, `ohlcv`, `funding`, `tardis-trades`, `lean-ticks`.
[[nodiscard]] std::string_view format_name(Format format) noexcept;
/// Reads the names above in any case and with or without `binance-` and dashes; `auto` is nothing.
[[nodiscard]] Result<std::optional<Format>> parse_format(std::string_view text);
/// What the rows of a format are.
[[nodiscard]] storage::Kind kind_of(Format format) noexcept;

/// The meaning of a column.
enum class Column : std::uint8_t {
  time,
  id,
  price,
  quantity,
  maker,
  side,
  exchange,
  symbol,
  bid_price,
  bid_quantity,
  ask_price,
  ask_quantity,
  open,
  high,
  low,
  close,
  volume,
  quote_volume,
  count,
  buy_volume,
  close_time,
  rate,
  interval_hours,
  extra,
  count_
};

/// Where in a row each column stands, as the file's header says or as its format has it.
struct Layout {
  Format format = Format::trades;
  char delimiter = ',';
  int columns = 0;                ///< fields of every row
  std::uint64_t header_lines = 0; ///< lines before the first row
  std::string_view market;        ///< `spot`, `um` or `equity` where the shape proves it, else empty
  std::array<std::int8_t, static_cast<std::size_t>(Column::count_)>
      index{}; ///< -1: the file has no such column

  Layout() { index.fill(-1); }
  [[nodiscard]] int operator[](Column column) const noexcept {
    return index[static_cast<std::size_t>(column)];
  }
  [[nodiscard]] bool has(Column column) const noexcept { return (*this)[column] >= 0; }
};

} // namespace finch::feed
