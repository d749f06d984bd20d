#include "actors/feed/import/format.hpp"

#include "actors/feed/import/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace finch::feed {
namespace {

struct FormatWords {
  Format format;
  std::string_view name;
  std::array<std::string_view, 4> folded;
};
constexpr std::array format_words{
    FormatWords{Format::trades, "trades", {"trades", "trade", "binancetrades", "binancetrade"}},
    FormatWords{Format::agg_trades, "aggTrades", {"aggtrades", "aggtrade", "binanceaggtrades", "binanceagg"}},
    FormatWords{Format::book_ticker, "bookTicker", {"bookticker", "quotes", "binancebookticker", "bbo"}},
    FormatWords{Format::klines, "klines", {"klines", "kline", "binanceklines", "binancekline"}},
    FormatWords{Format::ohlcv, "ohlcv", {"ohlcv", "ohlcvcsv", "genericohlcv", "candles"}},
    FormatWords{
        Format::funding, "funding", {"funding", "fundingrate", "binancefunding", "binancefundingrate"}},
    FormatWords{
        Format::tardis_trades, "tardis-trades", {"tardistrades", "tardis", "tardistrade", "tardiscsv"}},
    FormatWords{Format::lean_ticks, "lean-ticks", {"leanticks", "lean", "leantick", "leantrades"}},
};

} // namespace

std::string_view format_name(Format format) noexcept {
  return format_words[static_cast<std::size_t>(format)].name;
}

Result<std::optional<Format>> parse_format(std::string_view text) {
  auto folded = fold(text);
  if (folded == "auto" || folded.empty())
    return std::optional<Format>{};
  for (const auto& entry : format_words)
    if (std::find(entry.folded.begin(), entry.folded.end(), folded) != entry.folded.end())
      return std::optional{entry.format};
  return fail(Category::usage, fmt::format("unknown format '{}'", excerpt(text, 40)),
              "use auto, trades, aggTrades, bookTicker, klines, ohlcv, funding, tardis-trades or lean-ticks");
}

storage::Kind kind_of(Format format) noexcept {
  switch (format) {
  case Format::agg_trades:
    return storage::Kind::agg_trades;
  case Format::book_ticker:
    return storage::Kind::quotes;
  case Format::klines:
  case Format::ohlcv:
    return storage::Kind::bars;
  case Format::funding:
    return storage::Kind::funding;
  default:
    return storage::Kind::trades;
  }
}

} // namespace finch::feed
