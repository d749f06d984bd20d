/// The feature calculator's core: what a feed says about one instrument, turned into rows of features.
#pragma once

#include "actors/features/series.hpp"
#include "actors/market/bar_builder.hpp"
#include "schemas/features_generated.h"
#include "schemas/frame.hpp"
#include "schemas/market_generated.h"

#include <memory>
#include <optional>
#include <vector>

namespace finch::features {

class QuoteStatistics;
class FundingStatistics;
class ToxicityStatistics;

/// Ticks or native bars, quotes and funding of one instrument in; rows of every timeframe out. Rows do not
/// depend on how the market data is split into blocks. Bars are finished as their rounds close, longer
/// timeframes first; their rows are computed when they are taken, along the whole window at once.
class InstrumentCalculator {
public:
  InstrumentCalculator(const market::Instrument& instrument, Plan plan,
                       std::vector<market::Timeframe> timeframes);
  ~InstrumentCalculator();
  InstrumentCalculator(InstrumentCalculator&&) noexcept;
  InstrumentCalculator& operator=(InstrumentCalculator&&) noexcept;

  /// Takes the next block of this instrument. Rounds come in order; one left out counts as quiet.
  void consume(const fb::MarketBlock& block);

  /// The newest closed round; nothing before the first.
  [[nodiscard]] std::optional<market::Round> complete_through() const noexcept;

  /// Rows whose bars close in the rounds [first, last], all of them closed. Each row is handed out once; rows
  /// of earlier rounds that were never taken (a warm-up) are dropped.
  [[nodiscard]] Frame<fb::FeatureRows> take(market::Round first, market::Round last);

  /// Bars of one series whose rows are to be computed.
  struct Due {
    SeriesCalculator* series = nullptr;
    std::span<const market::Bar> bars; ///< valid until the calculator is told more
  };
  /// What `take` would compute for timeframe number `i`, left to the caller, who must run the series along
  /// exactly these bars: for several instruments at once, which is faster.
  [[nodiscard]] Due due(std::size_t i, market::Round first, market::Round last);

  /// The whole state at the close of a round, for checkpoints. A calculator restored from it hands out rows
  /// of later rounds only.
  [[nodiscard]] flatbuffers::Offset<fb::CalculatorState> save(flatbuffers::FlatBufferBuilder& builder) const;
  [[nodiscard]] Frame<fb::CalculatorState> save() const;
  /// Continues from a saved state, to the bit; the state may know more timeframes and features than this
  /// calculator. Fails with bad_input where it belongs to another instrument or build, or knows less; the
  /// calculator must then be discarded.
  [[nodiscard]] Status restore(const fb::CalculatorState& state);

private:
  void take_ticks(const fb::MarketBlock& block, std::size_t from, std::size_t to);
  void take_bar(const fb::NativeBar& native);
  void close(market::Round round, market::RoundStatus status);

  market::Instrument instrument_;
  Plan plan_;
  std::vector<SeriesCalculator> series_; ///< in the order of the timeframes given
  struct Waiting {
    std::vector<market::Bar> bars; ///< whose rows have not been taken, from `from` on
    std::size_t from = 0;
  };
  std::vector<Waiting> waiting_; ///< by timeframe
  market::MinuteBuilder builder_;
  market::BarAggregator aggregator_;
  std::vector<market::Bar> native_; ///< native bars not yet closed
  std::vector<market::Bar> due_, closed_;
  std::unique_ptr<QuoteStatistics> quotes_;
  std::unique_ptr<FundingStatistics> funding_;
  std::unique_ptr<ToxicityStatistics> toxicity_; ///< null where no feature needs it
};

} // namespace finch::features
