/// What is known of an instrument's rounds besides their bars: quotes, funding and the order flow's toxicity.
#pragma once

#include "actors/features/vpin.hpp"
#include "actors/features/windows.hpp"
#include "actors/market/bar_builder.hpp"
#include "schemas/market_generated.h"

#include <span>

namespace finch::features {

/// Best bid and ask of one round: the spread weighted by time, held over rounds without a quote.
class QuoteStatistics {
public:
  explicit QuoteStatistics(double quantity_unit) : quantity_unit_{quantity_unit} {}

  void add(market::Round round, const fb::Quote& quote) noexcept;
  /// Writes the round's figures and starts the next.
  void close(market::Round round, market::RoundState& out) noexcept;

private:
  void advance(market::TimeNs to) noexcept;

  double quantity_unit_;
  bool known_ = false;
  std::int64_t bid_ = 0, bid_quantity_ = 0, ask_ = 0, ask_quantity_ = 0;
  double spread_bps_ = 0;
  market::TimeNs until_ = 0;         ///< the time up to which the spread has been weighed
  double weighted_ = 0, weight_ = 0; ///< of this round
  double flow_ = 0, depth_ = 0;      ///< of this round's updates
  std::int64_t updates_ = 0;
};

/// The last settled funding rate and its z-score in the last 90 settlements.
class FundingStatistics {
public:
  void add(double rate) noexcept;
  void close(market::RoundState& out) const noexcept;

private:
  Moments<90> window_{};
  Moments<90>::Spread spread_{};
  std::int64_t count_ = 0;
  double rate_ = 0;
};

/// Feeds VPIN with trades, or with bars where there are no sides. Volumes are in quantity units.
class ToxicityStatistics {
public:
  void add_ticks(std::span<const std::int64_t> quantity, std::span<const std::int8_t> side) noexcept;
  /// A native bar of `volume`, of which `bought` (NaN where unknown) was bought by aggressors.
  void add_bar(double volume, double bought) noexcept;
  /// Ends a round whose newest price is `close` (NaN where nothing traded).
  void close(market::Round round, double close, market::RoundState& out) noexcept;

private:
  void begin_day(std::int32_t day, bool whole) noexcept;

  Vpin vpin_;
  Moments<60> moves_{};
  Moments<60>::Spread spread_{};
  double unsided_ = 0; ///< this round's volume without a side
  double last_close_ = 0, day_volume_ = 0, total_volume_ = 0;
  std::int64_t move_count_ = 0, whole_days_ = 0;
  std::int32_t day_ = 0;
  bool started_ = false, whole_ = false;
};

} // namespace finch::features
