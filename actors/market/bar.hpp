/// One finished bar of one instrument, in doubles: the only thing features see.
#pragma once

#include "actors/market/timeframe.hpp"

#include <cstdint>
#include <limits>

namespace finch::market {

/// Prices in quote per base, volumes in base, `quote_volume` in quote. Named by its open, usable from its
/// close.
struct Bar {
  TimeNs open_time_ns = 0;
  Timeframe timeframe;
  double open = 0, high = 0, low = 0, close = 0;
  double volume = 0;
  double quote_volume = 0; ///< Σ price·quantity from ticks or the source, else close·volume
  double buy_volume = 0;   ///< volume of buy aggressors; meaningless unless `has_sides`
  std::int64_t trade_count = 0, buy_count = 0, sell_count = 0;
  double sqrt_flow = 0; ///< Σ side·sqrt(price·quantity), from ticks
  TimeNs first_tick_ns = 0, last_tick_ns = 0;
  double interarrival_mean_ns = 0; ///< from ticks; 0 with fewer than two
  double interarrival_m2 = 0;      ///< Σ squared deviations of inter-arrival times, ns²
  double large_volume =
      0;                  ///< volume of trades at or above the trailing 95th size percentile; NaN until known
  bool has_ticks = false; ///< built from ticks, so microstructure fields are real
  bool has_sides = false;
  bool has_count = false; ///< trade_count is real
  bool is_gap = false;    ///< inserted for a missing minute: flat at the previous close, no volume
  /// The first bar after data was missing for longer than the fill limit, so windows must refill.
  bool after_gap = false;
  double spread_bps = std::numeric_limits<double>::quiet_NaN(); ///< time-weighted, from quotes
  double microprice_dev =
      std::numeric_limits<double>::quiet_NaN(); ///< of the last quote, fraction of the mid
  double order_flow =
      std::numeric_limits<double>::quiet_NaN(); ///< Σ order-flow imbalance of quote updates, base
  double mean_depth =
      std::numeric_limits<double>::quiet_NaN(); ///< mean of (bid + ask quantity)/2 per quote, base
  double funding_rate =
      std::numeric_limits<double>::quiet_NaN();                ///< last settled, NaN where there is no feed
  double funding_z = std::numeric_limits<double>::quiet_NaN(); ///< of that rate in the last 90 settlements
  double vpin = std::numeric_limits<double>::quiet_NaN(); ///< at the bar's close; NaN until 50 buckets filled

  [[nodiscard]] TimeNs close_time_ns() const noexcept { return open_time_ns + timeframe.length_ns(); }
};

} // namespace finch::market
