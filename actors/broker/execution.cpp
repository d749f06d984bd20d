#include "actors/broker/execution.hpp"

#include <array>
#include <cmath>

namespace finch::broker {

const char* to_string(Reason reason) noexcept {
  constexpr std::array names{
      "unknown_instrument", "no_short",           "position_open", "order_pending", "nothing_open",
      "zero_quantity",      "below_min_notional", "no_price",      "no_stop",       "no_liquidity",
      "near_liquidation",   "too_large",          "expired",       "no_equity",     "cancelled"};
  auto index = static_cast<std::size_t>(reason) - 100;
  return index < names.size() ? names[index] : "unknown";
}

Execution::Execution(market::Instrument instrument, std::shared_ptr<const AccountConfig> config)
    : instrument_{std::move(instrument)}, config_{std::move(config)} {}

Status Execution::push(const Frame<fb::MarketBlock>& block) {
  const auto* segments = block->segments();
  if (segments != nullptr && segments->size() > 0 && segments->Get(0)->round() <= closed_through_)
    return fail(Category::bad_input,
                "a market block of " + market::format_name(instrument_.name) + " begins in round " +
                    std::to_string(segments->Get(0)->round()) + ", which was already closed",
                "late ticks must join the next round");
  return stream_.push(block);
}

bool Execution::exit_pending() const noexcept {
  return std::any_of(orders_.begin(), orders_.end(), [](const PendingOrder& order) { return order.closes; });
}

void Execution::run(Round open_round) {
  while (const auto* segment = stream_.peek()) {
    // A segment of a later round closes the ones before it, whether or not they said so.
    if (in_round_ && segment->round() > round_)
      end_round();
    if (segment->round() > open_round) {
      closed_through_ = std::max(closed_through_, segment->round() - 1);
      return;
    }
    round_ = segment->round();
    in_round_ = true;
    bool closed = segment->closed() != 0;
    read(stream_.front());
    if (stream_.is_last() && mark_ != nullptr) {
      mark_value_ = *mark_;
      mark_ = nullptr;
    }
    stream_.pop();
    if (closed)
      end_round();
  }
}

void Execution::read(const Stretch& stretch) {
  const auto& block = stream_.block();
  if (stretch.quote_end > stretch.quote_begin) {
    const auto* quote = block.quotes()->Get(stretch.quote_end - 1);
    auto bid = static_cast<double>(quote->bid_price()), ask = static_cast<double>(quote->ask_price());
    quoted_bps_ = 2 * (ask - bid) / (ask + bid) * 1e4;
    quoted_ = true;
  }
  for (auto bar = stretch.bar_begin; bar < stretch.bar_end; ++bar)
    bars_due_.push_back(*block.bars()->Get(bar));
  if (instrument_.can_short())
    for (auto settlement = stretch.funding_begin; settlement < stretch.funding_end; ++settlement)
      funding_due_.push_back(*block.funding()->Get(settlement));

  auto ticks = stretch.tick_end - stretch.tick_begin;
  if (ticks == 0)
    return;
  tick_count_ += ticks;
  low_ = has_ticks_ ? std::min(low_, stretch.segment->low()) : stretch.segment->low();
  high_ = has_ticks_ ? std::max(high_, stretch.segment->high()) : stretch.segment->high();
  has_ticks_ = true;
  volume_ += stream_.volume();
  if (position_.is_open() || !orders_.empty())
    run_ticks(stretch);
  mark_ = stream_.prices() + stretch.tick_end - 1;
}

void Execution::run_ticks(const Stretch& stretch) {
  const auto* times = stream_.times();
  const auto* prices = stream_.prices();
  for (auto tick = stretch.tick_begin; tick < stretch.tick_end;) {
    if (!orders_.empty() || !funding_due_.empty()) {
      if (tick > stretch.tick_begin)
        mark_ = prices + tick - 1;
      on_tick(times[tick], prices[tick]);
      ++tick;
      continue;
    }
    if (!position_.is_open())
      return;
    if (tick == stretch.tick_begin && position_.is_quiet(stretch.segment->low(), stretch.segment->high())) {
      position_.absorb(stretch.segment->low(), stretch.segment->high());
      return;
    }
    for (; tick < stretch.tick_end; ++tick)
      if (auto trigger = position_.on_print(prices[tick])) {
        leave(*trigger, times[tick], entry_id_);
        return;
      }
  }
}

void Execution::on_tick(TimeNs time, std::int64_t price) {
  pay_funding(time, mark());
  bool entered = false;
  fill_orders(time, price, nullptr, entered);
  // The print an order fills at opened the position; it cannot close it too.
  if (position_.is_open() && !entered)
    if (auto trigger = position_.on_print(price))
      leave(*trigger, time, entry_id_);
}

void Execution::fill_orders(TimeNs time, std::int64_t price, const fb::NativeBar* bar, bool& entered) {
  for (std::size_t at = 0; at < orders_.size();) {
    const auto& order = orders_[at];
    bool expired = !order.closes && (bar != nullptr ? order.expiry_ns <= time : order.expiry_ns < time);
    bool due = bar == nullptr ? order.arrival_ns < time
                              : order.decided_ns <= time &&
                                    order.arrival_ns < time + bar->minutes() * market::ns_per_minute;
    if (!expired && !due) {
      ++at;
      continue;
    }
    auto taken = order;
    orders_.erase(orders_.begin() + static_cast<std::ptrdiff_t>(at));
    if (expired) {
      refuse(taken.id, taken.expiry_ns, Reason::expired);
      continue;
    }
    auto fill_time = bar == nullptr ? time : std::max(time, taken.arrival_ns);
    if (!taken.closes)
      entered = enter(taken, price, fill_time) || entered;
    else if (position_.is_open())
      leave({taken.reason, price, false}, fill_time, taken.id);
    // Leaving withdraws other exits, so positions in the list may have shifted.
    at = 0;
  }
}

void Execution::on_bar(const fb::NativeBar& bar) {
  // Settlements fall on bar edges in practice: whoever held into the bar pays, whoever enters in it does not.
  auto close_ns = bar.open_time_ns() + bar.minutes() * market::ns_per_minute;
  pay_funding(close_ns, bar.open());
  bool entered = false;
  fill_orders(bar.open_time_ns(), bar.open(), &bar, entered);
  if (position_.is_open())
    if (auto trigger = position_.on_bar(bar.open(), bar.high(), bar.low()))
      leave(*trigger, close_ns, entry_id_);
  mark_value_ = bar.close();
  mark_ = nullptr;
  ++bar_count_;
  if (std::isfinite(bar.volume()))
    bar_volume_ += bar.volume() * market::pow10_double[instrument_.quantity_decimals];
  low_ = bar.low();
  high_ = bar.high();
  range_minutes_ = std::max(1, bar.minutes());
}

void Execution::play_bars() {
  // Bars wait for the close, because only then is it known whether ticks outrank them.
  for (const auto& bar : bars_due_)
    if (bar.open_time_ns() >= covered_until_ns_) {
      covered_until_ns_ = bar.open_time_ns() + bar.minutes() * market::ns_per_minute;
      on_bar(bar);
    }
  bars_due_.clear();
}

void Execution::expire_orders(TimeNs close_ns) {
  for (std::size_t at = 0; at < orders_.size();) {
    if (orders_[at].closes || orders_[at].expiry_ns > close_ns) {
      ++at;
      continue;
    }
    refuse(orders_[at].id, close_ns, Reason::expired);
    orders_.erase(orders_.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

void Execution::end_round() {
  auto close_ns = market::round_close(round_);
  if (has_ticks_)
    covered_until_ns_ = std::max(covered_until_ns_, close_ns);
  if (!bars_due_.empty())
    play_bars();
  if (!funding_due_.empty())
    pay_funding(close_ns, mark());
  if (!orders_.empty())
    expire_orders(close_ns);
  liquidity_.close_round(round_, has_ticks_ ? static_cast<double>(volume_) : bar_volume_, low_, high_,
                         range_minutes_);
  if (quoted_)
    liquidity_.note_spread(round_, quoted_bps_);
  closed_through_ = round_;
  in_round_ = has_ticks_ = quoted_ = false;
  low_ = high_ = volume_ = 0;
  bar_volume_ = 0;
  range_minutes_ = 1;
}

void Execution::pay_funding(TimeNs before, std::int64_t mark) {
  while (!funding_due_.empty() && funding_due_.front().time_ns() < before) {
    auto settlement = funding_due_.front();
    funding_due_.erase(funding_due_.begin());
    if (!position_.is_open())
      continue;
    auto value = market::notional(mark, instrument_.price_decimals, position_.signed_quantity(),
                                  instrument_.quantity_decimals);
    auto payment = value ? accounting::funding_payment(*value, settlement.rate()) : std::nullopt;
    Event event{.kind = payment ? Event::Kind::funding : Event::Kind::failure,
                .time_ns = settlement.time_ns()};
    event.payment = payment.value_or(Money{});
    funding_.units += event.payment.units;
    events_.push_back(event);
  }
}

accounting::FillCosts Execution::costs_of(Money value, bool maker, std::int64_t quantity) const noexcept {
  return accounting::fill_costs(config_->costs, instrument_, value, maker, liquidity_.spread_bps(),
                                liquidity_.day_sigma(), static_cast<double>(quantity),
                                liquidity_.day_volume());
}

bool Execution::enter(const PendingOrder& order, std::int64_t price, TimeNs time) {
  auto lot = std::max<std::int64_t>(1, instrument_.lot_size);
  auto most = std::floor(std::min(9e18, liquidity_.day_volume() * config_->costs.impact.max_participation));
  if (!(most > 0))
    return refuse(order.id, time, Reason::no_liquidity), false;
  auto quantity = std::min(order.quantity, static_cast<std::int64_t>(most)) / lot * lot;
  if (quantity <= 0)
    return refuse(order.id, time, Reason::no_liquidity), false;
  auto value = market::notional(price, instrument_.price_decimals, quantity, instrument_.quantity_decimals);
  // An eighth of the range leaves room for costs, marks and profits of everything else the account holds.
  if (!value || value->units > INT64_MAX / 8)
    return refuse(order.id, time, Reason::too_large), false;

  accounting::MarginTerms terms{config_->leverage, config_->maintenance,
                                static_cast<double>(instrument_.taker_fee_e8) / 1e8};
  accounting::Position opened{instrument_, order.side,    quantity,
                              price,       order.bracket, instrument_.can_short() ? &terms : nullptr};
  if (!opened.stop_inside_liquidation())
    return refuse(order.id, time, Reason::near_liquidation), false;
  position_ = opened;
  auto costs = costs_of(*value, false, quantity);
  cost_ = Money{order.side * value->units};
  fees_ = costs.fee, spread_ = costs.spread, slippage_ = costs.slippage, funding_ = Money{};
  entry_id_ = order.id;
  entry_time_ns_ = time;
  entry_round_ = market::round_of(time);
  max_hold_rounds_ = order.bracket.max_hold_rounds();
  auto risk = opened.initial_stop() == 0
                  ? Money{}
                  : market::notional(std::abs(price - opened.initial_stop()), instrument_.price_decimals,
                                     quantity, instrument_.quantity_decimals)
                        .value_or(Money{});
  planned_risk_ = risk;
  events_.push_back({.kind = Event::Kind::fill,
                     .time_ns = time,
                     .fill = {order.id, instrument_.id, time, price, quantity, order.side, false, false,
                              fb::ExitReason::stop, *value, costs.fee, costs.spread, costs.slippage}});
  return true;
}

void Execution::leave(const accounting::Trigger& trigger, TimeNs time, std::uint64_t order_id) {
  // A late print may fire an exit; it still cannot have happened before the entry.
  time = std::max(time, entry_time_ns_);
  auto quantity = position_.quantity();
  auto value =
      market::notional(trigger.price, instrument_.price_decimals, quantity, instrument_.quantity_decimals);
  Fill fill{order_id,          instrument_.id, time,          trigger.price, quantity,
            -position_.side(), true,           trigger.maker, trigger.reason};
  Event event{.kind = value ? Event::Kind::fill : Event::Kind::failure, .time_ns = time};
  if (value) {
    // A liquidated position has lost its margin and nothing beyond it.
    auto costs = trigger.reason == fb::ExitReason::liquidation ? accounting::FillCosts{}
                                                               : costs_of(*value, trigger.maker, quantity);
    fill.value = *value;
    fill.fee = costs.fee, fill.spread = costs.spread, fill.slippage = costs.slippage;
    fees_.units += costs.fee.units, spread_.units += costs.spread.units,
        slippage_.units += costs.slippage.units;
    position_.note_exit(trigger.price);
    event.fill = fill;
    event.cost_closed = cost_;
    event.trade = trades_.size();
    book_trade(fill, Money{-(fill.side * value->units + cost_.units)});
  }
  events_.push_back(event);
  position_ = {};
  cost_ = Money{};
  last_exit_round_ = market::round_of(time);
  std::erase_if(orders_, [](const PendingOrder& order) { return order.closes; });
}

void Execution::book_trade(const Fill& fill, Money gross) {
  auto net = gross.units - fees_.units - spread_.units - slippage_.units - funding_.units;
  trades_.emplace_back(entry_id_, instrument_.id, static_cast<std::int8_t>(position_.side()), fill.reason,
                       entry_time_ns_, fill.time_ns, position_.entry_price(), fill.price, fill.quantity,
                       position_.initial_stop(), gross.units, fees_.units, spread_.units, slippage_.units,
                       funding_.units, net, static_cast<double>(position_.favourable()),
                       static_cast<double>(position_.adverse()), planned_risk_.units, 0, fb::Regime::unknown,
                       fb::Regime::unknown);
}

void Execution::refuse(std::uint64_t order_id, TimeNs time, Reason reason) {
  Event event{.kind = Event::Kind::refusal, .time_ns = time};
  event.order_id = order_id;
  event.reason = reason;
  events_.push_back(event);
}

void Execution::cancel_entries(TimeNs time) {
  for (const auto& order : orders_)
    if (!order.closes)
      refuse(order.id, time, Reason::cancelled);
  std::erase_if(orders_, [](const PendingOrder& order) { return !order.closes; });
}

void Execution::finish(TimeNs time) {
  cancel_entries(time);
  if (position_.is_open())
    leave({fb::ExitReason::end, mark(), false}, time, entry_id_);
}

} // namespace finch::broker
