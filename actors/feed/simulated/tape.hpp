/// The inside of a minute: ticks and quotes that make exactly the bar a plan promises.
#pragma once

#include "actors/feed/simulated/symbol_process.hpp"
#include "actors/market/data.hpp"

#include <vector>

namespace finch::feed {

/// Draws ticks and quotes of planned minutes. Keeps working memory between calls, so one writer serves one
/// thread.
class Tape {
public:
  /// `lot_size` of the instrument and the distance of quotes in time.
  Tape(std::int64_t lot_size, market::TimeNs quote_interval_ns)
      : lot_size_{lot_size}, quote_interval_ns_{quote_interval_ns} {}

  /// Appends the minute's ticks to `ticks` (with ids) and its quotes to `quotes`, both ascending in time. The
  /// ticks have the plan's open, high, low, close, count, volume and bought volume; times are whole
  /// milliseconds.
  void draw(const MinutePlan& plan, market::TickColumns& ticks, market::QuoteColumns& quotes);

private:
  void draw_times(const MinutePlan& plan, market::TickColumns& ticks);
  void draw_prices(const MinutePlan& plan, market::TickColumns& ticks, market::QuoteColumns& quotes);
  void draw_quantities(const MinutePlan& plan, market::TickColumns& ticks);

  std::int64_t lot_size_;
  market::TimeNs quote_interval_ns_;
  std::vector<std::uint64_t> bits_; // one draw per tick
};

} // namespace finch::feed
