#include "actors/storage/codec/block.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstddef>

namespace finch::storage {
namespace {

using market::BarColumns;
using market::FundingColumns;
using market::QuoteColumns;
using market::TickColumns;

constexpr std::uint16_t everything = 0xffff;

std::uint64_t checksum_of(Bytes block) {
  auto body = block.subspan(sizeof(std::uint64_t));
  return XXH3_64bits(body.data(), body.size());
}

// Plain loops, since the standard algorithms with an early exit are not turned into vector code.
template <class T>
std::pair<T, T> range_of(std::span<const T> values) {
  auto low = values[0], high = values[0];
  for (auto value : values) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  return {low, high};
}
template <class T>
bool never_falls(std::span<const T> values) {
  unsigned falls = 0;
  for (std::size_t i = 1; i < values.size(); ++i)
    falls |= values[i] < values[i - 1] ? 1U : 0U;
  return falls == 0;
}
template <class T>
bool always_rises(std::span<const T> values) {
  unsigned rests = 0;
  for (std::size_t i = 1; i < values.size(); ++i)
    rests |= values[i] <= values[i - 1] ? 1U : 0U;
  return rests == 0;
}

/// Writes columns one after another and remembers how many decimals prices and quantities turned out to need.
class ColumnSink {
public:
  ColumnSink(BlockHeader& header, std::size_t first, std::size_t last, Effort effort, std::string& out,
             CodecScratch& scratch)
      : header_{header}, first_{first}, last_{last}, effort_{effort}, out_{out}, scratch_{scratch} {}

  int plain(std::span<const std::int64_t> column) {
    return encode_column(column.subspan(first_, last_ - first_), effort_, out_, scratch_);
  }
  void ids(std::span<const std::uint64_t> column) {
    plain({reinterpret_cast<const std::int64_t*>(column.data()), column.size()});
  }
  void price(std::span<const std::int64_t> column) {
    note_price(plain(column), std::span{column}.subspan(first_, last_ - first_));
  }
  void quantity(std::span<const std::int64_t> column) { note_quantity(plain(column)); }
  /// column − base, row by row, modulo 2^64: a price beside the price it stays close to.
  template <class Base>
  void price_from(std::span<const std::int64_t> column, Base base) {
    auto& joined = scratch_.joined;
    joined.resize(last_ - first_);
    for (std::size_t i = first_; i < last_; ++i)
      joined[i - first_] = static_cast<std::int64_t>(static_cast<std::uint64_t>(column[i]) -
                                                     static_cast<std::uint64_t>(base(i)));
    auto k = encode_column(joined, effort_, out_, scratch_);
    note_price(k, std::span{column}.subspan(first_, last_ - first_));
  }

private:
  void note_price(int k, std::span<const std::int64_t> values) {
    auto needs = std::max(0, header_.decimals[0] - k);
    header_.price_needs = std::max(header_.price_needs, static_cast<std::uint8_t>(needs));
    auto [low, high] = range_of(values);
    header_.min_price = prices_ ? std::min(header_.min_price, low) : low;
    header_.max_price = prices_ ? std::max(header_.max_price, high) : high;
    prices_ = true;
  }
  void note_quantity(int k) {
    auto needs = std::max(0, header_.decimals[1] - k);
    header_.quantity_needs = std::max(header_.quantity_needs, static_cast<std::uint8_t>(needs));
  }

  BlockHeader& header_;
  std::size_t first_, last_;
  Effort effort_;
  std::string& out_;
  CodecScratch& scratch_;
  bool prices_ = false;
};

std::span<const std::int8_t> raw_sides(const TickColumns& c, std::size_t first, std::size_t last) {
  return {reinterpret_cast<const std::int8_t*>(c.side.data()) + first, last - first};
}

void write_columns(const TickColumns& c, std::size_t first, std::size_t last, ColumnSink& sink,
                   std::string& out) {
  sink.plain(c.time_ns);
  sink.price(c.price);
  sink.quantity(c.quantity);
  encode_sides(raw_sides(c, first, last), out);
  if (!c.id.empty())
    sink.ids(c.id);
}

void write_columns(const QuoteColumns& c, std::size_t, std::size_t, ColumnSink& sink, std::string&) {
  sink.plain(c.time_ns);
  sink.price(c.bid_price);
  sink.quantity(c.bid_quantity);
  sink.price_from(c.ask_price, [&](std::size_t i) { return c.bid_price[i]; });
  sink.quantity(c.ask_quantity);
  if (!c.id.empty())
    sink.ids(c.id);
}

void write_columns(const BarColumns& c, std::size_t first, std::size_t, ColumnSink& sink, std::string&) {
  sink.plain(c.open_time_ns);
  sink.price(c.close);
  sink.price_from(c.open, [&](std::size_t i) { return i == first ? c.close[i] : c.close[i - 1]; });
  sink.price_from(c.high, [&](std::size_t i) { return std::max(c.open[i], c.close[i]); });
  sink.price_from(c.low, [&](std::size_t i) { return std::min(c.open[i], c.close[i]); });
  sink.quantity(c.volume);
  for (auto column : {&c.quote_volume, &c.trade_count, &c.buy_volume})
    if (!column->empty())
      sink.plain(*column);
}

void write_columns(const FundingColumns& c, std::size_t, std::size_t, ColumnSink& sink, std::string&) {
  sink.plain(c.time_ns);
  sink.price(c.rate);
}

/// Reads columns in order, sizing or skipping each.
class ColumnSource {
public:
  ColumnSource(Bytes payload, std::size_t rows, std::uint16_t present, std::uint16_t wanted,
               CodecScratch& scratch)
      : in_{payload}, rows_{rows}, present_{present}, wanted_{wanted}, scratch_{scratch} {}

