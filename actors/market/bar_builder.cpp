#include "actors/market/bar_builder.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace finch::market {
namespace {

void accumulate(double& total, double x) noexcept {
  if (!std::isnan(x))
    total = std::isnan(total) ? x : total + x;
}

void replace(double& kept, double x) noexcept {
  if (!std::isnan(x))
    kept = x;
}

/// Joins the inter-arrival moments of two stretches and the wait between them.
void merge_waits(Bar& into, const Bar& next) noexcept {
  auto join = [&](double count, double mean, double m2, double more, double more_mean, double more_m2) {
    auto total = count + more, delta = more_mean - mean;
    into.interarrival_mean_ns = total == 0 ? 0 : mean + delta * (more / total);
    into.interarrival_m2 = total == 0 ? 0 : m2 + more_m2 + delta * delta * (count * more / total);
  };
  auto count = static_cast<double>(into.trade_count - 1);
  auto wait = static_cast<double>(std::max<TimeNs>(0, next.first_tick_ns - into.last_tick_ns));
  join(count, into.interarrival_mean_ns, into.interarrival_m2, 1, wait, 0);
  join(count + 1, into.interarrival_mean_ns, into.interarrival_m2, static_cast<double>(next.trade_count - 1),
       next.interarrival_mean_ns, next.interarrival_m2);
}

void merge(Bar& into, const Bar& next) noexcept {
  if (into.has_ticks && next.has_ticks)
    merge_waits(into, next);
  into.high = std::max(into.high, next.high);
  into.low = std::min(into.low, next.low);
  into.close = next.close;
  into.volume += next.volume;
  into.quote_volume += next.quote_volume;
  into.buy_volume += next.buy_volume;
  into.trade_count += next.trade_count;
  into.buy_count += next.buy_count;
  into.sell_count += next.sell_count;
  into.sqrt_flow += next.sqrt_flow;
  into.large_volume += next.large_volume;
  into.last_tick_ns = next.last_tick_ns;
  into.has_ticks = into.has_ticks && next.has_ticks;
  into.has_sides = into.has_sides && next.has_sides;
  into.has_count = into.has_count && next.has_count;
}

constexpr std::size_t longest_stretch = 1'024;

/// Exact sums over ticks.
struct Sums {
  std::int64_t high, low, buys = 0, sells = 0;
  Int128 volume = 0, buy_volume = 0, turnover = 0;
};

/// The sums of up to 1,024 ticks with quantities below 2^31 and prices less than 2^22 apart, which nearly all
/// stretches are; others are refused. Its loops have no branches and 64-bit lanes, so that they compile to
/// vector code.
std::optional<Sums> fast_sums(std::span<const std::int64_t> price, std::span<const std::int64_t> quantity,
                              std::span<const std::int8_t> side) noexcept {
  auto high = price.front(), low = price.front();
  std::uint64_t bits = 0, volume = 0, buy_volume = 0;
  std::int64_t buys = 0, sells = 0;
  for (std::size_t i = 0; i < price.size(); ++i) {
    auto p = price[i];
    auto q = static_cast<std::uint64_t>(quantity[i]);
    std::int64_t s = side[i], bought = s > 0, sold = s < 0;
    high = p > high ? p : high;
    low = p < low ? p : low;
    bits |= q;
    volume += q;
    buy_volume += q & static_cast<std::uint64_t>(-bought);
    buys += bought;
    sells += sold;
  }
  if (static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) >= 1U << 22 || bits >= 1U << 31)
    return std::nullopt;
  std::uint64_t above = 0; // 22 + 31 + 10 bits at most
  for (std::size_t i = 0; i < price.size(); ++i)
    above += static_cast<std::uint64_t>(static_cast<std::uint32_t>(price[i] - low)) *
             static_cast<std::uint32_t>(quantity[i]);
  return Sums{high,
              low,
              buys,
              sells,
              volume,
              buy_volume,
              static_cast<Int128>(low) * static_cast<Int128>(volume) + static_cast<Int128>(above)};
}

Sums slow_sums(std::span<const std::int64_t> price, std::span<const std::int64_t> quantity,
               std::span<const std::int8_t> side) noexcept {
  Sums out{price.front(), price.front()};
  for (std::size_t i = 0; i < price.size(); ++i) {
    out.high = std::max(out.high, price[i]), out.low = std::min(out.low, price[i]);
    out.volume += quantity[i];
    out.buy_volume += side[i] > 0 ? quantity[i] : 0;
    out.turnover += static_cast<Int128>(price[i]) * quantity[i];
    out.buys += side[i] > 0, out.sells += side[i] < 0;
  }
  return out;
}

} // namespace

MinuteBuilder::MinuteBuilder(const Instrument& instrument, TickStatistics wanted)
    : price_unit_{pow10_double[instrument.price_decimals]},
      quantity_unit_{pow10_double[instrument.quantity_decimals]}, wanted_{wanted} {}

