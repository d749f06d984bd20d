/// What of an instrument's market data is no feature and yet decides fills: trading, liquidity, settlements.
#pragma once

#include "actors/backtest/history.hpp"
#include "actors/broker/liquidity.hpp"

namespace finch::backtest {

/// Reads one instrument's blocks as the broker does, round by round.
class MarketRecord {
public:
  explicit MarketRecord(const market::Instrument& instrument) : instrument_{instrument} {}

  void consume(const fb::MarketBlock& block);

  /// Figures and whether there were trades, one entry per round closed since the last `clear`, the first of
  /// which is `first()`.
  [[nodiscard]] const std::vector<broker::LiquidityFigures>& liquidity() const noexcept { return figures_; }
  [[nodiscard]] const std::vector<std::uint8_t>& traded() const noexcept { return traded_; }
  [[nodiscard]] const std::vector<Settlement>& settlements() const noexcept { return settlements_; }
  [[nodiscard]] market::Round first() const noexcept { return first_; }
  /// Forgets what was read of earlier rounds, but not the estimates.
  void clear();

private:
  void read_bar(const fb::NativeBar& bar);
  void close(market::Round round);

  market::Instrument instrument_;
  broker::Liquidity liquidity_;
  std::vector<broker::LiquidityFigures> figures_;
  std::vector<std::uint8_t> traded_;
  std::vector<Settlement> settlements_;
  std::vector<fb::NativeBar> bars_;
  market::Round first_ = 0;
  market::TimeNs covered_until_ns_ = INT64_MIN;
  bool has_ticks_ = false, has_bars_ = false, quoted_ = false;
  std::int64_t low_ = 0, high_ = 0, volume_ = 0;
  double bar_volume_ = 0, quoted_bps_ = 0;
  int range_minutes_ = 1;
};

} // namespace finch::backtest