  template <class T>
  bool column(std::vector<T>& out, unsigned index) {
    static_assert(sizeof(T) == sizeof(std::int64_t));
    if ((present_ >> index & 1) == 0) {
      out.clear();
      return true;
    }
    if ((wanted_ >> index & 1) == 0) {
      out.clear();
      return skip_column(in_);
    }
    out.resize(rows_);
    return decode_column(in_, rows_, reinterpret_cast<std::int64_t*>(out.data()), scratch_);
  }
  bool sides(std::vector<market::Side>& out) {
    out.resize(rows_);
    return decode_sides(in_, rows_, reinterpret_cast<std::int8_t*>(out.data()));
  }
  [[nodiscard]] bool at_end() const { return in_.at_end(); }

private:
  ByteReader in_;
  std::size_t rows_;
  std::uint16_t present_, wanted_;
  CodecScratch& scratch_;
};

void add_wrapping(std::int64_t& value, std::int64_t base) {
  value = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) + static_cast<std::uint64_t>(base));
}

bool read_columns(TickColumns& c, ColumnSource& in) {
  return in.column(c.time_ns, 0) && in.column(c.price, 1) && in.column(c.quantity, 2) && in.sides(c.side) &&
         in.column(c.id, 4);
}

bool read_columns(QuoteColumns& c, ColumnSource& in) {
  if (!in.column(c.time_ns, 0) || !in.column(c.bid_price, 1) || !in.column(c.bid_quantity, 2) ||
      !in.column(c.ask_price, 3) || !in.column(c.ask_quantity, 4) || !in.column(c.id, 5))
    return false;
  for (std::size_t i = 0; i < c.ask_price.size(); ++i)
    add_wrapping(c.ask_price[i], c.bid_price[i]);
  return true;
}

bool read_columns(BarColumns& c, ColumnSource& in) {
  if (!in.column(c.open_time_ns, 0) || !in.column(c.close, 4) || !in.column(c.open, 1) ||
      !in.column(c.high, 2) || !in.column(c.low, 3) || !in.column(c.volume, 5) ||
      !in.column(c.quote_volume, 6) || !in.column(c.trade_count, 7) || !in.column(c.buy_volume, 8))
    return false;
  for (std::size_t i = 0; i < c.open.size(); ++i) {
    add_wrapping(c.open[i], i == 0 ? c.close[i] : c.close[i - 1]);
    add_wrapping(c.high[i], std::max(c.open[i], c.close[i]));
    add_wrapping(c.low[i], std::min(c.open[i], c.close[i]));
  }
  return true;
}

bool read_columns(FundingColumns& c, ColumnSource& in) {
  return in.column(c.time_ns, 0) && in.column(c.rate, 1);
}

/// The columns that must be there for each shape.
constexpr std::array<std::uint16_t, 4> required{0b1111, 0b11111, 0b111111, 0b11};

} // namespace

template <AnyColumns C>
BlockHeader encode_block(const C& rows, std::size_t first, std::size_t last, ChainEnd before, Effort effort,
                         std::string& out, CodecScratch& scratch) {
  BlockHeader header;
  auto layout = layout_of(rows);
  header.previous = before.head;
  header.first_row = before.rows;
  header.rows = static_cast<std::uint32_t>(last - first);
  header.present = layout.present;
  header.decimals = layout.decimals;
  header.shape = shape_of<C>;
  auto times = std::span<const market::TimeNs>{times_of(rows)}.subspan(first, last - first);
  std::tie(header.min_time_ns, header.max_time_ns) = range_of(times);
  header.in_order = never_falls(times) ? 1 : 0;
  if (auto ids = ids_of(rows); !ids.empty()) {
    ids = ids.subspan(first, last - first);
    header.first_id = ids.front(), header.last_id = ids.back();
    header.ids_rise = always_rises(ids) ? 1 : 0;
  }
  out.assign(sizeof header, '\0');
  ColumnSink sink{header, first, last, effort, out, scratch};
  write_columns(rows, first, last, sink, out);
  std::memcpy(out.data(), &header, sizeof header);
  header.checksum = checksum_of(as_bytes(out.data(), out.size()));
  std::memcpy(out.data(), &header.checksum, sizeof header.checksum);
  return header;
}