void MinuteBuilder::add(std::span<const TimeNs> time_ns, std::span<const std::int64_t> price,
                        std::span<const std::int64_t> quantity, std::span<const std::int8_t> side) {
  auto size = price.size();
  if (size == 0)
    return;
  if (wanted_.interarrival || wanted_.sqrt_flow || wanted_.large_trades)
    add_statistics(time_ns, price, quantity, side);
  if (count_ == 0) {
    open_ = high_ = low_ = price.front();
    first_ = time_ns.front();
  }
  for (std::size_t at = 0; at < size; at += longest_stretch) {
    auto count = std::min(longest_stretch, size - at);
    auto prices = price.subspan(at, count), quantities = quantity.subspan(at, count);
    auto sides = side.subspan(at, count);
    auto fast = fast_sums(prices, quantities, sides);
    auto sums = fast ? *fast : slow_sums(prices, quantities, sides);
    high_ = std::max(high_, sums.high), low_ = std::min(low_, sums.low);
    buys_ += sums.buys, sells_ += sums.sells;
    volume_ += sums.volume, buy_volume_ += sums.buy_volume, turnover_ += sums.turnover;
  }
  close_ = price.back();
  last_ = time_ns.back();
  count_ += static_cast<std::int64_t>(size);
}

void MinuteBuilder::add_statistics(std::span<const TimeNs> time_ns, std::span<const std::int64_t> price,
                                   std::span<const std::int64_t> quantity,
                                   std::span<const std::int8_t> side) {
  if (count_ == 0)
    large_known_ = large_.known();
  auto before = count_ == 0 ? time_ns.front() : last_;
  for (std::size_t i = 0; i < price.size(); ++i) {
    if (wanted_.interarrival) {
      auto wait = std::max<TimeNs>(0, time_ns[i] - before);
      before = time_ns[i];
      waits_ += wait;
      squared_waits_ += static_cast<Int128>(wait) * wait;
    }
    if (wanted_.sqrt_flow) {
      auto turnover =
          static_cast<double>(price[i]) / price_unit_ * (static_cast<double>(quantity[i]) / quantity_unit_);
      sqrt_flow_ += side[i] * std::sqrt(turnover);
    }
    if (wanted_.large_trades) {
      if (large_known_ && quantity[i] >= large_.threshold())
        large_volume_ += quantity[i];
      large_.add(quantity[i]);
    }
  }
}

Bar MinuteBuilder::finish(Round round) {
  Bar out;
  out.open_time_ns = round_begin(round);
  out.timeframe = {1};
  auto priced = [this](std::int64_t mantissa) { return static_cast<double>(mantissa) / price_unit_; };
  auto sized = [this](Int128 mantissa) { return static_cast<double>(mantissa) / quantity_unit_; };
  out.open = priced(open_), out.high = priced(high_), out.low = priced(low_), out.close = priced(close_);
  out.volume = sized(volume_);
  out.buy_volume = sized(buy_volume_);
  // Up to 10^18 a product of two powers of ten is exact, so that this is one rounding.
  out.quote_volume = price_unit_ * quantity_unit_ <= 1e18
                         ? static_cast<double>(turnover_) / (price_unit_ * quantity_unit_)
                         : static_cast<double>(turnover_) / price_unit_ / quantity_unit_;
  out.trade_count = count_, out.buy_count = buys_, out.sell_count = sells_;
  out.first_tick_ns = first_, out.last_tick_ns = last_;
  out.has_ticks = out.has_count = true;
  out.has_sides = buys_ + sells_ == count_;
  out.sqrt_flow = sqrt_flow_;
  if (wanted_.interarrival && count_ > 1) {
    auto waits = count_ - 1;
    out.interarrival_mean_ns = static_cast<double>(waits_) / static_cast<double>(waits);
    out.interarrival_m2 =
        static_cast<double>(squared_waits_ * waits - waits_ * waits_) / static_cast<double>(waits);
  }
  out.large_volume =
      wanted_.large_trades && large_known_ ? sized(large_volume_) : std::numeric_limits<double>::quiet_NaN();
  begin();
  return out;
}

void MinuteBuilder::begin() noexcept {
  count_ = buys_ = sells_ = 0;
  volume_ = buy_volume_ = turnover_ = large_volume_ = waits_ = squared_waits_ = 0;
  sqrt_flow_ = 0;
}

BarAggregator::BarAggregator(std::span<const Timeframe> timeframes, bool has_sessions)
    : has_sessions_{has_sessions} {
  for (auto timeframe : timeframes) {
    pending_.emplace_back();
    pending_.back().timeframe = timeframe;
  }
  std::sort(pending_.begin(), pending_.end(),
            [](const Pending& a, const Pending& b) { return a.timeframe > b.timeframe; });
}

