/// Market data as it is stored and imported: columns of integers, one kind each.
#pragma once

#include "actors/market/time.hpp"
#include "actors/market/timeframe.hpp"

#include <cstdint>
#include <vector>

namespace finch::market {

/// Direction of a position, vote or aggressor.
enum class Side : std::int8_t { sell = -1, none = 0, buy = 1 };

/// Ticks in (time, sequence) order. All columns have one length, except `id`, which is empty where the source
/// has none. Price and quantity are mantissas in units of 10^-decimals.
struct TickColumns {
  std::uint8_t price_decimals = 0, quantity_decimals = 0;
  std::vector<TimeNs> time_ns;
  std::vector<std::int64_t> price, quantity;
  std::vector<Side> side; ///< the aggressor; `none` where the source does not say
  std::vector<std::uint64_t> id;

  [[nodiscard]] std::size_t size() const noexcept { return time_ns.size(); }
  void clear() { time_ns.clear(), price.clear(), quantity.clear(), side.clear(), id.clear(); }
};

/// Best bid and ask, in time order; `id` is the venue's update number, or empty.
struct QuoteColumns {
  std::uint8_t price_decimals = 0, quantity_decimals = 0;
  std::vector<TimeNs> time_ns;
  std::vector<std::int64_t> bid_price, bid_quantity, ask_price, ask_quantity;
  std::vector<std::uint64_t> id;

  [[nodiscard]] std::size_t size() const noexcept { return time_ns.size(); }
};

/// Bars of one timeframe in order of open time. Columns the source lacks are empty: `quote_volume`,
/// `trade_count`, `buy_volume`. Volumes are in base units with `volume_decimals`, quote volume with
/// `quote_decimals`.
struct BarColumns {
  Timeframe timeframe;
  std::uint8_t price_decimals = 0, volume_decimals = 0, quote_decimals = 0;
  std::vector<TimeNs> open_time_ns;
  std::vector<std::int64_t> open, high, low, close, volume, quote_volume, trade_count, buy_volume;

  [[nodiscard]] std::size_t size() const noexcept { return open_time_ns.size(); }
};

/// Funding rates at their settlement times, as fractions in units of 10^-decimals.
struct FundingColumns {
  std::uint8_t decimals = 8;
  std::vector<TimeNs> time_ns;
  std::vector<std::int64_t> rate;

  [[nodiscard]] std::size_t size() const noexcept { return time_ns.size(); }
};

/// Why a round of an instrument holds what it holds.
enum class RoundStatus : std::uint8_t {
  ok,    ///< data arrived
  quiet, ///< nothing traded, or so few minutes are missing that it counts as nothing traded
  stale, ///< the feed was silent longer than it should be
  down,  ///< the feed or the venue was down: a gap
  closed ///< outside the instrument's trading session: no bar, and no gap
};

} // namespace finch::market