std::optional<BlockHeader> open_block(Bytes block) {
  BlockHeader header;
  if (block.size() < sizeof header)
    return std::nullopt;
  std::memcpy(&header, block.data(), sizeof header);
  auto shape = static_cast<std::size_t>(header.shape);
  if (header.checksum != checksum_of(block) || header.version != 1 || shape >= required.size() ||
      header.rows == 0 || header.rows > max_block_rows ||
      (header.present & required[shape]) != required[shape] || header.min_time_ns > header.max_time_ns ||
      std::any_of(header.decimals.begin(), header.decimals.end(),
                  [](auto decimals) { return decimals > 18; }))
    return std::nullopt;
  return header;
}

template <AnyColumns C>
bool decode_block(Bytes block, const BlockHeader& header, std::uint16_t wanted, C& out,
                  CodecScratch& scratch) {
  if (header.shape != shape_of<C> || block.size() < sizeof header)
    return false;
  // Only ticks are read by the hundred million; the other shapes derive columns from each other, so all are
  // read.
  if constexpr (!std::same_as<C, TickColumns>)
    wanted = everything;
  ColumnSource in{block.subspan(sizeof header), header.rows, header.present,
                  static_cast<std::uint16_t>(wanted | 1U), scratch};
  set_decimals(out, header.decimals);
  return read_columns(out, in) && in.at_end();
}

template <AnyColumns C>
bool rescale_rows(C& rows, std::uint8_t price_decimals, std::uint8_t quantity_decimals) {
  auto decimals = decimals_of(rows);
  if constexpr (std::same_as<C, FundingColumns>) {
    return true;
  } else {
    auto price_shift = price_decimals - decimals[0];
    decimals[0] = price_decimals;
    bool good = true;
    if constexpr (std::same_as<C, BarColumns>) {
      for (auto column : {&rows.open, &rows.high, &rows.low, &rows.close})
        good = good && rescale_column(*column, price_shift);
    } else {
      auto quantity_shift = quantity_decimals - decimals[1];
      decimals[1] = quantity_decimals;
      if constexpr (std::same_as<C, TickColumns>)
        good = rescale_column(rows.price, price_shift) && rescale_column(rows.quantity, quantity_shift);
      else
        good = rescale_column(rows.bid_price, price_shift) && rescale_column(rows.ask_price, price_shift) &&
               rescale_column(rows.bid_quantity, quantity_shift) &&
               rescale_column(rows.ask_quantity, quantity_shift);
    }
    set_decimals(rows, decimals);
    return good;
  }
}

template BlockHeader encode_block(const TickColumns&, std::size_t, std::size_t, ChainEnd, Effort,
                                  std::string&, CodecScratch&);
template BlockHeader encode_block(const QuoteColumns&, std::size_t, std::size_t, ChainEnd, Effort,
                                  std::string&, CodecScratch&);
template BlockHeader encode_block(const BarColumns&, std::size_t, std::size_t, ChainEnd, Effort, std::string&,
                                  CodecScratch&);
template BlockHeader encode_block(const FundingColumns&, std::size_t, std::size_t, ChainEnd, Effort,
                                  std::string&, CodecScratch&);
template bool decode_block(Bytes, const BlockHeader&, std::uint16_t, TickColumns&, CodecScratch&);
template bool decode_block(Bytes, const BlockHeader&, std::uint16_t, QuoteColumns&, CodecScratch&);
template bool decode_block(Bytes, const BlockHeader&, std::uint16_t, BarColumns&, CodecScratch&);
template bool decode_block(Bytes, const BlockHeader&, std::uint16_t, FundingColumns&, CodecScratch&);
template bool rescale_rows(TickColumns&, std::uint8_t, std::uint8_t);
template bool rescale_rows(QuoteColumns&, std::uint8_t, std::uint8_t);
template bool rescale_rows(BarColumns&, std::uint8_t, std::uint8_t);
template bool rescale_rows(FundingColumns&, std::uint8_t, std::uint8_t);

} // namespace finch::storage
