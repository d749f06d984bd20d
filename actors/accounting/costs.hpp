/// What trading costs: one small struct per assumption, each with the direction in which it errs.
///
/// The models speak fractions in units of 1e-8 (1 bp = 10'000), because `market::scale` turns a notional and
/// such a rate into money with one rounding. The functions in doubles are the formulas of reference 6.1
/// to 6.3.
#pragma once

#include "actors/market/instrument.hpp"
#include "actors/market/money.hpp"

#include <cstdint>

namespace finch::accounting {

/// Units of 1e-8 in one basis point.
inline constexpr double rate_per_bps = 10'000.0;

/// Venue fees as the instrument states them. Bias: none on standard accounts; it grants neither volume tiers
/// nor rebates, so it is dear for large accounts.
struct FeeModel {
  [[nodiscard]] std::int64_t rate_e8(const market::Instrument& instrument, bool maker) const noexcept {
    return maker ? instrument.maker_fee_e8 : instrument.taker_fee_e8;
  }
};

/// Half the spread on every taker fill: the quoted spread where quotes exist, else `fallback_bps` in full.
/// Bias: too dear on tape data, because a print already stands at the bid or the ask; deliberately so, as our
/// own order would not have met the same queue.
struct SpreadModel {
  double fallback_bps = 3;

  /// `quoted_bps` is the full quoted spread; NaN or nothing positive means there is none.
  [[nodiscard]] std::int64_t half_rate_e8(double quoted_bps) const noexcept;
};

/// Square-root law: Y·σ_day·√(Q/V_day) on the whole order. Bias: dear for small orders, which often pay
/// nothing; and a single child order pays about two thirds of it on average, yet is charged in full.
struct ImpactModel {
  double y = 1;
  double cap_bps = 1'000;          ///< no fill is charged more than this
  double max_participation = 0.01; ///< of V_day; what an order asks beyond it is not filled

  /// `quantity` and `day_volume` in one unit, `sigma_day` as a fraction. Without volume the order counts as
  /// the day's.
  [[nodiscard]] std::int64_t rate_e8(double sigma_day, double quantity, double day_volume) const noexcept;
};

/// The cost models of one account. `stress` multiplies every rate: 1.5 asks whether a strategy survives
/// dearer trading.
struct CostModel {
  FeeModel fee;
  SpreadModel spread;
  ImpactModel impact;
  double stress = 1;

  /// A rate after stress, in units of 1e-8, never negative beyond what the venue pays back.
  [[nodiscard]] std::int64_t stressed(std::int64_t rate_e8) const noexcept;
};

/// What one fill costs, apart from the price it happened at.
struct FillCosts {
  market::Money fee, spread, slippage;
};

/// Costs of a fill of `notional` ≥ 0. Makers pay neither spread nor impact.
[[nodiscard]] FillCosts fill_costs(const CostModel& model, const market::Instrument& instrument,
                                   market::Money notional, bool maker, double quoted_bps, double sigma_day,
                                   double quantity, double day_volume) noexcept;

/// Y·σ·√(Q/V) in bps; σ as a fraction, Q and V in one unit (6.2).
[[nodiscard]] double sqrt_impact_bps(double y, double sigma_day, double order, double day_volume) noexcept;
/// Temporary part of the 3/5 law, η·σ·|X/(V·T)|^0.6, in bps (6.2).
[[nodiscard]] double almgren_temporary_bps(double eta, double sigma_day, double participation) noexcept;
/// Both sides' fees, half-spreads and impact plus funding, in bps of notional (6.1).
[[nodiscard]] double round_trip_cost_bps(double fee_side, double half_spread, double impact_side,
                                         double funding_per_event, double funding_events) noexcept;
/// Whether an expected edge pays for the round trip plus the safety margin, all in bps (6.1).
[[nodiscard]] bool passes_edge_gate(double edge_bps, double cost_bps, double margin_bps = 3) noexcept;
/// The price a taker gets in effect: mid moved against him by half-spread and impact (6.3). `side` is 1 buy,
/// -1 sell.
[[nodiscard]] double taker_price(double mid, int side, double half_spread_bps, double impact_bps) noexcept;

} // namespace finch::accounting
