#include "actors/backtest/market_record.hpp"

#include "actors/market/decimal.hpp"

#include <algorithm>
#include <cmath>

namespace finch::backtest {

void MarketRecord::clear() {
  first_ += static_cast<market::Round>(figures_.size());
  figures_.clear();
  traded_.clear();
  settlements_.clear();
}

void MarketRecord::consume(const fb::MarketBlock& block) {
  if (!block.segments())
    return;
  std::uint32_t tick = 0, bar = 0, funding = 0, quote = 0;
  for (flatbuffers::uoffset_t at = 0; at < block.segments()->size(); ++at) {
    const auto& segment = *block.segments()->Get(at);
    if (segment.tick_end() > tick) {
      low_ = has_ticks_ ? std::min(low_, segment.low()) : segment.low();
      high_ = has_ticks_ ? std::max(high_, segment.high()) : segment.high();
      has_ticks_ = true;
      if (block.segment_volume())
        volume_ += block.segment_volume()->Get(at);
      else
        for (auto i = tick; i < segment.tick_end(); ++i)
          volume_ += block.tick_quantity()->Get(i);
    }
    if (segment.quote_end() > quote) {
      const auto* last = block.quotes()->Get(segment.quote_end() - 1);
      auto bid = static_cast<double>(last->bid_price()), ask = static_cast<double>(last->ask_price());
      quoted_bps_ = 2 * (ask - bid) / (ask + bid) * 1e4;
      quoted_ = true;
    }
    for (; bar < segment.bar_end(); ++bar)
      bars_.push_back(*block.bars()->Get(bar));
    for (; instrument_.can_short() && funding < segment.funding_end(); ++funding)
      settlements_.push_back({segment.round(), 0, block.funding()->Get(funding)->time_ns(),
                              block.funding()->Get(funding)->rate()});
    tick = segment.tick_end(), quote = segment.quote_end(), funding = segment.funding_end();
    if (segment.closed() != 0)
      close(segment.round());
  }
}

void MarketRecord::read_bar(const fb::NativeBar& bar) {
  if (bar.open_time_ns() < covered_until_ns_)
    return;
  covered_until_ns_ = bar.open_time_ns() + bar.minutes() * market::ns_per_minute;
  has_bars_ = true;
  if (std::isfinite(bar.volume()))
    bar_volume_ += bar.volume() * market::pow10_double[instrument_.quantity_decimals];
  low_ = bar.low();
  high_ = bar.high();
  range_minutes_ = std::max(1, bar.minutes());
}

void MarketRecord::close(market::Round round) {
  auto close_ns = market::round_close(round);
  if (has_ticks_)
    covered_until_ns_ = std::max(covered_until_ns_, close_ns);
  for (const auto& bar : bars_)
    read_bar(bar);
  bars_.clear();
  liquidity_.close_round(round, has_ticks_ ? static_cast<double>(volume_) : bar_volume_, low_, high_,
                         range_minutes_);
  if (quoted_)
    liquidity_.note_spread(round, quoted_bps_);
  if (figures_.empty())
    first_ = round;
  figures_.push_back({liquidity_.day_volume(), liquidity_.day_sigma(), liquidity_.spread_bps()});
  traded_.push_back(has_ticks_ || has_bars_ ? 1 : 0);
  has_ticks_ = has_bars_ = quoted_ = false;
  low_ = high_ = volume_ = 0;
  bar_volume_ = 0;
  range_minutes_ = 1;
}

} // namespace finch::backtest
