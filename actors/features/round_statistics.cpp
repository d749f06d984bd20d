#include "actors/features/round_statistics.hpp"

#include <algorithm>
#include <cmath>

namespace finch::features {

void QuoteStatistics::add(market::Round round, const fb::Quote& quote) noexcept {
  auto begin = market::round_begin(round), end = market::round_close(round);
  auto time = std::clamp(quote.time_ns(), begin, end);
  if (known_) {
    until_ = std::max(until_, begin);
    advance(time);
    auto flow = (quote.bid_price() >= bid_ ? quote.bid_quantity() : 0) -
                (quote.bid_price() <= bid_ ? bid_quantity_ : 0) -
                (quote.ask_price() <= ask_ ? quote.ask_quantity() : 0) +
                (quote.ask_price() >= ask_ ? ask_quantity_ : 0);
    flow_ += static_cast<double>(flow) / quantity_unit_;
  }
  bid_ = quote.bid_price(), bid_quantity_ = quote.bid_quantity();
  ask_ = quote.ask_price(), ask_quantity_ = quote.ask_quantity();
  until_ = known_ ? until_ : time;
  known_ = true;
  spread_bps_ = 2e4 * static_cast<double>(ask_ - bid_) / static_cast<double>(ask_ + bid_);
  depth_ += static_cast<double>(bid_quantity_ + ask_quantity_) / 2 / quantity_unit_;
  ++updates_;
}

void QuoteStatistics::advance(market::TimeNs to) noexcept {
  if (to <= until_)
    return;
  auto length = static_cast<double>(to - until_);
  weighted_ += length * spread_bps_;
  weight_ += length;
  until_ = to;
}

void QuoteStatistics::close(market::Round round, market::RoundState& out) noexcept {
  if (!known_)
    return;
  until_ = std::max(until_, market::round_begin(round));
  advance(market::round_close(round));
  out.spread_bps = weight_ > 0 ? weighted_ / weight_ : spread_bps_;
  auto quantity = static_cast<double>(bid_quantity_ + ask_quantity_);
  auto mid = static_cast<double>(ask_ + bid_) / 2;
  auto micro = static_cast<double>(ask_) * static_cast<double>(bid_quantity_) +
               static_cast<double>(bid_) * static_cast<double>(ask_quantity_);
  out.microprice_dev = quantity > 0 ? (micro / quantity - mid) / mid : 0;
  out.order_flow = flow_;
  out.mean_depth = updates_ > 0 ? depth_ / static_cast<double>(updates_) : quantity / 2 / quantity_unit_;
  weighted_ = weight_ = flow_ = depth_ = 0;
  updates_ = 0;
}

void FundingStatistics::add(double rate) noexcept {
  rate_ = rate;
  spread_ = window_.update(rate, count_);
  ++count_;
}

void FundingStatistics::close(market::RoundState& out) const noexcept {
  if (count_ == 0)
    return;
  out.funding_rate = rate_;
  if (count_ < 90)
    return;
  auto deviation = spread_.deviation(1);
  out.funding_z = deviation == 0 ? 0 : (rate_ - spread_.mean) / deviation;
}

void ToxicityStatistics::add_ticks(std::span<const std::int64_t> quantity,
                                   std::span<const std::int8_t> side) noexcept {
  for (std::size_t i = 0; i < quantity.size(); ++i) {
    auto size = static_cast<double>(quantity[i]);
    day_volume_ += size;
    if (side[i] == 0)
      unsided_ += size;
    else
      vpin_.add(size, side[i] > 0 ? 1 : 0);
  }
}

void ToxicityStatistics::add_bar(double volume, double bought) noexcept {
  day_volume_ += volume;
  if (std::isnan(bought))
    unsided_ += volume;
  else if (volume > 0)
    vpin_.add(volume, std::clamp(bought / volume, 0.0, 1.0));
}

void ToxicityStatistics::close(market::Round round, double close, market::RoundState& out) noexcept {
  auto day = market::day_of(market::round_begin(round));
  if (!started_ && !std::isnan(close)) {
    started_ = true;
    day_ = day;
    whole_ = round % market::rounds_per_day == 0;
    last_close_ = close;
  }
  if (!started_)
    return;
  if (!std::isnan(close)) {
    auto move = close - last_close_;
    last_close_ = close;
    spread_ = moves_.update(move, move_count_);
    ++move_count_;
    if (unsided_ > 0) {
      // Bulk classification: the share bought is the normal probability of the standardised price change.
      auto deviation = move_count_ >= 60 ? spread_.deviation(1) : 0;
      vpin_.add(unsided_, deviation > 0 ? 0.5 * std::erfc(-move / deviation * 0.7071067811865476) : 0.5);
    }
  }
  unsided_ = 0;
  out.vpin = vpin_.value();
  if (auto next = market::day_of(market::round_close(round)); next != day_)
    begin_day(next, true);
}

void ToxicityStatistics::begin_day(std::int32_t day, bool whole) noexcept {
  if (whole_ && day_volume_ > 0) {
    total_volume_ += day_volume_;
    ++whole_days_;
    vpin_.set_bucket_volume(total_volume_ / static_cast<double>(whole_days_) / 50);
  }
  day_ = day;
  day_volume_ = 0;
  whole_ = whole;
}

} // namespace finch::features
