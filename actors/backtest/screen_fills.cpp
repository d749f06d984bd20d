/// What happens inside a row: settlements, fills, exits, extremes. The rest of the screened book is in
/// screen_book.cpp.
#include "actors/backtest/lane_bits.hpp"
#include "actors/backtest/screen_book.hpp"

#include <algorithm>
#include <cmath>

namespace finch::backtest {

using market::Round;

namespace {

constexpr double never_low = -std::numeric_limits<double>::infinity();
constexpr double never_high = std::numeric_limits<double>::infinity();

} // namespace

void ScreenBook::settle(Round round, std::size_t row) {
  const auto& due = window_->settlements;
  for (; settlement_ < due.size() && due[settlement_].round <= round; ++settlement_) {
    const auto& settlement = due[settlement_];
    auto word = settlement.lane / lanes_per_word, bit = settlement.lane % lanes_per_word;
    if ((words_[word].open() & bit_of(bit)) == 0)
      continue;
    auto& lane = lanes_[settlement.lane];
    const auto& instrument = instruments_[settlement.lane];
    auto bars = bars_of(row, word);
    // Settlements fall on bar edges: whoever held into the bar pays on its open.
    auto mark = (bars.traded & bit_of(bit)) != 0 ? bars.open[bit] : marks_[settlement.lane];
    auto value = market::notional(units(settlement.lane, mark), instrument.price_decimals,
                                  lane.position.signed_quantity(), instrument.quantity_decimals);
    auto payment = value ? accounting::funding_payment(*value, settlement.rate) : std::nullopt;
    if (!payment)
      return fail_money();
    lane.funding.units += payment->units;
    funding_ += payment->units;
    cash_ -= payment->units;
  }
}

void ScreenBook::fill_orders(std::size_t word, const Bars& bars) {
  auto& w = words_[word];
  auto minutes = terms_.account.minutes;
  auto opened = bars.round - minutes + 1;
  for_each_bit(w.leaving & bars.traded, [&](std::size_t bit) {
    auto lane = word * lanes_per_word + bit;
    const auto& order = lanes_[lane].order;
    auto arrival =
        market::round_close(order.round) + terms_.account.latency.sample_ns(terms_.account.seed, order.id);
    auto time = std::max(market::round_begin(opened), arrival);
    leave(lane, {order.reason, units(lane, bars.open[bit]), false}, time, liquidity(opened - 1, lane));
  });
  auto entering = w.entering & bars.traded;
  w.entering = 0;
  for_each_bit(entering, [&](std::size_t bit) {
    // An entry lives one bar: after a row that is missing it has expired.
    if (lanes_[word * lanes_per_word + bit].order.round + 1 == opened)
      enter(word, bit, bars);
  });
}

void ScreenBook::enter(std::size_t word, std::size_t bit, const Bars& bars) {
  auto lane = word * lanes_per_word + bit;
  auto& state = lanes_[lane];
  const auto& order = state.order;
  const auto& instrument = instruments_[lane];
  const auto& account = terms_.account;
  const auto& figures = liquidity(order.round, lane);
  auto lot = std::max<std::int64_t>(1, instrument.lot_size);
  auto most = std::floor(std::min(9e18, figures.day_volume * account.costs.impact.max_participation));
  if (!(most > 0))
    return;
  auto quantity = std::min(order.quantity, static_cast<std::int64_t>(most)) / lot * lot;
  auto price = units(lane, bars.open[bit]);
  auto value = market::notional(price, instrument.price_decimals, quantity, instrument.quantity_decimals);
  if (quantity <= 0 || !value || value->units > INT64_MAX / 8)
    return;
  accounting::MarginTerms margin{account.leverage, account.maintenance,
                                 static_cast<double>(instrument.taker_fee_e8) / 1e8};
  auto hold = static_cast<std::int32_t>(terms_.max_hold_bars * account.minutes);
  fb::Bracket bracket{order.stop,  order.target,
                      order.trail, terms_.break_even_r,
                      hold,        static_cast<std::uint32_t>(std::max(0, account.instance))};
  accounting::Position opened{instrument, order.side, quantity,
                              price,      bracket,    instrument.can_short() ? &margin : nullptr};
  if (!opened.stop_inside_liquidation())
    return;
  auto costs = accounting::fill_costs(account.costs, instrument, *value, false, figures.spread_bps,
                                      figures.day_sigma, static_cast<double>(quantity), figures.day_volume);
  auto arrival = market::round_close(order.round) + account.latency.sample_ns(account.seed, order.id);
  state.position = opened;
  state.entry_id = order.id;
  state.entry_time_ns = std::max(market::round_begin(bars.round - account.minutes + 1), arrival);
  state.hold_until = hold > 0 ? market::round_of(state.entry_time_ns) + hold - 1 : INT64_MAX;
  next_hold_ = std::min(next_hold_, state.hold_until);
  state.cost = {order.side * value->units};
  state.fees = costs.fee, state.spread = costs.spread, state.slippage = costs.slippage, state.funding = {};
  state.planned_risk = opened.initial_stop() == 0 ? market::Money{}
                                                  : market::notional(std::abs(price - opened.initial_stop()),
                                                                     instrument.price_decimals, quantity,
                                                                     instrument.quantity_decimals)
                                                        .value_or(market::Money{});
  cash_ -= state.cost.units + costs.fee.units + costs.spread.units + costs.slippage.units;
  ++fills_;
  auto& w = words_[word];
  (order.side > 0 ? w.longs : w.shorts) |= bit_of(bit);
  if (order.trail > 0 || terms_.break_even_r > 0)
    w.moving |= bit_of(bit);
  highest_[lane] = lowest_[lane] = marks_[lane] = bars.open[bit];
  set_limits(lane);
}

void ScreenBook::set_limits(std::size_t lane) {
  const auto& position = lanes_[lane].position;
  // Half a unit beyond the level: prices lie on whole units, so that rounding cannot decide a comparison.
  auto stop = static_cast<double>(position.stop_price()),
       target = static_cast<double>(position.target_price());
  auto has_stop = position.stop_price() != 0, has_target = position.target_price() != 0;
  if (position.side() > 0) {
    low_at_[lane] = has_stop ? (stop + 0.5) / scale_[lane] : never_low;
    high_at_[lane] = has_target ? (target + 0.5) / scale_[lane] : never_high;
  } else {
    high_at_[lane] = has_stop ? (stop - 0.5) / scale_[lane] : never_high;
    low_at_[lane] = has_target ? (target - 0.5) / scale_[lane] : never_low;
  }
}

void ScreenBook::leave(std::size_t lane, const accounting::Trigger& trigger, market::TimeNs time,
                       const broker::LiquidityFigures& figures) {
  auto& state = lanes_[lane];
  auto& position = state.position;
  const auto& instrument = instruments_[lane];
  time = std::max(time, state.entry_time_ns);
  position.absorb(units(lane, lowest_[lane]), units(lane, highest_[lane]));
  auto quantity = position.quantity();
  auto value =
      market::notional(trigger.price, instrument.price_decimals, quantity, instrument.quantity_decimals);
  if (!value)
    return fail_money();
  auto costs = trigger.reason == fb::ExitReason::liquidation
                   ? accounting::FillCosts{}
                   : accounting::fill_costs(terms_.account.costs, instrument, *value, trigger.maker,
                                            figures.spread_bps, figures.day_sigma,
                                            static_cast<double>(quantity), figures.day_volume);
  auto side = position.side();
  state.fees.units += costs.fee.units;
  state.spread.units += costs.spread.units;
  state.slippage.units += costs.slippage.units;
  position.note_exit(trigger.price);
  auto gross = side * value->units - state.cost.units;
  auto paid = state.fees.units + state.spread.units + state.slippage.units + state.funding.units;
  trades_.emplace_back(state.entry_id, instrument.id, static_cast<std::int8_t>(side), trigger.reason,
                       state.entry_time_ns, time, position.entry_price(), trigger.price, quantity,
                       position.initial_stop(), gross, state.fees.units, state.spread.units,
                       state.slippage.units, state.funding.units, gross - paid,
                       static_cast<double>(position.favourable()), static_cast<double>(position.adverse()),
                       state.planned_risk.units, static_cast<std::uint32_t>(terms_.account.instance),
                       fb::Regime::unknown, fb::Regime::unknown);
  cash_ += side * value->units - costs.fee.units - costs.spread.units - costs.slippage.units;
  fees_ += state.fees.units, spread_ += state.spread.units, slippage_ += state.slippage.units;
  ++fills_;
  position = {};
  state.cost = {};
  state.hold_until = INT64_MAX;
  state.last_exit_round = market::round_of(time);
  low_at_[lane] = never_low, high_at_[lane] = never_high;
  auto& w = words_[lane / lanes_per_word];
  auto others = ~bit_of(lane % lanes_per_word);
  w.longs &= others, w.shorts &= others, w.leaving &= others, w.moving &= others;
}

void ScreenBook::check_exits(std::size_t word, const Bars& bars) {
  auto& w = words_[word];
  auto first = word * lanes_per_word;
  auto count = std::min(lanes_per_word, lane_count_ - first);
  auto hit = reached(bars.low, bars.high, low_at_.data() + first, high_at_.data() + first, w.open(), count) &
             w.open() & bars.traded;
  for_each_bit(hit, [&](std::size_t bit) { leave_in_bar(word, bit, bars); });
  if (auto moving = w.moving & bars.traded; moving != 0)
    move_stops(word, moving, bars);
}

void ScreenBook::leave_in_bar(std::size_t word, std::size_t bit, const Bars& bars) {
  auto lane = word * lanes_per_word + bit;
  auto& position = lanes_[lane].position;
  position.absorb(units(lane, lowest_[lane]), units(lane, highest_[lane]));
  auto trigger =
      position.on_bar(units(lane, bars.open[bit]), units(lane, bars.high[bit]), units(lane, bars.low[bit]));
  if (trigger)
    leave(lane, *trigger, market::round_close(bars.round),
          liquidity(bars.round - terms_.account.minutes, lane));
  else
    set_limits(lane);
}

void ScreenBook::move_stops(std::size_t word, LaneWord moving, const Bars& bars) {
  for_each_bit(moving, [&](std::size_t bit) {
    auto lane = word * lanes_per_word + bit;
    auto& position = lanes_[lane].position;
    if (position.side() > 0 ? bars.high[bit] > highest_[lane] : bars.low[bit] < lowest_[lane]) {
      position.absorb(units(lane, bars.low[bit]), units(lane, bars.high[bit]));
      set_limits(lane);
    }
  });
}

void ScreenBook::note_extremes(std::size_t word, const Bars& bars) {
  auto first = word * lanes_per_word;
  auto count = std::min(lanes_per_word, lane_count_ - first);
  auto open = words_[word].open();
  auto *highest = highest_.data() + first, *lowest = lowest_.data() + first, *marks = marks_.data() + first;
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    if ((open >> i & 0xFU) == 0)
      continue;
    auto high = _mm256_loadu_pd(bars.high + i), low = _mm256_loadu_pd(bars.low + i),
         close = _mm256_loadu_pd(bars.close + i);
    // A comparison with NaN keeps what was known: both give their second operand then.
    _mm256_storeu_pd(highest + i, _mm256_max_pd(high, _mm256_loadu_pd(highest + i)));
    _mm256_storeu_pd(lowest + i, _mm256_min_pd(low, _mm256_loadu_pd(lowest + i)));
    _mm256_storeu_pd(marks + i, _mm256_blendv_pd(_mm256_loadu_pd(marks + i), close,
                                                 _mm256_cmp_pd(close, close, _CMP_ORD_Q)));
  }
  for (; i < count; ++i) {
    highest[i] = bars.high[i] > highest[i] ? bars.high[i] : highest[i];
    lowest[i] = bars.low[i] < lowest[i] ? bars.low[i] : lowest[i];
    marks[i] = bars.close[i] == bars.close[i] ? bars.close[i] : marks[i];
  }
}

} // namespace finch::backtest
