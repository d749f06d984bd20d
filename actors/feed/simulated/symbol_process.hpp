/// One symbol of the simulated exchange: the market's move plus its own, decided once a minute as a plan.
#pragma once

#include "actors/feed/simulated/market_process.hpp"
#include "actors/feed/simulated/symbols.hpp"

#include <optional>

namespace finch::feed {

/// A minute of one symbol: its bar, exactly, and what is needed to draw the ticks and quotes that make this
/// bar. Prices and quantities are in the instrument's units; `mid`, `sigma` and `half_spread` in steps of its
/// price grid.
struct MinutePlan {
  market::Round round = 0;
  std::uint32_t slot = 0;       ///< index of the symbol among the exchange's instruments
  std::int32_t trade_count = 0; ///< 0: nobody traded, so there is no bar
  std::int64_t open = 0, high = 0, low = 0, close = 0;
  std::int64_t volume = 0, buy_volume = 0;
  std::uint64_t first_id = 0;             ///< of the minute's first tick; ids are consecutive
  std::optional<std::int64_t> funding_e8; ///< rate settled at the minute's first instant, in units of 1e-8
  double mid_open = 0, mid_close = 0, sigma = 0, half_spread = 0;
  std::uint64_t key = 0; ///< of every draw inside the minute

  bool operator==(const MinutePlan&) const = default;
};

/// State of one symbol between minutes.
struct SymbolState {
  Wander own;
  double mid = 0;  ///< price grid steps at the last close; 0 before the first minute
  double mood = 0; ///< log of how busy the symbol is relative to usual, with a memory of ten minutes
  std::uint64_t next_id = 1;
};

/// Plans minutes of one symbol. Constant after construction: all that changes is in the state.
class SymbolProcess {
public:
  /// `trades_per_minute` is the symbol's average.
  SymbolProcess(const SymbolFacts& facts, std::uint32_t slot, std::uint64_t seed, double trades_per_minute);

  /// Moves `state` over the minute `market` describes.
  [[nodiscard]] MinutePlan advance(SymbolState& state, const MarketMinute& market) const;

private:
  void plan_prices(MinutePlan& plan, Draws& draws) const;
  void plan_volume(MinutePlan& plan, Draws& draws, double activity, double shock) const;

  SymbolFacts facts_;
  std::uint32_t slot_;
  std::uint64_t seed_;
  double trades_per_minute_;
  double start_mid_; // grid steps
};

} // namespace finch::feed
