#include "actors/feed/source_blocks.hpp"

#include "actors/market/decimal.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace finch::feed {
namespace {

static_assert(sizeof(market::Side) == sizeof(std::int8_t));

/// Least and greatest of `values`, four lanes at a time so that the comparisons do not wait for each other.
std::pair<std::int64_t, std::int64_t> extremes(std::span<const std::int64_t> values) {
  if (values.empty())
    return {0, 0};
  std::array<std::int64_t, 4> low, high;
  low.fill(values[0]);
  high.fill(values[0]);
  std::size_t i = 0;
  for (; i + 4 <= values.size(); i += 4)
    for (std::size_t lane = 0; lane < 4; ++lane) {
      low[lane] = std::min(low[lane], values[i + lane]);
      high[lane] = std::max(high[lane], values[i + lane]);
    }
  for (; i < values.size(); ++i) {
    low[0] = std::min(low[0], values[i]);
    high[0] = std::max(high[0], values[i]);
  }
  return {*std::min_element(low.begin(), low.end()), *std::max_element(high.begin(), high.end())};
}

template <class T, class U>
void extend(std::vector<T>& out, std::span<const U> part) {
  out.insert(out.end(), part.begin(), part.end());
}

std::uint32_t end_of(std::size_t size) { return static_cast<std::uint32_t>(size); }

} // namespace

TickSlice slice_of(const market::TickColumns& ticks) noexcept {
  return {ticks.time_ns, ticks.price, ticks.quantity, ticks.side};
}

BlockBuilder::BlockBuilder(market::InstrumentId instrument, BlockLimits limits, std::uint64_t first_sequence)
    : instrument_{instrument}, limits_{std::max<std::size_t>(limits.ticks, 1),
                                       std::max<std::size_t>(limits.rounds, 1)},
      first_sequence_{first_sequence} {}

void BlockBuilder::add(Stretch stretch, const Emit& emit) {
  while (time_ns_.size() + stretch.ticks.size() > limits_.ticks) {
    if (auto room = limits_.ticks - time_ns_.size(); room > 0) {
      auto first = stretch;
      first.closed = false;
      first.bars = {};
      first.ticks = stretch.ticks.part(0, room);
      stretch.ticks = stretch.ticks.part(room, stretch.ticks.size() - room);
      auto last_time = first.ticks.time_ns.back(), next_time = stretch.ticks.time_ns.front();
      auto quotes = static_cast<std::size_t>(
          std::ranges::partition_point(stretch.quotes,
                                       [&](auto& quote) { return quote.time_ns() <= last_time; }) -
          stretch.quotes.begin());
      auto funding = static_cast<std::size_t>(
          std::ranges::partition_point(stretch.funding,
                                       [&](auto& paid) { return paid.time_ns() < next_time; }) -
          stretch.funding.begin());
      first.quotes = stretch.quotes.first(quotes);
      first.funding = stretch.funding.first(funding);
      stretch.quotes = stretch.quotes.subspan(quotes);
      stretch.funding = stretch.funding.subspan(funding);
      append(first);
    }
    flush(emit);
  }
  append(stretch);
  closed_rounds_ += stretch.closed ? 1 : 0;
  if (closed_rounds_ >= limits_.rounds)
    flush(emit);
}

void BlockBuilder::append(const Stretch& stretch) {
  extend(time_ns_, stretch.ticks.time_ns);
  extend(price_, stretch.ticks.price);
  extend(quantity_, stretch.ticks.quantity);
  auto* sides = reinterpret_cast<const std::int8_t*>(stretch.ticks.side.data());
  side_.insert(side_.end(), sides, sides + stretch.ticks.side.size());
  extend(quotes_, stretch.quotes);
  extend(bars_, stretch.bars);
  extend(funding_, stretch.funding);
  auto [low, high] = extremes(stretch.ticks.price);
  volume_.push_back(
      std::accumulate(stretch.ticks.quantity.begin(), stretch.ticks.quantity.end(), std::int64_t{0}));
  segments_.emplace_back(stretch.round, end_of(time_ns_.size()), end_of(quotes_.size()), end_of(bars_.size()),
                         end_of(funding_.size()), low, high, static_cast<fb::RoundStatus>(stretch.status),
                         stretch.closed ? std::uint8_t{1} : std::uint8_t{0});
}

void BlockBuilder::flush(const Emit& emit) {
  if (segments_.empty())
    return;
  // The exact size and some room for the table, so that the buffer never grows by copying itself.
  auto bytes = time_ns_.size() * 25 + segments_.size() * sizeof(fb::Segment) +
               quotes_.size() * sizeof(fb::Quote) + bars_.size() * sizeof(fb::NativeBar) +
               funding_.size() * sizeof(fb::Funding) + segments_.size() * 8 + 512;
  flatbuffers::FlatBufferBuilder builder{bytes};
  auto segments = builder.CreateVectorOfStructs(segments_);
  auto time = builder.CreateVector(time_ns_);
  auto price = builder.CreateVector(price_);
  auto quantity = builder.CreateVector(quantity_);
  auto side = builder.CreateVector(side_);
  auto quotes = builder.CreateVectorOfStructs(quotes_);
  auto bars = builder.CreateVectorOfStructs(bars_);
  auto funding = builder.CreateVectorOfStructs(funding_);
  auto volume = builder.CreateVector(volume_);
  auto sequence = first_sequence_;
  first_sequence_ = next_sequence();
  auto block = fb::CreateMarketBlock(builder, instrument_, sequence, segments, time, price, quantity, side,
                                     quotes, bars, funding, arrival_ns_, volume);
  auto frame = MarketFrame::own(builder, block);
  closed_rounds_ = 0;
  time_ns_.clear(), price_.clear(), quantity_.clear(), side_.clear();
  quotes_.clear(), bars_.clear(), funding_.clear(), segments_.clear(), volume_.clear();
  emit(std::move(frame));
}

void append_quotes(std::vector<fb::Quote>& out, const market::QuoteColumns& columns, std::size_t from,
                   std::size_t count) {
  for (auto i = from; i < from + count; ++i)
    out.emplace_back(columns.time_ns[i], columns.bid_price[i], columns.bid_quantity[i], columns.ask_price[i],
                     columns.ask_quantity[i]);
}

fb::Funding funding_at(const market::FundingColumns& columns, std::size_t index) noexcept {
  return {columns.time_ns[index], market::Decimal{columns.rate[index], columns.decimals}.value()};
}

fb::NativeBar native_bar(const market::BarColumns& columns, std::size_t index) noexcept {
  constexpr auto absent = std::numeric_limits<double>::quiet_NaN();
  auto value = [index](const std::vector<std::int64_t>& column, std::uint8_t decimals) {
    return column.empty() ? absent : market::Decimal{column[index], decimals}.value();
  };
  auto count = columns.trade_count.empty() ? -1 : static_cast<std::int32_t>(columns.trade_count[index]);
  return {columns.open_time_ns[index],
          columns.open[index],
          columns.high[index],
          columns.low[index],
          columns.close[index],
          value(columns.volume, columns.volume_decimals),
          value(columns.quote_volume, columns.quote_decimals),
          value(columns.buy_volume, columns.volume_decimals),
          count,
          columns.timeframe.minutes};
}

} // namespace finch::feed
