#include "actors/feed/import/target.hpp"

#include "actors/feed/import/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace finch::feed {
namespace {

/// Calls `each` with the fields of every whole row of the sample until it returns false.
template <class Each>
void for_rows(const Layout& layout, std::string_view sample, Each each) {
  Fields fields;
  for (std::uint64_t line = 0; !sample.empty(); ++line) {
    auto end = sample.find('\n');
    auto text = sample.substr(0, end);
    sample.remove_prefix(end == std::string_view::npos ? sample.size() : end + 1);
    if (!text.empty() && text.back() == '\r')
      text.remove_suffix(1);
    if (line < layout.header_lines)
      continue;
    split(text, layout.delimiter, fields);
    if (fields.count == layout.columns && !each(fields))
      return;
  }
}

std::string first_of(const Layout& layout, std::string_view sample, Column column) {
  std::string out;
  if (layout.has(column))
    for_rows(layout, sample, [&](const Fields& fields) {
      out = fields[layout[column]];
      return out.empty();
    });
  return out;
}

struct Place {
  std::string venue, market;
};

/// Tardis names an exchange and its market in one word, as `binance-futures` or `bybit-spot`.
Place place_of_exchange(std::string_view exchange) {
  if (exchange.empty())
    return {};
  auto dash = exchange.find('-');
  auto venue = std::string{exchange.substr(0, dash)};
  auto rest = dash == std::string_view::npos ? std::string_view{} : exchange.substr(dash + 1);
  if (rest == "futures" || rest == "swap" || rest == "perpetual" || rest == "usdt-futures")
    return {venue, "um"};
  if (rest == "delivery" || rest == "coin-futures")
    return {venue, "cm"};
  constexpr std::array derivatives{"bybit", "deribit", "bitmex", "dydx", "hyperliquid", "phemex"};
  if (rest.empty() && std::find(derivatives.begin(), derivatives.end(), venue) != derivatives.end())
    return {venue, "um"};
  return {venue, "spot"};
}

Result<Place> place_of_option(std::string_view venue) {
  auto dot = venue.find('.');
  Place place{std::string{venue.substr(0, dot)},
              dot == std::string_view::npos ? "" : std::string{venue.substr(dot + 1)}};
  auto word = [](std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char symbol) {
      return (symbol >= 'a' && symbol <= 'z') || is_digit(symbol) || symbol == '_';
    });
  };
  if (!word(place.venue) || (dot != std::string_view::npos && !word(place.market)))
    return fail(Category::usage, fmt::format("'{}' is not a venue", excerpt(venue, 40)),
                "write VENUE.MARKET in lower case, as binance.um");
  return place;
}

Result<std::pair<std::string, std::string>> decide_symbol(const Layout& layout, std::string_view sample,
                                                          const NameHints& name, const ReadOptions& options,
                                                          std::string_view label) {
  if (!options.symbol.empty())
    return market::split_symbol(options.symbol);
  if (auto text = first_of(layout, sample, Column::symbol); !text.empty()) {
    if (auto symbol = known_symbol(text))
      return *symbol;
    // `BTC-PERPETUAL` and the like: inverse contracts named by their base.
    if (auto dash = text.find('-'); dash != std::string::npos && dash > 0)
      return std::pair{text.substr(0, dash), std::string{"USD"}};
  }
  if (name.symbol)
    return *name.symbol;
  if (!name.bare_symbol.empty())
    return market::split_symbol(name.bare_symbol + "-USD");
  return fail(Category::usage, fmt::format("cannot tell the symbol of {}", label),
              "name it with --symbol BASE-QUOTE");
}

Result<market::InstrumentName> decide_instrument(const Layout& layout, std::string_view sample,
                                                 const NameHints& name, const ReadOptions& options,
                                                 std::string_view label) {
  if (options.symbol.find('.') != std::string::npos) {
    auto full = market::parse_name(options.symbol);
    if (full && !options.venue.empty() && full->venue + "." + full->market != options.venue)
      return fail(Category::usage,
                  fmt::format("--symbol {} and --venue {} disagree", options.symbol, options.venue),
                  "give one of them");
    return full;
  }
  auto symbol = decide_symbol(layout, sample, name, options, label);
  if (!symbol)
    return tl::unexpected(symbol.error());
  Place place;
  if (!options.venue.empty()) {
    auto given = place_of_option(options.venue);
    if (!given)
      return tl::unexpected(given.error());
    place = *given;
  }
  auto told = place_of_exchange(first_of(layout, sample, Column::exchange));
  if (place.venue.empty())
    place.venue = !told.venue.empty() ? told.venue : !name.venue.empty() ? name.venue : "import";
  if (place.market.empty()) {
    auto shape = std::string{layout.market};
    // USD-M and COIN-M files have one shape; only the name tells them apart.
    if (shape == "um" && name.market == "cm")
      shape = "cm";
    place.market = !told.market.empty()   ? told.market
                   : !shape.empty()       ? shape
                   : !name.market.empty() ? name.market
                                          : "spot";
  }
  return market::InstrumentName{place.venue, place.market, symbol->first, symbol->second};
}

Result<market::Timeframe> decide_timeframe(const Layout& layout, std::string_view sample,
                                           const NameHints& name, std::string_view label) {
  if (!layout.has(Column::close_time) && name.timeframe)
    return *name.timeframe;
  market::TimeNs length = 0, before = 0;
  for_rows(layout, sample, [&](const Fields& fields) {
    market::TimeNs open = 0, close = 0;
    if (read_time(fields[layout[Column::time]], open) != Reject::none)
      return true;
    if (layout.has(Column::close_time) &&
        read_time(fields[layout[Column::close_time]], close) == Reject::none) {
      // Binance stamps the close with the last ms or µs of the bar.
      length = (close - open + market::ns_per_ms) / market::ns_per_s * market::ns_per_s;
      return false;
    }
    auto distance = before == 0 ? 0 : open > before ? open - before : before - open;
    if (distance > 0 && (length == 0 || distance < length))
      length = distance;
    before = open;
    return true;
  });
  if (length == 0 && name.timeframe)
    return *name.timeframe;
  auto minutes = length / market::ns_per_minute;
  if (length == 0)
    return fail(Category::usage, fmt::format("cannot tell the length of the bars in {}", label),
                "put it in the file's name, as BTCUSDT-1m.csv");
  if (length % market::ns_per_minute != 0 || minutes > 1'440 || 1'440 % minutes != 0)
    return fail(Category::bad_input,
                fmt::format("{}: bars of {} s cannot be stored", label, length / market::ns_per_s),
                "use bars of a whole number of minutes that divides a day, as 1m or 60m");
  return market::Timeframe{static_cast<std::int32_t>(minutes)};
}

} // namespace

Result<Target> decide_target(const Layout& layout, std::string_view sample, const NameHints& name,
                             const ReadOptions& options, std::string_view label) {
  Target target;
  target.kind = kind_of(layout.format);
  auto instrument = decide_instrument(layout, sample, name, options, label);
  if (!instrument)
    return tl::unexpected(instrument.error());
  target.instrument = std::move(*instrument);
  if (layout.format == Format::lean_ticks && !name.day)
    return fail(Category::usage, fmt::format("cannot tell the day of {}", label),
                "keep LEAN's file name, as 20131007_trade.zip: it holds the date");
  if (target.kind == storage::Kind::bars) {
    auto timeframe = decide_timeframe(layout, sample, name, label);
    if (!timeframe)
      return tl::unexpected(timeframe.error());
    target.timeframe = *timeframe;
  }
  return target;
}

} // namespace finch::feed
