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

std::string_view side_name(market::Side side) {
  return side == market::Side::buy ? "buy" : side == market::Side::sell ? "sell" : "unknown";
}

} // namespace

Status CsvWriter::head(const std::string& header, std::string& out) {
  if (header_.empty()) {
    header_ = header;
    out += header;
  }
  if (header == header_)
    return {};
  return fail(Category::failed, "the stored rows change their columns within the span",
              "export the parts of the span one by one, with --from and --to");
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

Status CsvWriter::append(const market::TickColumns& batch, std::string& out) {
  auto with_id = !batch.id.empty();
  auto header = std::string{"time,price,quantity,side"} +
                (!with_id                        ? ""
                 : kind_ == DataKind::agg_trades ? ",agg_trade_id"
                                                 : ",id") +
                "\n";
  if (auto done = head(header, out); !done)
    return done;
  for (std::size_t row = 0; row < batch.size(); ++row) {
    time(batch.time_ns[row], out);
    out += ',';
    decimal(batch.price[row], batch.price_decimals, out);
    out += ',';
    decimal(batch.quantity[row], batch.quantity_decimals, out);
    out += ',';
    out += side_name(batch.side[row]);
    if (with_id) {
      out += ',';
      whole(batch.id[row], out);
    }
    out += '\n';
  }
  return {};
}

Status CsvWriter::append(const market::QuoteColumns& batch, std::string& out) {
  auto with_id = !batch.id.empty();
  if (auto done = head(with_id ? "time,bid_price,bid_quantity,ask_price,ask_quantity,update_id\n"
                               : "time,bid_price,bid_quantity,ask_price,ask_quantity\n",
                       out);
      !done)
    return done;
  for (std::size_t row = 0; row < batch.size(); ++row) {
    time(batch.time_ns[row], out);
    for (auto [price, quantity] : {std::pair{batch.bid_price[row], batch.bid_quantity[row]},
                                   std::pair{batch.ask_price[row], batch.ask_quantity[row]}}) {
      out += ',';
      decimal(price, batch.price_decimals, out);
      out += ',';
      decimal(quantity, batch.quantity_decimals, out);
    }
    if (with_id) {
      out += ',';
      whole(batch.id[row], out);
    }
    out += '\n';
  }
  return {};
}

Status CsvWriter::append(const market::BarColumns& batch, std::string& out) {
  std::string header = "open_time,open,high,low,close,volume";
  header += batch.quote_volume.empty() ? "" : ",quote_volume";
  header += batch.trade_count.empty() ? "" : ",count";
  header += batch.buy_volume.empty() ? "" : ",taker_buy_volume";
  if (auto done = head(header + "\n", out); !done)
    return done;
  for (std::size_t row = 0; row < batch.size(); ++row) {
    time(batch.open_time_ns[row], out);
    for (const auto* column : {&batch.open, &batch.high, &batch.low, &batch.close}) {
      out += ',';
      decimal((*column)[row], batch.price_decimals, out);
    }
    out += ',';
    decimal(batch.volume[row], batch.volume_decimals, out);
    if (!batch.quote_volume.empty()) {
      out += ',';
      decimal(batch.quote_volume[row], batch.quote_decimals, out);
    }
    if (!batch.trade_count.empty()) {
      out += ',';
      whole(static_cast<std::uint64_t>(batch.trade_count[row]), out);
    }
    if (!batch.buy_volume.empty()) {
      out += ',';
      decimal(batch.buy_volume[row], batch.volume_decimals, out);
    }
    out += '\n';
  }
  return {};
}

Status CsvWriter::append(const market::FundingColumns& batch, std::string& out) {
  if (auto done = head("funding_time,funding_rate\n", out); !done)
    return done;
  for (std::size_t row = 0; row < batch.size(); ++row) {
    time(batch.time_ns[row], out);
    out += ',';
    decimal(batch.rate[row], batch.decimals, out);
    out += '\n';
  }
  return {};
}

std::string export_name(const market::InstrumentName& instrument, DataKind kind,
                        market::Timeframe timeframe) {
  auto what = kind == DataKind::bars     ? market::format_timeframe(timeframe)
              : kind == DataKind::quotes ? std::string{"bookTicker"}
                                         : std::string{kind_name(kind)};
  return fmt::format("{}.{}_{}-{}-{}.csv", instrument.venue, instrument.market, instrument.base,
                     instrument.quote, what);
}

} // namespace finch::feed
