/// The market everything moves with: regimes, clustered volatility, jumps and the day's rhythm, minute by
/// minute.
#pragma once

#include "actors/market/time.hpp"

#include <cstdint>

namespace finch::feed {

class Draws;

/// What a price is doing. Each regime lasts for hours (a panic for most of an hour) and then gives way to
/// another.
enum class Regime : std::int64_t { range, trend_up, trend_down, panic };

/// A log-price that wanders under regimes and clustered volatility. Shared by the market and each symbol's
/// own part. Only 8-byte members, so that a state is copied and compared as bytes.
struct Wander {
  double level = 0;  ///< log of price over starting price
  double anchor = 0; ///< what a range pulls back to: a slow average of the level
  double fast = 0;   ///< log-volatility with a memory of half an hour
  double slow = 0;   ///< log-volatility with a memory of a day
  Regime regime = Regime::range;

  /// How one minute moved the level.
  struct Step {
    double sigma = 0; ///< standard deviation of the diffusive part
    double shock = 0; ///< the minute's return over sigma, jumps included
  };

  /// Moves one minute on. `scale` is the return's standard deviation in calm times, `dwell` how long regimes
  /// last relative to the market's, `jumps` the chance of a jump.
  Step step(Draws& draws, double scale, double dwell, double jumps);
  /// Volatility relative to calm times, the regime's included; its mean is near 1.
  [[nodiscard]] double volatility() const noexcept;
};

/// One minute of the market as symbols see it.
struct MarketMinute {
  market::Round round = 0;
  double level_open = 0, level_close = 0; ///< log of BTC over its starting price
  double sigma = 0;                       ///< standard deviation of the minute's log-return
  double volatility = 1;                  ///< relative to calm times, rhythm included
  double activity = 1;                    ///< how busy the minute is, 1 on average
  double premium = 0;                     ///< smoothed drift in calm-time sigmas, which funding follows
};

/// State of the market process; `advance` is a pure function of it, the seed and the round.
struct MarketState {
  Wander wander;
  double premium = 0;
};

/// Standard deviation of BTC's one-minute log-return in calm times: about 45 % a year.
inline constexpr double calm_sigma = 6.2e-4;

/// How busy a round is by the clock alone: a wave with its crest in the American afternoon, bumps at the
/// opening bells, quieter at weekends; 1 on average over a week.
[[nodiscard]] double daily_rhythm(market::Round round) noexcept;

[[nodiscard]] MarketMinute advance(MarketState& state, std::uint64_t seed, market::Round round);

} // namespace finch::feed
