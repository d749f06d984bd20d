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
  /// Closes a round. `volume` in base; `high` ≥ `low` in price units, 0 where nothing traded; `minutes` is
  /// the span the range covers.
  void close_round(market::Round round, double volume, std::int64_t low, std::int64_t high,
                   int minutes) noexcept {
    auto hour = market::floor_div(round, 60);
    if (first_round_ == none)
      first_round_ = round, hour_ = hour;
    for (; hour_ < hour; ++hour_)
      if (hour - hour_ <= 24)
        volumes_[slot(hour_ + 1)] = 0;
    last_round_ = round;
    volumes_[slot(hour)] += volume;
    if (low <= 0 || high < low)
      return;
    auto range = 2 * static_cast<double>(high - low) / (static_cast<double>(high) + static_cast<double>(low));
    auto variance = range * range / minutes;
    variance_ = variance_ < 0 ? variance : 0.94 * variance_ + 0.06 * variance;
  }

  /// The last quoted spread of the round just closed.
  void note_spread(market::Round round, double bps) noexcept { spread_round_ = round, spread_bps_ = bps; }

  /// Base units a day; 0 before anything traded.
  [[nodiscard]] double day_volume() const noexcept {
    if (first_round_ == none)
      return 0;
    double sum = 0;
    for (auto volume : volumes_)
      sum += volume;
    auto window_begin = std::max(first_round_, (market::floor_div(last_round_, 60) - 23) * 60);
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

  static std::size_t slot(std::int64_t hour) noexcept {
    return static_cast<std::size_t>(hour - market::floor_div(hour, 24) * 24);
  }

  market::Round first_round_ = none, last_round_ = 0, spread_round_ = -1'000'000'000;
  std::int64_t hour_ = 0;
  double variance_ = -1;
  double spread_bps_ = std::numeric_limits<double>::quiet_NaN();
  std::array<double, 24> volumes_{};
};

} // namespace finch::broker
