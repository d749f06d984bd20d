#include "actors/feed/simulated/symbol_process.hpp"

#include "actors/feed/simulated/random.hpp"
#include "actors/market/decimal.hpp"

#include <algorithm>
#include <cmath>

namespace finch::feed {
namespace {

constexpr std::int64_t funding_minutes = 480;
// What makes the number of trades average to the configured one, measured over a year of all symbols.
constexpr double activity_correction = 1.2;

/// Draws where the price was farthest up (`sign` 1) or down (-1) between two ends it is known to pass: the
/// extreme of a Brownian bridge, by inverting its distribution.
double bridge_extreme(double from, double to, double sigma, double sign, double uniform) {
  auto gap = to - from;
  return (from + to + sign * std::sqrt(gap * gap - 2 * sigma * sigma * std::log(uniform))) / 2;
}

std::int64_t to_grid(double steps) { return std::max<std::int64_t>(1, std::llround(steps)); }

} // namespace

SymbolProcess::SymbolProcess(const SymbolFacts& facts, std::uint32_t slot, std::uint64_t seed,
                             double trades_per_minute)
    : facts_{facts}, slot_{slot}, seed_{seed}, trades_per_minute_{trades_per_minute},
      start_mid_{facts.price * market::pow10_double[facts.price_decimals]} {}

MinutePlan SymbolProcess::advance(SymbolState& state, const MarketMinute& market) const {
  MinutePlan plan;
  plan.round = market.round;
  plan.slot = slot_;
  plan.key = draw_key(seed_, slot_ + 1ULL, market.round, 1);
  Draws draws{draw_key(seed_, slot_ + 1ULL, market.round, 0)};

  plan.mid_open =
      state.mid > 0 ? state.mid : start_mid_ * std::exp(facts_.beta * market.level_open + state.own.level);
  auto scale = calm_sigma * facts_.idiosyncratic * std::sqrt(market.volatility);
  auto own = state.own.step(draws, scale, 0.6, 1.0 / 1'500);
  plan.mid_close = std::max(1.0, start_mid_ * std::exp(facts_.beta * market.level_close + state.own.level));
  state.mid = plan.mid_close;
  auto sigma = std::hypot(facts_.beta * market.sigma, own.sigma);
  plan.sigma = plan.mid_open * sigma;
  auto stress = std::sqrt(std::max(1.0, sigma / calm_sigma));
  plan.half_spread = std::max(0.5, plan.mid_open * facts_.spread_bps * 0.5e-4 * stress);

  state.mood = 0.93 * state.mood + 0.12 * draws.normal();
  auto shock = sigma > 0 ? std::log(plan.mid_close / plan.mid_open) / sigma : 0;
  auto busy = market.activity * std::exp(state.mood + 0.25 * state.own.fast + 0.35 * draws.normal() - 0.12) *
              (0.75 + 0.25 * std::min(std::abs(shock), 6.0)) * activity_correction;
  auto expected = std::min(trades_per_minute_ * busy, 4e6);
  plan.trade_count = static_cast<std::int32_t>(expected + draws.uniform());
  plan.first_id = state.next_id;
  state.next_id += static_cast<std::uint64_t>(plan.trade_count);
  if (plan.trade_count > 0) {
    plan_prices(plan, draws);
    plan_volume(plan, draws, busy, shock);
  }
  if (market.round % funding_minutes == 0) {
    auto premium = facts_.beta * market.premium + 0.02 * state.own.level;
    plan.funding_e8 =
        std::llround(std::clamp(1e-4 + 0.012 * premium + 3e-5 * draws.normal(), -7.5e-3, 7.5e-3) * 1e8);
  }
  return plan;
}

void SymbolProcess::plan_prices(MinutePlan& plan, Draws& draws) const {
  auto bounce = [&] { return draws.chance(0.5) ? plan.half_spread : -plan.half_spread; };
  plan.open = to_grid(plan.mid_open + bounce());
  plan.close = plan.trade_count > 1 ? to_grid(plan.mid_close + bounce()) : plan.open;
  plan.high = std::max(plan.open, plan.close);
  plan.low = std::min(plan.open, plan.close);
  auto top = bridge_extreme(plan.mid_open, plan.mid_close, plan.sigma, 1, draws.uniform());
  auto bottom = bridge_extreme(plan.mid_open, plan.mid_close, plan.sigma, -1, draws.uniform());
  // Each extreme beyond open and close needs a trade of its own.
  auto room = plan.trade_count - 2;
  auto up_first = draws.chance(0.5);
  if (room >= 2 || (room == 1 && up_first))
    plan.high = std::max(plan.high, to_grid(top + plan.half_spread));
  if (room >= 2 || (room == 1 && !up_first))
    plan.low = std::min(plan.low, to_grid(bottom - plan.half_spread));
}

void SymbolProcess::plan_volume(MinutePlan& plan, Draws& draws, double activity, double shock) const {
  auto lots_per_quote = market::pow10_double[facts_.quantity_decimals] *
                        market::pow10_double[facts_.price_decimals] /
                        (static_cast<double>(facts_.lot_size) * plan.mid_open);
  auto turnover =
      facts_.daily_volume_quote / market::rounds_per_day * activity * std::exp(0.6 * draws.normal() - 0.18);
  // Twenty lots a trade at least leaves every trade at least one, however the minute is divided.
  auto lots = std::max(static_cast<double>(plan.trade_count) * 20, std::min(turnover * lots_per_quote, 1e12));
  auto share = std::clamp(0.5 + 0.2 * std::tanh(0.8 * shock) + 0.1 * draws.normal(), 0.08, 0.92);
  auto whole = static_cast<std::int64_t>(lots);
  auto bought = plan.trade_count == 1 ? (draws.chance(share) ? whole : 0)
                                      : static_cast<std::int64_t>(share * static_cast<double>(whole));
  plan.volume = whole * facts_.lot_size;
  plan.buy_volume = bought * facts_.lot_size;
}

} // namespace finch::feed
