/// What the name of a file tells about the market data in it.
#pragma once

#include "actors/market/instrument.hpp"
#include "actors/market/timeframe.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace finch::feed {

/// Whatever the name did not say is empty.
struct NameHints {
  std::optional<std::pair<std::string, std::string>> symbol; ///< base and quote, both known
  std::string bare_symbol; ///< an upper-case word that may be a base without a quote, as `SPY`
  std::string venue;       ///< `binance`, `bybit`…, from the file's own name only
  std::string market; ///< `spot`, `um`, `cm` or `equity`, from the file's name, else from its nearest folder
  std::optional<market::Timeframe> timeframe; ///< from `-1m`, `-1h`…
  std::optional<std::int32_t> day;            ///< days since 1970, where the name holds one `YYYYMMDD`
};

/// Reads `path` as typed (and `member`, the name inside a zip, which goes first): `BTCUSDT-1m.csv.zst`,
/// `um_BTCUSDT-trades.csv.zst`, `BTC-USDT_bybit_2021-01-01-funding.csv`, `spy/20131007_trade.zip`.
[[nodiscard]] NameHints read_name(std::string_view path, std::string_view member = {});

/// Splits `BTCUSDT` or `BTC-USDT` only where the quote is a currency we know; `SPY` and `data` are nothing.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> known_symbol(std::string_view text);

} // namespace finch::feed
