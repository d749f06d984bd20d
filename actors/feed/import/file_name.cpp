#include "actors/feed/import/file_name.hpp"

#include "actors/feed/import/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <vector>

namespace finch::feed {
namespace {

constexpr std::array venues{"binance", "bybit",    "okx",     "blofin", "coinbase",
                            "kraken",  "bitstamp", "deribit", "bitmex", "bitfinex",
                            "huobi",   "kucoin",   "gateio",  "dydx",   "bitget"};
constexpr std::array kinds{"trades",  "trade",   "aggtrades",   "aggtrade", "bookticker", "klines",  "kline",
                           "candles", "funding", "fundingrate", "ohlcv",    "tick",       "ticks",   "quote",
                           "quotes",  "minute",  "second",      "hour",     "daily",      "monthly", "csv",
                           "perp",    "futures", "history",     "usa"};

struct MarketWord {
  std::string_view word, market;
};
constexpr std::array market_words{
    MarketWord{"spot", "spot"},       MarketWord{"um", "um"},        MarketWord{"usdm", "um"},
    MarketWord{"cm", "cm"},           MarketWord{"coinm", "cm"},     MarketWord{"futures", "um"},
    MarketWord{"perp", "um"},         MarketWord{"swap", "um"},      MarketWord{"linear", "um"},
    MarketWord{"cryptofuture", "um"}, MarketWord{"equity", "equity"}};

struct Word {
  std::string_view text;
  char parted_by = '\0'; ///< what stands before it
};

std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> out;
  std::size_t begin = 0;
  char before = '\0';
  for (std::size_t at = 0; at <= text.size(); ++at) {
    auto symbol = at < text.size() ? text[at] : '.';
    if (symbol != '-' && symbol != '_' && symbol != '.' && symbol != ' ')
      continue;
    if (at > begin)
      out.push_back({text.substr(begin, at - begin), before});
    before = symbol;
    begin = at + 1;
  }
  return out;
}

std::string_view market_of(std::string_view word) {
  auto folded = fold(word);
  for (const auto& entry : market_words)
    if (folded == entry.word)
      return entry.market;
  return {};
}

bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }

std::optional<market::Timeframe> timeframe_of(std::string_view word) {
  if (word.size() < 2 || !is_digit(word.front()) || !all_digits(word.substr(0, word.size() - 1)))
    return std::nullopt;
  auto parsed = market::parse_timeframe(word);
  return parsed ? std::optional{*parsed} : std::nullopt;
}

std::optional<std::int32_t> day_of_name(std::string_view word) {
  if (word.size() != 8 || !all_digits(word))
    return std::nullopt;
  int year = 0;
  unsigned month = 0, day = 0;
  std::from_chars(word.data(), word.data() + 4, year);
  std::from_chars(word.data() + 4, word.data() + 6, month);
  std::from_chars(word.data() + 6, word.data() + 8, day);
  std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  if (!date.ok())
    return std::nullopt;
  return static_cast<std::int32_t>(std::chrono::sys_days{date}.time_since_epoch().count());
}

bool is_symbol_word(std::string_view word) {
  auto folded = fold(word);
  return folded.size() == word.size() && !all_digits(word) && !timeframe_of(word) &&
         market_of(word).empty() && std::find(venues.begin(), venues.end(), folded) == venues.end() &&
         std::find(kinds.begin(), kinds.end(), folded) == kinds.end();
}

bool is_upper(std::string_view word) {
  return std::none_of(word.begin(), word.end(), [](char symbol) { return symbol >= 'a' && symbol <= 'z'; });
}

/// A quote alone: what stands after the dash of `BTC-USDT`.
bool is_quote(std::string_view word) {
  auto joined = std::string{"Z0"} + std::string{word};
  auto split = market::split_symbol(joined);
  return split && split->first == "Z0";
}

void read_words(std::string_view name, NameHints& hints, bool file) {
  auto words = words_of(name);
  for (std::size_t at = 0; at < words.size(); ++at) {
    auto word = words[at].text;
    if (hints.market.empty())
      hints.market = market_of(word);
    if (!file)
      continue;
    auto folded = fold(word);
    if (hints.venue.empty() && std::find(venues.begin(), venues.end(), folded) != venues.end())
      hints.venue = folded;
    if (!hints.timeframe)
      hints.timeframe = timeframe_of(word);
    if (!hints.day)
      hints.day = day_of_name(word);
    if (hints.symbol || !is_symbol_word(word))
      continue;
    auto next = at + 1 < words.size() ? words[at + 1] : Word{};
    if ((next.parted_by == '-' || next.parted_by == '_') && is_quote(next.text)) {
      hints.symbol = known_symbol(std::string{word} + "-" + std::string{next.text});
      ++at;
    } else if (auto symbol = known_symbol(word)) {
      hints.symbol = symbol;
    } else if (hints.bare_symbol.empty() && (is_upper(word) || hints.day)) {
      // LEAN names its members in lower case, but always with the day before the symbol.
      hints.bare_symbol = word;
    }
  }
}

std::string_view without_ending(std::string_view name) {
  for (auto ending : {".zst", ".gz", ".zip", ".csv", ".tsv", ".txt"})
    if (name.size() > std::string_view{ending}.size() && fold(name).ends_with(fold(ending)) &&
        name[name.size() - std::string_view{ending}.size()] == '.')
      name.remove_suffix(std::string_view{ending}.size());
  return name;
}

} // namespace

std::optional<std::pair<std::string, std::string>> known_symbol(std::string_view text) {
  auto split = market::split_symbol(text);
  if (!split)
    return std::nullopt;
  // split_symbol takes a word without a known quote for a base in USD; here the quote must be in the text.
  auto folded = fold(text), quote = fold(split->second);
  if (split->first.empty() || !folded.ends_with(quote) || !is_quote(split->second))
    return std::nullopt;
  return *split;
}

NameHints read_name(std::string_view path, std::string_view member) {
  NameHints hints;
  auto base_of = [](std::string_view text) { return text.substr(text.rfind('/') + 1); };
  if (!member.empty())
    read_words(without_ending(base_of(member)), hints, true);
  if (path != "-")
    read_words(without_ending(base_of(path)), hints, true);
  auto folders = path.substr(0, path.size() - base_of(path).size());
  while (hints.market.empty() && !folders.empty()) {
    folders.remove_suffix(1);
    auto folder = base_of(folders);
    read_words(folder, hints, false);
    folders.remove_suffix(folder.size());
  }
  return hints;
}

} // namespace finch::feed