void BarAggregator::add(const Bar& bar) {
  auto first = round_of(bar.open_time_ns), last = first + bar.timeframe.minutes - 1;
  if (state_.started && state_.last_data >= first)
    return;
  auto in_session = !has_sessions_ || first - state_.last_data - 1 < session_absence;
  for (auto& pending : pending_) {
    auto minutes = pending.timeframe.minutes;
    if (minutes % bar.timeframe.minutes != 0)
      continue;
    if (pending.open) {
      merge(pending.bar, bar);
      continue;
    }
    pending.bar = bar;
    pending.bar.timeframe = pending.timeframe;
    pending.bar.open_time_ns = pending.timeframe.bar_open(bar.open_time_ns);
    pending.bar.after_gap = pending.started && in_session &&
                            floor_div(last, minutes) - pending.last_slot > 1 && state_.unexplained >= minutes;
    pending.open = true;
  }
  state_.last_data = last;
  state_.missing = state_.unexplained = 0;
  state_.started = true;
  state_.in_gap = false;
  state_.has_minutes |= bar.timeframe.minutes == 1;
  state_.last_close = bar.close;
  state_.has_ticks = bar.has_ticks, state_.has_sides = bar.has_sides, state_.has_count = bar.has_count;
  state_.knows_large = !std::isnan(bar.large_volume);
}

std::optional<Round> BarAggregator::last_round() const noexcept {
  return state_.any_round ? std::optional{state_.last_round} : std::nullopt;
}

void BarAggregator::close_round(Round round, RoundStatus status, std::span<const Bar> bars,
                                const RoundState& state, std::vector<Bar>& out) {
  if (state_.any_round && state_.last_round + 1 < round) {
    // In a long silence nothing can happen once every open bar has closed and the fill limit has passed.
    auto settled = state_.last_round + pending_.front().timeframe.minutes + fill_limit + 1;
    auto until = std::min(round, settled);
    for (auto skipped = state_.last_round + 1; skipped < until; ++skipped)
      close_one(skipped, RoundStatus::quiet, {}, out);
    if (state_.started) {
      state_.missing += round - until;
      state_.unexplained += round - until;
    }
  }
  for (const auto& bar : bars)
    add(bar);
  close_one(round, status, state, out);
}

void BarAggregator::close_one(Round round, RoundStatus status, const RoundState& state,
                              std::vector<Bar>& out) {
  state_.any_round = true;
  state_.last_round = round;
  if (state_.started && state_.last_data != round)
    note_missing(status);
  for (auto& pending : pending_) {
    accumulate(pending.state.spread_bps, state.spread_bps);
    pending.spread_rounds += std::isnan(state.spread_bps) ? 0 : 1;
    accumulate(pending.state.mean_depth, state.mean_depth);
    pending.depth_rounds += std::isnan(state.mean_depth) ? 0 : 1;
    accumulate(pending.state.order_flow, state.order_flow);
    replace(pending.state.microprice_dev, state.microprice_dev);
    replace(pending.state.funding_rate, state.funding_rate);
    replace(pending.state.funding_z, state.funding_z);
    replace(pending.state.vpin, state.vpin);
    if (pending.timeframe.closes_at(round))
      emit(pending, round, out);
  }
}

/// A minute has passed without data: fills it where the silence is short, else begins or continues a gap.
void BarAggregator::note_missing(RoundStatus status) {
  ++state_.missing;
  if (status == RoundStatus::closed)
    return;
  ++state_.unexplained;
  if (status == RoundStatus::down || state_.missing > fill_limit)
    state_.in_gap = true;
  if (state_.has_minutes && !state_.in_gap)
    for (auto& pending : pending_)
      ++pending.filled;
}

void BarAggregator::emit(Pending& pending, Round round, std::vector<Bar>& out) {
  auto minutes = pending.timeframe.minutes;
  if (!pending.open && pending.started && pending.filled == minutes) {
    Bar flat;
    flat.timeframe = pending.timeframe;
    flat.open_time_ns = round_begin(round - minutes + 1);
    flat.open = flat.high = flat.low = flat.close = state_.last_close;
    flat.has_ticks = state_.has_ticks, flat.has_sides = state_.has_sides, flat.has_count = state_.has_count;
    flat.large_volume = state_.knows_large ? 0 : std::numeric_limits<double>::quiet_NaN();
    flat.is_gap = true;
    pending.bar = flat;
    pending.open = true;
  }
  if (pending.open) {
    auto& bar = pending.bar;
    const auto& state = pending.state;
    bar.spread_bps = state.spread_bps / static_cast<double>(pending.spread_rounds);
    bar.mean_depth = state.mean_depth / static_cast<double>(pending.depth_rounds);
    bar.order_flow = state.order_flow;
    bar.microprice_dev = state.microprice_dev;
    bar.funding_rate = state.funding_rate;
    bar.funding_z = state.funding_z;
    bar.vpin = state.vpin;
    out.push_back(bar);
    pending.last_slot = floor_div(round, minutes);
    pending.started = true;
  }
  pending.open = false;
  pending.filled = pending.spread_rounds = pending.depth_rounds = 0;
  pending.state = {};
}

void BarAggregator::restore(const State& state, std::span<const Pending> pending) {
  state_ = state;
  std::copy(pending.begin(), pending.end(), pending_.begin());
}

} // namespace finch::market
