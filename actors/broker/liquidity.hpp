/// What an account knows of an instrument's liquidity at the close of a round: volume, volatility, spread.
#pragma once

#include "actors/market/time.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace finch::broker {

/// Causal estimates for the impact and spread models, updated once per round and hence equal for every batch
/// size.
///
/// Volume is the sum of the last 24 clock hours, the running one included, scaled to a day by the time it
/// covers. Volatility is the range estimator (Parkinson) of each round's high and low, exponentially averaged
/// with λ = 0.94. Bias: ranges contain the bounce between bid and ask, so illiquid instruments look dearer
/// than they are.
class Liquidity {
public:
  /// Closes a round. `volume` in quantity units; `high` ≥ `low` in price units, 0 where nothing traded;
  /// `minutes` is the span the range covers.
  void close_round(market::Round round, double volume, std::int64_t low, std::int64_t high,
                   int minutes) noexcept {
    if (round >= hour_end_)
      begin_hour(round);
    last_round_ = round;
    hour_volume_ += volume;
    if (low <= 0 || high < low)
      return;
    auto range = 2 * static_cast<double>(high - low) / (static_cast<double>(high) + static_cast<double>(low));
    auto variance = minutes == 1 ? range * range : range * range / minutes;
    variance_ = variance_ < 0 ? variance : 0.94 * variance_ + 0.06 * variance;
  }

  /// The last quoted spread of the round just closed.
  void note_spread(market::Round round, double bps) noexcept { spread_round_ = round, spread_bps_ = bps; }

  /// Quantity units a day; 0 before anything traded.
  [[nodiscard]] double day_volume() const noexcept {
    if (first_round_ == none)
      return 0;
    double sum = hour_volume_;
    for (auto volume : past_hours_)
      sum += volume;
    auto window_begin = std::max(first_round_, hour_end_ - market::rounds_per_day);
    return sum * static_cast<double>(market::rounds_per_day) /
           static_cast<double>(last_round_ + 1 - window_begin);
  }

  /// Daily volatility as a fraction; 0 before anything traded.
  [[nodiscard]] double day_sigma() const noexcept {
    // Parkinson's constant 4 ln 2 turns a squared range into a variance.
    return variance_ <= 0 ? 0 : std::sqrt(variance_ / 2.772588722239781 * 1'440);
  }

  /// Full quoted spread in bps; NaN when the last quote is older than an hour or crossed.
  [[nodiscard]] double spread_bps() const noexcept {
    return last_round_ - spread_round_ < 60 ? spread_bps_ : std::numeric_limits<double>::quiet_NaN();
  }

private:
  static constexpr market::Round none = std::numeric_limits<market::Round>::min();

  void begin_hour(market::Round round) noexcept {
    auto end = (market::floor_div(round, 60) + 1) * 60;
    if (first_round_ == none)
      first_round_ = round, hour_end_ = end;
    // Hours without a round count as empty; after a day of them nothing of the past is left.
    for (auto hours = std::min<std::int64_t>(23, (end - hour_end_) / 60); hours > 0; --hours) {
      past_hours_[oldest_] = hour_volume_;
      oldest_ = (oldest_ + 1) % past_hours_.size();
      hour_volume_ = 0;
    }
    hour_end_ = end;
  }

  market::Round first_round_ = none, last_round_ = 0, spread_round_ = -1'000'000'000;
  market::Round hour_end_ = none; // first round of the next hour
  double hour_volume_ = 0;
  double variance_ = -1;
  double spread_bps_ = std::numeric_limits<double>::quiet_NaN();
  std::array<double, 23> past_hours_{};
  std::size_t oldest_ = 0;
};

} // namespace finch::broker
