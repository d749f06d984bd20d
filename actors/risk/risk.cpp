#include "actors/risk/risk.hpp"

#include "actors/accounting/costs.hpp"
#include "actors/accounting/order_id.hpp"
#include "actors/accounting/perpetual.hpp"

#include <algorithm>
#include <cmath>

namespace finch::risk {

using market::Round;

namespace {

double quote(std::int64_t units) noexcept { return static_cast<double>(units) / 1e8; }

double in_base(std::int64_t quantity, const market::Instrument& instrument) noexcept {
  return static_cast<double>(quantity) / market::pow10_double[instrument.quantity_decimals];
}

// How far beyond its threshold a decision is; 0 for those that only close.
double strength(const fb::Decision& decision) noexcept {
  return decision.threshold() > 0 ? std::abs(decision.s()) / decision.threshold() : 0;
}

// Consensus' mean probability that its side is right, abstainers at one half.
double probability(const fb::Decision& decision) noexcept {
  return (1 + std::min(1.0, std::abs(decision.s()))) / 2;
}

double reward(const fb::Bracket& bracket) noexcept {
  return bracket.target_distance() > 0 ? bracket.target_distance() : 2 * bracket.stop_distance();
}

Reason reason_of(accounting::Limit limit) noexcept {
  switch (limit) {
  case accounting::Limit::risk:
    return Reason::no_equity;
  case accounting::Limit::coin_cap:
    return Reason::coin_cap;
  case accounting::Limit::leverage:
    return Reason::leverage;
  case accounting::Limit::open_risk:
    return Reason::open_risk;
  case accounting::Limit::no_stop:
    return Reason::no_stop;
  case accounting::Limit::lot:
    return Reason::below_lot;
  case accounting::Limit::min_notional:
    return Reason::below_min_notional;
  }
  return Reason::none;
}

} // namespace

std::span<const fb::Decision> decisions_of(const fb::DecisionBlock& block, Round round) noexcept {
  const auto* all = block.decisions();
  if (!all || all->size() == 0)
    return {};
  std::span<const fb::Decision> decisions{all->Get(0), all->size()};
  auto first = std::lower_bound(decisions.begin(), decisions.end(), round,
                                [](const fb::Decision& d, Round r) { return d.round() < r; });
  auto last = std::upper_bound(first, decisions.end(), round,
                               [](Round r, const fb::Decision& d) { return r < d.round(); });
  return {first, last};
}

Risk::Risk(const Config& config, std::vector<market::Instrument> instruments)
    : config_{config}, breakers_{config} {
  std::sort(instruments.begin(), instruments.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  std::vector<std::string> coins;
  for (auto& instrument : instruments) {
    auto coin = std::find(coins.begin(), coins.end(), instrument.name.base);
    auto index = static_cast<std::size_t>(coin - coins.begin());
    if (coin == coins.end())
      coins.push_back(instrument.name.base);
    slots_.push_back({.instrument = std::move(instrument), .coin = index});
  }
  coin_exposure_.resize(coins.size());
}

Risk::Slot* Risk::find(market::InstrumentId id) noexcept {
  auto at =
      std::lower_bound(slots_.begin(), slots_.end(), id, [](const Slot& slot, market::InstrumentId wanted) {
        return slot.instrument.id < wanted;
      });
  return at != slots_.end() && at->instrument.id == id ? &*at : nullptr;
}

void Risk::defend(market::InstrumentId instrument, bool on) {
  if (auto* slot = find(instrument))
    slot->defence = on;
}

Frame<fb::OrderBlock> Risk::settle(Round round, std::span<const fb::Decision> decisions,
                                   const fb::AccountState& account) {
  orders_.clear();
  refusals_.clear();
  breakers_.update(round, account);
  read(account);
  auto carries =
      std::any_of(slots_.begin(), slots_.end(), [](const Slot& s) { return s.quantity != 0 || s.pending; });
  auto flatten = breakers_.flatten() && carries;
  order_.clear();
  for (const auto& decision : decisions)
    order_.push_back(&decision);
  std::sort(order_.begin(), order_.end(), [](const fb::Decision* a, const fb::Decision* b) {
    auto x = strength(*a), y = strength(*b);
    return x != y ? x > y : a->instrument() < b->instrument();
  });
  for (const auto* decision : order_)
    decide(round, *decision);
  flatbuffers::FlatBufferBuilder builder{128 + orders_.size() * sizeof(fb::OrderFields) +
                                         refusals_.size() * sizeof(fb::RefusalFields)};
  auto orders = builder.CreateVectorOfStructs(orders_);
  auto refusals = builder.CreateVectorOfStructs(refusals_);
  return Frame<fb::OrderBlock>::own(
      builder, fb::CreateOrderBlock(builder, round, orders, refusals, flatten, breakers_.tripped()));
}

void Risk::read(const fb::AccountState& account) {
  auto start = quote(account.day_start_equity_units());
  load_ = {.equity = quote(account.equity_units())};
  // Only losses move it: yesterday's limit is not enlarged by what today has won so far.
  load_.risk_limit = config_.daily_stop * start - std::max(0.0, start - load_.equity);
  std::fill(coin_exposure_.begin(), coin_exposure_.end(), 0.0);
  for (auto& slot : slots_)
    slot.quantity = 0, slot.pending = false;
  if (account.positions())
    for (const auto* position : *account.positions()) {
      auto* slot = find(position->instrument());
      if (!slot)
        continue;
      slot->quantity = position->quantity();
      slot->pending = position->pending() != 0;
      auto mark =
          static_cast<double>(position->mark_price()) / market::pow10_double[slot->instrument.price_decimals];
      auto notional = std::abs(in_base(position->quantity(), slot->instrument)) * mark;
      load_.gross += notional;
      load_.risk += std::max(0.0, quote(position->open_risk_units()));
      coin_exposure_[slot->coin] += notional;
    }
  for (auto& slot : slots_) {
    if (!slot.pending)
      slot.pending_notional = slot.pending_risk = 0;
    load_.gross += slot.pending_notional;
    load_.risk += slot.pending_risk;
    coin_exposure_[slot.coin] += slot.pending_notional;
  }
}

void Risk::decide(Round round, const fb::Decision& decision) {
  auto refuse = [&](Reason reason) {
    refusals_.emplace_back(round, decision.instrument(), static_cast<std::uint16_t>(reason));
  };
  auto* slot = find(decision.instrument());
  if (!slot)
    return refuse(Reason::unknown_instrument);
  auto held = slot->quantity > 0 ? 1 : slot->quantity < 0 ? -1 : 0;
  if (held != 0) {
    auto exits = held > 0 ? decision.close_long() : decision.close_short();
    auto leaves = decision.side() == -held || (decision.side() == 0 && exits != 0);
    // A flatten closes it anyway, and two orders for one position would turn it around.
    if (!leaves || breakers_.flatten())
      return;
    return slot->pending ? refuse(Reason::pending) : close(round, *slot, decision.side() == -held);
  }
  if (decision.side() == 0)
    return;
  if (auto reason = open(round, decision, *slot); reason != Reason::none)
    refuse(reason);
}

void Risk::close(Round round, const Slot& slot, bool opposite) {
  auto side = static_cast<std::int8_t>(slot.quantity > 0 ? -1 : 1);
  orders_.emplace_back(accounting::order_id(round, slot.instrument.id, 0), round, slot.instrument.id, side,
                       static_cast<std::uint8_t>(opposite ? 2 : 1), std::abs(slot.quantity), fb::Bracket{});
}

Reason Risk::open(Round round, const fb::Decision& decision, Slot& slot) {
  if (auto reason = check(decision, slot); reason != Reason::none)
    return reason;
  auto p = probability(decision);
  auto kelly = p - (1 - p) * decision.bracket().stop_distance() / reward(decision.bracket());
  auto risk_fraction = std::min(config_.risk_per_trade, std::max(0.0, config_.kelly_share * kelly));
  auto sized = size(decision, slot, risk_fraction);
  if (sized.quantity == 0)
    return reason_of(sized.binding);
  auto quantity = sized.quantity;
  const auto& instrument = slot.instrument;
  if (breakers_.streak() || slot.defence) {
    auto lot = std::max<std::int64_t>(1, instrument.lot_size);
    quantity = static_cast<std::int64_t>(static_cast<double>(quantity) * config_.reduced_size) / lot * lot;
    if (quantity == 0)
      return Reason::below_lot;
  }
  auto base = in_base(quantity, instrument);
  auto notional = base * decision.reference_price();
  if (notional * 1e8 < static_cast<double>(instrument.min_notional_e8))
    return Reason::below_min_notional;
  auto unit_risk =
      decision.bracket().stop_distance() + cost_fraction(instrument) * decision.reference_price();
  slot.pending = true;
  slot.pending_notional = notional;
  slot.pending_risk = base * unit_risk;
  load_.gross += notional;
  load_.risk += slot.pending_risk;
  coin_exposure_[slot.coin] += notional;
  orders_.emplace_back(accounting::order_id(round, instrument.id, 0), round, instrument.id, decision.side(),
                       0, quantity, decision.bracket());
  return Reason::none;
}

Reason Risk::check(const fb::Decision& decision, const Slot& slot) const {
  if (auto reason = breakers_.refusal(); reason != Reason::none)
    return reason;
  if (slot.pending)
    return Reason::pending;
  const auto& instrument = slot.instrument;
  if (!config_.currency.empty() && instrument.name.quote != config_.currency)
    return Reason::currency;
  if (decision.side() < 0 && !instrument.can_short())
    return Reason::short_on_spot;
  auto price = decision.reference_price(), stop = decision.bracket().stop_distance();
  if (!(price > 0) || std::isinf(price))
    return Reason::no_price;
  if (!(stop > 0) || !(stop < price))
    return Reason::no_stop;
  if (instrument.can_short()) {
    accounting::MarginTerms terms{config_.max_leverage, config_.maintenance,
                                  static_cast<double>(instrument.taker_fee_e8) / 1e8};
    auto away = std::abs(price - accounting::liquidation_price(price, decision.side(), terms));
    if (stop > config_.liquidation_distance * away)
      return Reason::stop_past_liquidation;
  }
  if (slot.defence && strength(decision) <= config_.defence_threshold)
    return Reason::defence;
  auto p = probability(decision);
  auto edge_bps = 1e4 * (p * reward(decision.bracket()) - (1 - p) * stop) / price;
  return accounting::passes_edge_gate(edge_bps, 1e4 * cost_fraction(instrument), config_.margin_bps)
             ? Reason::none
             : Reason::edge;
}

accounting::Size Risk::size(const fb::Decision& decision, const Slot& slot, double risk_fraction) const {
  accounting::SizingInputs inputs{
      .equity = load_.equity,
      .risk_fraction = risk_fraction,
      .entry = decision.reference_price(),
      .stop_distance = decision.bracket().stop_distance(),
      .round_trip_cost = cost_fraction(slot.instrument),
      .coin_cap = config_.coin_cap,
      .coin_exposure = coin_exposure_[slot.coin],
      .max_leverage = config_.max_leverage,
      .gross_exposure = load_.gross,
      .daily_loss_left = load_.risk_limit,
      .open_risk = load_.risk,
  };
  return accounting::size_position(inputs, slot.instrument);
}

double Risk::cost_fraction(const market::Instrument& instrument) const noexcept {
  auto fee_bps = static_cast<double>(instrument.taker_fee_e8) / accounting::rate_per_bps;
  auto funding = instrument.can_short() ? config_.funding_bps : 0;
  return accounting::round_trip_cost_bps(fee_bps, config_.spread_bps / 2, config_.impact_bps, funding, 1) /
         1e4;
}

} // namespace finch::risk
