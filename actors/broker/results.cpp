#include "actors/broker/account.hpp"

#include <algorithm>

namespace finch::broker {
namespace {

// What the position still loses from its mark to its stop, with the costs of leaving there; all of it without
// a stop.
std::int64_t open_risk(const Execution& execution, const AccountConfig& config) {
  const auto& position = execution.position();
  const auto& instrument = execution.instrument();
  auto stop = position.stop_price();
  auto distance = stop == 0 ? execution.mark() : position.side() * (execution.mark() - stop);
  auto price_decimals = instrument.price_decimals, quantity_decimals = instrument.quantity_decimals;
  auto loss = market::notional(distance, price_decimals, position.quantity(), quantity_decimals);
  auto value = market::notional(execution.mark(), price_decimals, position.quantity(), quantity_decimals);
  if (!loss || !value)
    return INT64_MAX / 64;
  const auto& liquidity = execution.liquidity();
  auto costs = accounting::fill_costs(config.costs, instrument, *value, false, liquidity.spread_bps(),
                                      liquidity.day_sigma(), static_cast<double>(position.quantity()),
                                      liquidity.day_volume());
  return std::max<std::int64_t>(0, loss->units + costs.fee.units + costs.spread.units + costs.slippage.units);
}

} // namespace

Frame<fb::AccountState> Account::state() const {
  std::vector<fb::PositionFields> positions;
  for (const auto& execution : executions_) {
    if (!execution.position().is_open() && !execution.has_orders())
      continue;
    const auto& position = execution.position();
    positions.emplace_back(execution.instrument().id, position.signed_quantity(),
                           position.is_open() ? position.entry_price() : 0, execution.mark(),
                           position.is_open() ? position.stop_price() : 0,
                           position.is_open() ? open_risk(execution, *config_) : 0,
                           static_cast<std::uint8_t>(execution.has_orders()));
  }
  flatbuffers::FlatBufferBuilder builder{256};
  auto fields = builder.CreateVectorOfStructs(positions);
  auto root = fb::CreateAccountState(builder, next_round_ - 1, ledger_.balance(accounting::Entry::cash).units,
                                     equity_.units, day_start_.units, peak_today_.units,
                                     realised_today_.units, fields, losses_in_a_row_);
  return Frame<fb::AccountState>::own(builder, root);
}

Frame<fb::AccountResult> Account::result() const {
  std::uint64_t ticks = 0, bars = 0;
  for (const auto& execution : executions_) {
    ticks += execution.tick_count();
    bars += execution.bar_count();
  }
  auto points = equity_points_;
  auto last = next_round_ - 1;
  if (!points.empty() && points.back().round() == last)
    points.pop_back();
  points.emplace_back(last, equity_.units, ledger_.balance(accounting::Entry::cash).units);
  auto hash = digest();
  auto balance = [&](accounting::Entry entry) { return ledger_.balance(entry).units; };

  flatbuffers::FlatBufferBuilder builder{1'024 + trades_.size() * sizeof(fb::Trade)};
  auto name = builder.CreateString(config_->name);
  auto trades = builder.CreateVectorOfStructs(trades_);
  auto equity = builder.CreateVectorOfStructs(points);
  std::vector<fb::RefusalCount> counts;
  for (const auto& [reason, count] : refused_)
    counts.emplace_back(reason, count);
  auto refused = builder.CreateVectorOfStructs(counts);
  auto features = builder.CreateVector(context_.features().data(), context_.features().size());
  auto feature_ends = builder.CreateVector(context_.ends().data(), context_.ends().size());
  fb::AccountResultBuilder table{builder};
  table.add_instance(config_->instance);
  table.add_name(name);
  table.add_digest_low(hash.low);
  table.add_digest_high(hash.high);
  table.add_ticks(ticks);
  table.add_bars(bars);
  table.add_rounds(rounds_);
  table.add_votes(votes_);
  table.add_decisions(decisions_);
  table.add_orders(orders_);
  table.add_refusals(refusals_);
  table.add_fills(fills_);
  table.add_fees_units(balance(accounting::Entry::fees));
  table.add_spread_units(balance(accounting::Entry::spread));
  table.add_slippage_units(balance(accounting::Entry::slippage));
  table.add_funding_units(balance(accounting::Entry::funding));
  table.add_equity_start_units(config_->start_equity.units);
  table.add_equity_end_units(equity_.units);
  table.add_max_drawdown(max_drawdown_);
  table.add_trades(trades);
  table.add_equity(equity);
  table.add_refused(refused);
  table.add_entry_features(features);
  table.add_entry_feature_ends(feature_ends);
  auto root = table.Finish();
  return Frame<fb::AccountResult>::own(builder, root);
}

} // namespace finch::broker
