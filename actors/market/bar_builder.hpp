/// From ticks to one-minute bars, and from bars to longer bars.
#pragma once

#include "actors/market/bar.hpp"
#include "actors/market/data.hpp"
#include "actors/market/instrument.hpp"
#include "actors/market/large_trades.hpp"
#include "actors/market/money.hpp"

#include <optional>
#include <span>
#include <vector>

namespace finch::market {

/// Statistics of single ticks that cost time and are gathered only when asked for.
struct TickStatistics {
  bool sqrt_flow = false, interarrival = false, large_trades = false;
};

/// Gathers the ticks of one round into a one-minute bar. The result does not depend on how the ticks are
/// split into calls: sums are exact integers, and the one sum of doubles runs tick by tick.
class MinuteBuilder {
public:
  explicit MinuteBuilder(const Instrument& instrument, TickStatistics wanted = {});

  /// Adds ticks in (time, sequence) order; columns have one length, in the instrument's units. Sides: 1 buy
  /// aggressor, -1 sell, 0 unknown.
  void add(std::span<const TimeNs> time_ns, std::span<const std::int64_t> price,
           std::span<const std::int64_t> quantity, std::span<const std::int8_t> side);

  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  /// The bar of `round` from the ticks since the last call, of which there is at least one; then starts over.
  [[nodiscard]] Bar finish(Round round);

  /// The sizes the 95th percentile is taken from: what outlives a round.
  [[nodiscard]] const LargeTrades& large_trades() const noexcept { return large_; }
  [[nodiscard]] LargeTrades& large_trades() noexcept { return large_; }

private:
  void add_statistics(std::span<const TimeNs> time_ns, std::span<const std::int64_t> price,
                      std::span<const std::int64_t> quantity, std::span<const std::int8_t> side);
  void begin() noexcept;

  double price_unit_, quantity_unit_;
  TickStatistics wanted_;
  std::int64_t count_ = 0, buys_ = 0, sells_ = 0;
  std::int64_t open_ = 0, high_ = 0, low_ = 0, close_ = 0;
  TimeNs first_ = 0, last_ = 0;
  Int128 volume_ = 0, buy_volume_ = 0, turnover_ = 0, large_volume_ = 0;
  Int128 waits_ = 0, squared_waits_ = 0;
  double sqrt_flow_ = 0;
  bool large_known_ = false;
  LargeTrades large_;
};

/// What is known of a round besides its bar; NaN where nothing is.
struct RoundState {
  double spread_bps = std::numeric_limits<double>::quiet_NaN();
  double microprice_dev = std::numeric_limits<double>::quiet_NaN();
  double order_flow = std::numeric_limits<double>::quiet_NaN();
  double mean_depth = std::numeric_limits<double>::quiet_NaN();
  double funding_rate = std::numeric_limits<double>::quiet_NaN();
  double funding_z = std::numeric_limits<double>::quiet_NaN();
  double vpin = std::numeric_limits<double>::quiet_NaN();
};

/// Turns one-minute (or longer native) bars into the bars of every timeframe, round by round.
///
/// A minute without data is filled, flat at the previous close and marked `is_gap`, up to three in a row. The
/// fourth, or a round marked down, begins a gap: nothing is inserted and the next bar is marked `after_gap`.
/// A longer bar exists where at least one of its minutes holds data (or all were filled), closes with its
/// last minute whether or not that minute has data, and is made of the minutes with data only; it is after a
/// gap where a whole bar before it is missing. Rounds marked closed, and absences of four hours or more of
/// instruments with sessions, are no gaps. An instrument's first bar starts it.
class BarAggregator {
public:
  static constexpr int fill_limit = 3;
  static constexpr Round session_absence = 240;

  BarAggregator(std::span<const Timeframe> timeframes, bool has_sessions);

  /// Closes `round`, which is later than the last one closed (rounds left out count as quiet), and appends
  /// the bars that close with it to `out`, longest first. `bars` are those that close with this round: the
  /// minute first, then native ones by length. A native bar is ignored where shorter ones have already
  /// covered some of its time.
  void close_round(Round round, RoundStatus status, std::span<const Bar> bars, const RoundState& state,
                   std::vector<Bar>& out);

  [[nodiscard]] std::optional<Round> last_round() const noexcept;

  /// What outlives a round. Trivially copyable, for checkpoints.
  struct State {
    Round last_round = 0, last_data = 0;
    std::int64_t missing = 0;     ///< minutes in a row without data
    std::int64_t unexplained = 0; ///< those of them outside closed sessions
    double last_close = 0;
    bool any_round = false, started = false, has_minutes = false, in_gap = false;
    bool has_ticks = false, has_sides = false, has_count = false, knows_large = false;
  };
  struct Pending {
    Timeframe timeframe;
    Bar bar;
    RoundState state;
    std::int64_t last_slot = 0, filled = 0, spread_rounds = 0, depth_rounds = 0;
    bool open = false, started = false;
  };
  [[nodiscard]] const State& state() const noexcept { return state_; }
  [[nodiscard]] std::span<const Pending> pending() const noexcept { return pending_; }
  /// Continues from what `state` and `pending` gave for the same timeframes.
  void restore(const State& state, std::span<const Pending> pending);

private:
  void add(const Bar& bar);
  void close_one(Round round, RoundStatus status, const RoundState& state, std::vector<Bar>& out);
  void note_missing(RoundStatus status);
  void emit(Pending& pending, Round round, std::vector<Bar>& out);

  std::vector<Pending> pending_; ///< longest first
  bool has_sessions_;
  State state_;
};

} // namespace finch::market
