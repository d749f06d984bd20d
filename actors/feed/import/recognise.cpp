#include "actors/feed/import/recognise.hpp"

#include "actors/feed/import/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <vector>

namespace finch::feed {
namespace {

constexpr int header_search_lines = 5, sample_rows = 50;

using Names = std::array<std::string_view, 10>;

/// A column of a headed format by the folded names it goes by.
struct NamedColumn {
  Column column;
  bool required;
  Names names;
};

constexpr Names time_names{"time",     "timestamp", "date",          "datetime",     "unix",
                           "opentime", "ts",        "unixtimestamp", "transacttime", "createdtime"};

constexpr std::array trade_columns{
    NamedColumn{Column::id, false, {"id", "tradeid", "trdmatchid"}},
    NamedColumn{Column::price, true, {"price"}},
    NamedColumn{Column::quantity, true, {"qty", "quantity", "size", "amount", "volume"}},
    NamedColumn{Column::time, true, time_names},
    NamedColumn{Column::maker, false, {"isbuyermaker", "buyermaker", "m"}},
    NamedColumn{Column::side, false, {"side"}},
    NamedColumn{Column::extra, false, {"isbestmatch"}}};
constexpr std::array agg_columns{
    NamedColumn{Column::id, true, {"aggtradeid", "aggid", "aggregatetradeid", "a"}},
    NamedColumn{Column::price, true, {"price", "p"}},
    NamedColumn{Column::quantity, true, {"quantity", "qty", "q"}},
    NamedColumn{Column::time, true, {"transacttime", "timestamp", "time", "t"}},
    NamedColumn{Column::maker, false, {"isbuyermaker", "buyermaker", "wasthebuyerthemaker", "m"}},
    NamedColumn{Column::side, false, {"side"}},
    NamedColumn{Column::extra, false, {"isbestmatch", "bestmatch", "wasthetradethebestpricematch"}}};
constexpr std::array book_columns{
    NamedColumn{Column::id, false, {"updateid"}},
    NamedColumn{Column::bid_price, true, {"bestbidprice", "bidprice"}},
    NamedColumn{Column::bid_quantity, true, {"bestbidqty", "bidqty", "bidquantity", "bidamount", "bidsize"}},
    NamedColumn{Column::ask_price, true, {"bestaskprice", "askprice"}},
    NamedColumn{Column::ask_quantity, true, {"bestaskqty", "askqty", "askquantity", "askamount", "asksize"}},
    NamedColumn{Column::time, true, {"transactiontime", "timestamp", "time", "eventtime"}},
    NamedColumn{Column::extra, false, {"eventtime"}}};
constexpr std::array bar_columns{
    NamedColumn{Column::time, true, time_names},
    NamedColumn{Column::open, true, {"open", "o"}},
    NamedColumn{Column::high, true, {"high", "h"}},
    NamedColumn{Column::low, true, {"low", "l"}},
    NamedColumn{Column::close, true, {"close", "c"}},
    NamedColumn{Column::volume, false, {"volume", "vol", "v", "basevolume"}},
    NamedColumn{Column::symbol, false, {"symbol"}},
    NamedColumn{Column::close_time, false, {"closetime"}},
    NamedColumn{Column::quote_volume,
                false,
                {"quotevolume", "quoteassetvolume", "quotevol", "volumecurrency", "turnover"}},
    NamedColumn{Column::count, false, {"count", "tradecount", "numberoftrades", "trades", "numtrades"}},
    NamedColumn{Column::buy_volume,
                false,
                {"takerbuyvolume", "takerbuybaseassetvolume", "takerbuybasevolume", "buyvolume"}}};
constexpr std::array funding_columns{
    NamedColumn{Column::time, true, {"calctime", "fundingtime", "time", "timestamp", "date"}},
    NamedColumn{Column::rate, true, {"lastfundingrate", "fundingrate", "rate"}},
    NamedColumn{Column::interval_hours, false, {"fundingintervalhours"}},
    NamedColumn{Column::symbol, false, {"symbol"}}};
constexpr std::array tardis_columns{NamedColumn{Column::exchange, true, {"exchange"}},
                                    NamedColumn{Column::symbol, true, {"symbol"}},
                                    NamedColumn{Column::time, true, {"timestamp"}},
                                    NamedColumn{Column::extra, true, {"localtimestamp"}},
                                    NamedColumn{Column::id, true, {"id"}},
                                    NamedColumn{Column::side, true, {"side"}},
                                    NamedColumn{Column::price, true, {"price"}},
                                    NamedColumn{Column::quantity, true, {"amount"}}};

struct HeadedFormat {
  Format format;
  std::span<const NamedColumn> columns;
};
// The most particular first; klines and ohlcv differ only in how many columns there are.
constexpr std::array headed_formats{
    HeadedFormat{Format::tardis_trades, tardis_columns}, HeadedFormat{Format::book_ticker, book_columns},
    HeadedFormat{Format::agg_trades, agg_columns},       HeadedFormat{Format::trades, trade_columns},
    HeadedFormat{Format::klines, bar_columns},           HeadedFormat{Format::ohlcv, bar_columns},
    HeadedFormat{Format::funding, funding_columns}};

/// A format without a header: the meaning of its columns in order.
struct BareFormat {
  Format format;
  std::string_view market;
  std::span<const Column> columns;
};
using enum Column;
constexpr std::array spot_trades{id, price, quantity, extra, time, maker, extra};
constexpr std::array um_trades{id, price, quantity, extra, time, maker};
constexpr std::array spot_agg{id, price, quantity, extra, extra, time, maker, extra};
constexpr std::array um_agg{id, price, quantity, extra, extra, time, maker};
constexpr std::array book{id, bid_price, bid_quantity, ask_price, ask_quantity, time, extra};
constexpr std::array klines{time,       open,         high,          low,        close, volume,
                            close_time, quote_volume, Column::count, buy_volume, extra, extra};
constexpr std::array ohlcv{time, open, high, low, close, volume};
constexpr std::array lean{time, price, quantity, extra, extra, extra};
constexpr std::array funding3{time, interval_hours, rate};
constexpr std::array funding2{time, rate};
constexpr std::array tardis{exchange, symbol, time, extra, id, side, price, quantity};
constexpr std::array bare_formats{BareFormat{Format::trades, "spot", spot_trades},
                                  BareFormat{Format::trades, "um", um_trades},
                                  BareFormat{Format::agg_trades, "spot", spot_agg},
                                  BareFormat{Format::agg_trades, "um", um_agg},
                                  BareFormat{Format::book_ticker, "um", book},
                                  BareFormat{Format::klines, "", klines},
                                  BareFormat{Format::tardis_trades, "", tardis},
                                  BareFormat{Format::lean_ticks, "equity", lean},
                                  BareFormat{Format::ohlcv, "", ohlcv},
                                  BareFormat{Format::funding, "um", funding3},
                                  BareFormat{Format::funding, "um", funding2}};

char delimiter_of(std::string_view line) {
  for (auto symbol : {',', ';', '\t'})
    if (line.find(symbol) != std::string_view::npos)
      return symbol;
  return ',';
}

void set(Layout& layout, Column column, int at) {
  auto& place = layout.index[static_cast<std::size_t>(column)];
  if (place < 0)
    place = static_cast<std::int8_t>(at);
}

/// Prefixes such as `Volume BTC`, `Volume USDT`, `Volume_(Currency)`: by the currency where the symbol is
/// known, else base first.
void find_named_volumes(const Fields& header, const NameHints& name, Layout& layout) {
  for (int at = 0; at < header.count; ++at) {
    auto folded = fold(header[at]);
    if (!folded.starts_with("volume") || folded == "volume" || folded == "volumecurrency")
      continue;
    auto currency = folded.substr(6);
    auto is_quote = name.symbol ? currency == fold(name.symbol->second) : layout.has(volume);
    set(layout, is_quote ? quote_volume : volume, at);
  }
}

std::optional<Layout> match_header(const Fields& header, const HeadedFormat& format, const NameHints& name) {
  Layout layout;
  layout.format = format.format;
  layout.columns = header.count;
  for (const auto& column : format.columns) {
    for (auto alias : column.names)
      for (int at = 0; at < header.count && !layout.has(column.column) && !alias.empty(); ++at)
        if (fold(header[at]) == alias)
          set(layout, column.column, at);
    if (column.required && !layout.has(column.column))
      return std::nullopt;
  }
  switch (format.format) {
  case Format::trades:
  case Format::agg_trades:
    if (!layout.has(maker) && !layout.has(side))
      return std::nullopt;
    layout.market = !layout.has(maker) ? "" : layout.has(extra) ? "spot" : "um";
    break;
  case Format::book_ticker:
    layout.market = layout.has(extra) ? "um" : "";
    break;
  case Format::funding:
    layout.market = "um";
    break;
  case Format::klines:
    if (!layout.has(close_time) || !layout.has(quote_volume) || !layout.has(volume))
      return std::nullopt;
    break;
  case Format::ohlcv:
    find_named_volumes(header, name, layout);
    break;
  default:
    break;
  }
  return layout;
}

std::optional<Layout> bare_layout(const BareFormat& format, int columns) {
  if (std::ssize(format.columns) != columns)
    return std::nullopt;
  Layout layout;
  layout.format = format.format;
  layout.columns = columns;
  layout.market = format.market;
  for (int at = 0; at < columns; ++at)
    set(layout, format.columns[static_cast<std::size_t>(at)], at);
  return layout;
}

/// Whether a row could belong to the layout, strictly enough to tell formats with as many columns apart.
bool plausible(const Fields& row, const Layout& layout, const NameHints& name) {
  if (row.count != layout.columns)
    return false;
  market::TimeNs at = 0;
  market::Decimal value;
  bool flag = false;
  market::Side aggressor{};
  if (layout.format == Format::lean_ticks) {
    std::uint64_t ms = 0, unit = 0;
    // LEAN writes the day in the name only: without it these are not ticks of a day. Its minute bars have as
    // many columns, but a price where ticks have the letter of the exchange.
    return name.day && read_unsigned(row[layout[time]], ms) && ms < 86'400'000 &&
           read_unsigned(row[layout[price]], unit) && read_unsigned(row[layout[quantity]], unit) &&
           read_decimal(row[3], value) != Reject::none && (row[5] == "0" || row[5] == "1");
  }
  if (read_time(row[layout[time]], at) != Reject::none)
    return false;
  for (auto column : {price, quantity, bid_price, bid_quantity, ask_price, ask_quantity, open, high, low,
                      close, volume, rate})
    if (layout.has(column) && read_decimal(row[layout[column]], value) != Reject::none)
      return false;
  if (layout.format == Format::funding && (value.mantissa > market::pow10_int[value.decimals] ||
                                           value.mantissa < -market::pow10_int[value.decimals]))
    return false;
  // A flag is a word in every file we know; 0 and 1 would make a column of numbers look like one.
  if (layout.has(maker) && (row[layout[maker]].size() < 4 || !read_flag(row[layout[maker]], flag)))
    return false;
  return !layout.has(side) || read_side(row[layout[side]], aggressor);
}

std::vector<std::string_view> first_lines(std::string_view sample) {
  std::vector<std::string_view> lines;
  while (!sample.empty() && std::ssize(lines) < sample_rows) {
    auto end = sample.find('\n');
    auto line = sample.substr(0, end);
    sample.remove_prefix(end == std::string_view::npos ? sample.size() : end + 1);
    if (!line.empty() && line.back() == '\r')
      line.remove_suffix(1);
    lines.push_back(line);
  }
  return lines;
}

tl::unexpected<Error> unknown(const std::vector<std::string_view>& lines, std::optional<Format> wanted,
                              std::string_view label) {
  auto first = std::find_if(lines.begin(), lines.end(), [](auto line) { return !trim(line).empty(); });
  auto number = first - lines.begin() + 1;
  auto shown = first == lines.end() ? std::string{} : excerpt(*first, 60);
  if (wanted)
    return fail(
        Category::bad_input,
        fmt::format("{}: line {} is not of format {}: '{}'", label, number, format_name(*wanted), shown),
        "leave --format out to have it recognised");
  return fail(
      Category::bad_input, fmt::format("{}: line {} is of no known format: '{}'", label, number, shown),
      "formats are trades, aggTrades, bookTicker, klines, ohlcv, funding, tardis-trades and lean-ticks; "
      "choose one with --format where the file is one of them");
}

} // namespace

Result<Layout> recognise(std::string_view sample, std::optional<Format> wanted, const NameHints& name,
                         std::string_view label) {
  auto lines = first_lines(sample);
  if (std::all_of(lines.begin(), lines.end(), [](auto line) { return trim(line).empty(); }))
    return fail(Category::bad_input, fmt::format("{} is empty", label),
                "fetch the file again; nothing was imported");
  Fields fields;
  for (int number = 0; number < std::min<int>(header_search_lines, static_cast<int>(lines.size()));
       ++number) {
    auto line = lines[static_cast<std::size_t>(number)];
    auto delimiter = delimiter_of(line);
    split(line, delimiter, fields);
    for (const auto& format : headed_formats) {
      auto layout = fields.count > Fields::capacity || (wanted && *wanted != format.format)
                        ? std::nullopt
                        : match_header(fields, format, name);
      if (!layout)
        continue;
      layout->delimiter = delimiter;
      layout->header_lines = static_cast<std::uint64_t>(number) + 1;
      return *layout;
    }
  }
  // No header: the layout most of the first rows fit, so that a few damaged rows do not decide.
  std::optional<Layout> best;
  int best_rows = 0;
  for (const auto& format : bare_formats) {
    if (wanted && *wanted != format.format)
      continue;
    auto layout = bare_layout(format, static_cast<int>(format.columns.size()));
    int rows = 0;
    for (auto line : lines) {
      layout->delimiter = delimiter_of(line);
      split(line, layout->delimiter, fields);
      rows += plausible(fields, *layout, name) ? 1 : 0;
    }
    if (rows > best_rows) {
      best = layout;
      best_rows = rows;
    }
  }
  if (!best)
    return unknown(lines, wanted, label);
  for (auto line : lines) {
    best->delimiter = delimiter_of(line);
    split(line, best->delimiter, fields);
    if (plausible(fields, *best, name))
      break;
  }
  return *best;
}

} // namespace finch::feed
