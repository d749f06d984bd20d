#include "actors/market/instrument.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace finch::market {
namespace {

// Longest first, so that FDUSD is not taken for a base that ends in USD.
constexpr std::array<std::string_view, 22> quotes{
    "FDUSD", "USDT", "USDC", "BUSD", "TUSD", "USDP", "DAI", "USD", "EUR", "GBP", "TRY",
    "BRL",   "JPY",  "AUD",  "RUB",  "UAH",  "NGN",  "ZAR", "BTC", "ETH", "BNB", "TRX"};

std::string upper(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char symbol) { return static_cast<char>(std::toupper(symbol)); });
  return out;
}

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= 32 &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char symbol) { return std::isalnum(symbol) || symbol == '_'; });
}

} // namespace

std::string format_name(const InstrumentName& name) {
  return fmt::format("{}.{}/{}-{}", name.venue, name.market, name.base, name.quote);
}

Result<InstrumentName> parse_name(std::string_view text) {
  auto dot = text.find('.'), slash = text.find('/');
  auto dash = text.find('-', slash == std::string_view::npos ? 0 : slash);
  if (dot != std::string_view::npos && slash != std::string_view::npos && dash != std::string_view::npos &&
      dot < slash) {
    InstrumentName name{std::string{text.substr(0, dot)}, std::string{text.substr(dot + 1, slash - dot - 1)},
                        upper(text.substr(slash + 1, dash - slash - 1)), upper(text.substr(dash + 1))};
    if (is_word(name.venue) && is_word(name.market) && is_word(name.base) && is_word(name.quote))
      return name;
  }
  return fail(Category::usage, fmt::format("'{}' is not an instrument", text.substr(0, 60)),
              "write venue.market/BASE-QUOTE, as binance.um/BTC-USDT");
}

Result<std::pair<std::string, std::string>> split_symbol(std::string_view text) {
  auto symbol = upper(text);
  if (auto parting = symbol.find_first_of("-/_"); parting != std::string::npos) {
    auto base = symbol.substr(0, parting), quote = symbol.substr(parting + 1);
    if (is_word(base) && is_word(quote))
      return std::pair{base, quote};
  } else if (is_word(symbol)) {
    for (auto quote : quotes)
      if (symbol.size() > quote.size() && symbol.ends_with(quote))
        return std::pair{symbol.substr(0, symbol.size() - quote.size()), std::string{quote}};
    return std::pair{symbol, std::string{"USD"}};
  }
  return fail(Category::usage, fmt::format("'{}' is not a symbol", text.substr(0, 60)),
              "write BASE-QUOTE, as BTC-USDT");
}

Result<Instrument> resolve(std::string_view text, const std::vector<Instrument>& known) {
  auto describe = [](const std::vector<std::string>& names) {
    auto shown = std::vector<std::string>(names.begin(),
                                          names.begin() + std::min<std::ptrdiff_t>(std::ssize(names), 12));
    return fmt::format("{}{}", fmt::join(shown, ", "),
                       names.size() > 12 ? fmt::format(" and {} more", names.size() - 12) : "");
  };
  std::vector<std::string> all;
  for (const auto& instrument : known)
    all.push_back(format_name(instrument.name));
  std::vector<const Instrument*> matches;
  if (text.find('.') != std::string_view::npos) {
    auto name = parse_name(text);
    if (!name)
      return tl::unexpected(name.error());
    for (const auto& instrument : known)
      if (instrument.name == *name)
        matches.push_back(&instrument);
  } else {
    auto symbol = split_symbol(text);
    if (!symbol)
      return tl::unexpected(symbol.error());
    for (const auto& instrument : known)
      if (instrument.name.base == symbol->first && instrument.name.quote == symbol->second)
        matches.push_back(&instrument);
  }
  if (matches.size() == 1)
    return *matches.front();
  if (matches.empty())
    return fail(Category::usage, fmt::format("unknown instrument '{}'", text.substr(0, 60)),
                known.empty() ? "the store is empty: fill it with 'finch import' or 'finch node'"
                              : "the store has " + describe(all));
  std::vector<std::string> candidates;
  for (auto match : matches)
    candidates.push_back(format_name(match->name));
  return fail(Category::usage, fmt::format("'{}' is ambiguous", text), "name one of " + describe(candidates));
}

} // namespace finch::market
