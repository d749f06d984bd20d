/// How an account takes orders and refusals.
#include "actors/accounting/order_id.hpp"
#include "actors/broker/account.hpp"

namespace finch::broker {
namespace {

// `expired` cannot be why an order is not accepted, so it stands for acceptance inside this file.
constexpr Reason accepted = Reason::expired;

constexpr std::uint32_t flatten_sequence = accounting::first_own_sequence + 1;

} // namespace

int Account::minutes_of(std::uint32_t instance) const noexcept {
  return instance < config_->instance_minutes.size() ? config_->instance_minutes[instance] : config_->minutes;
}

PendingOrder Account::pending(const fb::OrderFields& order) const noexcept {
  auto minutes = minutes_of(order.bracket().instance());
  auto decided = market::round_close(order.round());
  return {.id = order.id(),
          .decided_ns = decided,
          .arrival_ns = decided + config_->latency.sample_ns(config_->seed, order.id()),
          .expiry_ns = order.reduce() != 0 ? INT64_MAX : decided + minutes * market::ns_per_minute,
          .quantity = order.quantity(),
          .side = order.side(),
          .closes = order.reduce() != 0,
          .reason = order.reduce() == 2 ? fb::ExitReason::opposite : fb::ExitReason::rule,
          .bracket = order.bracket()};
}

Reason Account::check(const fb::OrderFields& order, const Execution& execution, std::int64_t quantity) const {
  const auto& instrument = execution.instrument();
  if (order.reduce() != 0)
    return !execution.position().is_open() ? Reason::nothing_open
           : execution.exit_pending()      ? Reason::order_pending
                                           : accepted;
  if (execution.position().is_open())
    return Reason::position_open;
  if (execution.has_orders())
    return Reason::order_pending;
  if (order.side() < 0 && !instrument.can_short())
    return Reason::no_short;
  if (quantity <= 0 || (order.side() != 1 && order.side() != -1))
    return Reason::zero_quantity;
  if (execution.mark() <= 0)
    return Reason::no_price;
  // Beyond this not even the 128-bit product of price and quantity is safe for every count of decimals.
  if (quantity > 1'000'000'000'000'000'000)
    return Reason::too_large;
  auto value =
      market::notional(execution.mark(), instrument.price_decimals, quantity, instrument.quantity_decimals);
  if (!value)
    return Reason::too_large;
  return value->units < instrument.min_notional_e8 ? Reason::below_min_notional : accepted;
}

void Account::accept(const fb::OrderFields& order) {
  auto* execution = execution_of(order.instrument());
  if (execution == nullptr)
    return refuse(order.instrument(), static_cast<std::uint16_t>(Reason::unknown_instrument), order.id());
  auto lot = std::max<std::int64_t>(1, execution->instrument().lot_size);
  auto quantity = order.quantity() / lot * lot;
  const auto& bracket = order.bracket();
  digest_.add(RecordKind::order, order.round(), order.instrument(), order.id(), order.side(), order.reduce(),
              quantity, bracket.stop_distance(), bracket.target_distance(), bracket.trail_distance(),
              bracket.break_even_r(), bracket.max_hold_rounds());
  ++orders_;
  if (records_) {
    auto kept = order;
    kept.mutate_quantity(quantity);
    records_->order(kept, order.reduce() == 0   ? fb::OrderKind::entry
                          : order.reduce() == 2 ? fb::OrderKind::opposite
                                                : fb::OrderKind::rule);
  }
  if (auto reason = check(order, *execution, quantity); reason != accepted)
    return refuse(order.instrument(), static_cast<std::uint16_t>(reason), order.id());
  if (order.reduce() == 0)
    context_.note_entry(static_cast<std::size_t>(execution - executions_.data()), order.instrument(),
                        bracket.instance(), minutes_of(bracket.instance()));
  auto taken = pending(order);
  taken.quantity = quantity;
  execution->submit(taken);
}

Status Account::submit(Round round, std::span<const fb::OrderFields> orders, bool flatten) {
  if (released_ || round != next_round_ - 1)
    return fail(Category::failed,
                "account " + config_->name + ": orders of round " + std::to_string(round) +
                    " came when round " + std::to_string(next_round_ - 1) +
                    (released_ ? " was released already" : " was the last one closed"),
                "submit once after each close_round, for that round");
  // Decisions rest on the rows that close with their round, so now those are here.
  if (context_.wanted())
    check(context_.advance(round));
  if (!status_)
    return status_;
  if (flatten)
    for (auto& execution : executions_) {
      execution.cancel_entries(market::round_close(round));
      if (execution.position().is_open() && !execution.exit_pending())
        submit_exit(execution, round, flatten_sequence, fb::ExitReason::flatten);
    }
  for (const auto& order : orders)
    accept(order);
  released_ = true;
  for (std::size_t at = 0; at < executions_.size(); ++at)
    play(at, next_round_);
  return {};
}

Status Account::submit(const fb::OrderBlock& block) {
  if (const auto* refusals = block.refusals(); refusals != nullptr && !released_)
    for (const auto* refusal : *refusals)
      refuse(refusal->instrument(), refusal->reason());
  if (records_)
    records_->breakers(block.round(), block.breakers());
  std::vector<fb::OrderFields> orders;
  if (const auto* fields = block.orders())
    for (const auto* order : *fields)
      orders.push_back(*order);
  return submit(block.round(), orders, block.flatten());
}

void Account::refuse(InstrumentId instrument, std::uint16_t reason, std::uint64_t order_id) {
  digest_.add(RecordKind::refusal, next_round_ - 1, instrument, order_id, reason);
  summary_.refusals.push_back({next_round_ - 1, instrument, order_id, static_cast<Reason>(reason)});
  if (records_)
    records_->refusal(next_round_ - 1, instrument, order_id, reason);
  ++refusals_;
  ++refused_[reason];
}

void Account::keep_decisions(const Frame<fb::DecisionBlock>& block) {
  if (records_)
    records_->decisions(block);
}

Frame<fb::AccountRecords> Account::take_records() {
  Records none{INT64_MAX};
  return (records_ ? *records_ : none).take(config_->instance, config_->name, next_round_ - 1);
}

} // namespace finch::broker
