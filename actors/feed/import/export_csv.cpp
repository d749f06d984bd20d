#include "actors/feed/import/export_csv.hpp"

#include "actors/market/decimal.hpp"
#include "actors/market/time.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace finch::feed {
namespace {

void whole(std::uint64_t value, std::string& out) {
  std::array<char, 20> text;
  auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

/// The value without trailing zeros after the point.
void decimal(std::int64_t mantissa, int decimals, std::string& out) {
  auto size = static_cast<std::uint64_t>(mantissa);
  if (mantissa < 0) {
    out += '-';
    size = ~size + 1;
  }
  while (decimals > 0 && size % 10 == 0) {
    size /= 10;
    --decimals;
  }
  auto unit = static_cast<std::uint64_t>(market::pow10_int[static_cast<std::size_t>(decimals)]);
  whole(size / unit, out);
  if (decimals == 0)
    return;
  std::array<char, 20> text;
  auto end = std::to_chars(text.data(), text.data() + text.size(), size % unit).ptr;
  out += '.';
  out.append(static_cast<std::size_t>(decimals) - static_cast<std::size_t>(end - text.data()), '0');
  out.append(text.data(), end);
}

void field(std::int64_t mantissa, int decimals, std::string& out) {
  out += ',';
  decimal(mantissa, decimals, out);
}

void optional_field(const std::vector<std::int64_t>& column, std::size_t row, int decimals,
                    std::string& out) {
  out += ',';
  if (!column.empty())
    decimal(column[row], decimals, out);
}

void id_field(const std::vector<std::uint64_t>& column, std::size_t row, std::string& out) {
  out += ',';
  if (!column.empty())
    whole(column[row], out);
}

std::string_view side_name(market::Side side) {
  return side == market::Side::buy ? "buy" : side == market::Side::sell ? "sell" : "unknown";
}

} // namespace

void CsvWriter::header(std::string& out) const {
  switch (kind_) {
  case storage::Kind::trades:
    out += columns_.id ? "time,price,quantity,side,id\n" : "time,price,quantity,side\n";
    break;
  case storage::Kind::agg_trades:
    out += "time,price,quantity,side,agg_trade_id\n";
    break;
  case storage::Kind::quotes:
    out += "time,bid_price,bid_quantity,ask_price,ask_quantity";
    out += columns_.id ? ",update_id\n" : "\n";
    break;
  case storage::Kind::bars:
    out += "open_time,open,high,low,close,volume";
    out += columns_.quote_volume ? ",quote_volume" : "";
    out += columns_.trade_count ? ",count" : "";
    out += columns_.buy_volume ? ",taker_buy_volume\n" : "\n";
    break;
  case storage::Kind::funding:
    out += "funding_time,funding_rate\n";
    break;
  }
}

void CsvWriter::time(market::TimeNs time, std::string& out) {
  auto second = market::floor_div(time, market::ns_per_s);
  if (second != second_) {
    second_ = second;
    stamp_ = market::format_time(second * market::ns_per_s);
    stamp_.pop_back();
  }
  out += stamp_;
  if (auto fraction = time - second * market::ns_per_s; fraction != 0) {
    // The digits of 1.fraction without its leading 0: `.464`.
    std::string digits;
    decimal(fraction, 9, digits);
    out.append(digits, 1);
  }
  out += 'Z';
}

void CsvWriter::rows(const market::TickColumns& batch, std::string& out) {
  for (std::size_t row = 0; row < batch.size(); ++row) {
    time(batch.time_ns[row], out);
    field(batch.price[row], batch.price_decimals, out);
    field(batch.quantity[row], batch.quantity_decimals, out);
    out += ',';
    out += side_name(batch.side[row]);
    if (columns_.id || kind_ == storage::Kind::agg_trades)
      id_field(batch.id, row, out);
    out += '\n';
  }
}

void CsvWriter::rows(const market::QuoteColumns& batch, std::string& out) {
  for (std::size_t row = 0; row < batch.size(); ++row) {
    time(batch.time_ns[row], out);
    field(batch.bid_price[row], batch.price_decimals, out);
    field(batch.bid_quantity[row], batch.quantity_decimals, out);
    field(batch.ask_price[row], batch.price_decimals, out);
    field(batch.ask_quantity[row], batch.quantity_decimals, out);
    if (columns_.id)
      id_field(batch.id, row, out);
    out += '\n';
  }
}

void CsvWriter::rows(const market::BarColumns& batch, std::string& out) {
  for (std::size_t row = 0; row < batch.size(); ++row) {
    time(batch.open_time_ns[row], out);
    for (const auto* column : {&batch.open, &batch.high, &batch.low, &batch.close})
      field((*column)[row], batch.price_decimals, out);
    field(batch.volume[row], batch.volume_decimals, out);
    if (columns_.quote_volume)
      optional_field(batch.quote_volume, row, batch.quote_decimals, out);
    if (columns_.trade_count)
      optional_field(batch.trade_count, row, 0, out);
    if (columns_.buy_volume)
      optional_field(batch.buy_volume, row, batch.volume_decimals, out);
    out += '\n';
  }
}

void CsvWriter::rows(const market::FundingColumns& batch, std::string& out) {
  for (std::size_t row = 0; row < batch.size(); ++row) {
    time(batch.time_ns[row], out);
    field(batch.rate[row], batch.decimals, out);
    out += '\n';
  }
}

std::string export_name(const market::InstrumentName& instrument, storage::Kind kind,
                        market::Timeframe timeframe) {
  auto what = kind == storage::Kind::bars     ? market::format_timeframe(timeframe)
              : kind == storage::Kind::quotes ? std::string{"bookTicker"}
                                              : std::string{storage::name_of(kind)};
  return fmt::format("{}.{}_{}-{}-{}.csv", instrument.venue, instrument.market, instrument.base,
                     instrument.quote, what);
}

} // namespace finch::feed
