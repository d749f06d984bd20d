#include "actors/broker/book_size.hpp"

#include "actors/market/decimal.hpp"

namespace finch::broker {

accounting::Size size_entry(const AccountConfig& account, const BookTerms& terms,
                            const market::Instrument& instrument, std::int64_t mark, double stop,
                            const LiquidityFigures& liquidity) noexcept {
  accounting::SizingInputs inputs;
  inputs.equity = account.start_equity.value();
  inputs.risk_fraction = terms.risk_fraction;
  inputs.entry = static_cast<double>(mark) / market::pow10_double[instrument.price_decimals];
  inputs.stop_distance = stop;
  inputs.coin_cap = terms.notional_cap;
  inputs.max_leverage = std::numeric_limits<double>::infinity();
  inputs.round_trip_cost = 0;
  auto rough = accounting::size_position(inputs, instrument);
  const auto& costs = account.costs;
  auto side_e8 = costs.stressed(costs.fee.rate_e8(instrument, false)) +
                 costs.stressed(costs.spread.half_rate_e8(liquidity.spread_bps)) +
                 costs.stressed(costs.impact.rate_e8(liquidity.day_sigma, static_cast<double>(rough.quantity),
                                                     liquidity.day_volume));
  inputs.round_trip_cost = 2 * static_cast<double>(side_e8) / 1e8;
  return accounting::size_position(inputs, instrument);
}

} // namespace finch::broker
