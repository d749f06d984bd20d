#include "actors/accounting/costs.hpp"

#include <algorithm>
#include <cmath>

namespace finch::accounting {

std::int64_t SpreadModel::half_rate_e8(double quoted_bps) const noexcept {
  auto full = quoted_bps > 0 ? quoted_bps : fallback_bps;
  // A quote that wide is a data error; charging it would let one bad quote ruin an account.
  return std::llround(std::min(full, 1'000.0) / 2 * rate_per_bps);
}

std::int64_t ImpactModel::rate_e8(double sigma_day, double quantity, double day_volume) const noexcept {
  auto share = day_volume > 0 ? std::min(1.0, quantity / day_volume) : 1.0;
  return std::llround(std::min(cap_bps, sqrt_impact_bps(y, sigma_day, share, 1)) * rate_per_bps);
}

std::int64_t CostModel::stressed(std::int64_t rate_e8) const noexcept {
  return stress == 1 ? rate_e8 : std::llround(static_cast<double>(rate_e8) * stress);
}

FillCosts fill_costs(const CostModel& model, const market::Instrument& instrument, market::Money notional,
                     bool maker, double quoted_bps, double sigma_day, double quantity,
                     double day_volume) noexcept {
  auto charge = [&](std::int64_t rate_e8) {
    return market::scale(notional, model.stressed(rate_e8)).value_or(market::Money{});
  };
  FillCosts costs;
  costs.fee = charge(model.fee.rate_e8(instrument, maker));
  if (!maker) {
    costs.spread = charge(model.spread.half_rate_e8(quoted_bps));
    costs.slippage = charge(model.impact.rate_e8(sigma_day, quantity, day_volume));
  }
  return costs;
}

double sqrt_impact_bps(double y, double sigma_day, double order, double day_volume) noexcept {
  return y * sigma_day * std::sqrt(order / day_volume) * 1e4;
}

double almgren_temporary_bps(double eta, double sigma_day, double participation) noexcept {
  return eta * sigma_day * std::pow(std::abs(participation), 0.6) * 1e4;
}

double round_trip_cost_bps(double fee_side, double half_spread, double impact_side, double funding_per_event,
                           double funding_events) noexcept {
  return 2 * (fee_side + half_spread + impact_side) + funding_per_event * funding_events;
}

bool passes_edge_gate(double edge_bps, double cost_bps, double margin_bps) noexcept {
  return edge_bps >= cost_bps + margin_bps;
}

double taker_price(double mid, int side, double half_spread_bps, double impact_bps) noexcept {
  return mid * (1 + side * (half_spread_bps + impact_bps) * 1e-4);
}

} // namespace finch::accounting
