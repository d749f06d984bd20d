/// What a screen reads: feature columns of a stretch of history with prices and liquidity beside them,
/// computed once for all strategies.
#pragma once

#include "actors/backtest/feature_pipeline.hpp"
#include "actors/broker/book_size.hpp"

#include <span>

namespace finch::backtest {

/// One bit per instrument; 64 to a word.
using LaneWord = std::uint64_t;
inline constexpr std::size_t lanes_per_word = 64;

/// Rows of one timeframe of one window: features as [feature][row][instrument], and which instruments have a
/// bar with trades in each row, [row][word].
struct HistoryBlock {
  market::Timeframe timeframe;
  std::span<const market::Round> rounds; ///< closing rounds, ascending
  const double* values = nullptr;
  std::vector<LaneWord> traded;

  /// The column of a feature.
  [[nodiscard]] const double* column(std::size_t feature, std::size_t lanes) const noexcept {
    return values + feature * rounds.size() * lanes;
  }
};

/// A funding settlement of one instrument.
struct Settlement {
  market::Round round = 0;
  std::size_t lane = 0;
  market::TimeNs time_ns = 0;
  double rate = 0; ///< positive: longs pay
};

/// What closed in the rounds [first, last].
struct HistoryWindow {
  market::Round first = 0, last = -1;
  std::vector<FeatureFrame> frames;                ///< hold the columns' memory
  std::vector<HistoryBlock> blocks;                ///< one per timeframe
  std::vector<broker::LiquidityFigures> liquidity; ///< [round][instrument], at each round's close
  std::vector<Settlement> settlements;             ///< by round, then instrument

  [[nodiscard]] const HistoryBlock& block(market::Timeframe timeframe) const;
};

/// Which columns over which rounds.
struct HistoryJob : FeatureJob {
  std::set<std::string> features; ///< that strategies read; bar fields are added
  market::Round keep_from = 0;    ///< rows of earlier rounds are not kept
};

/// Immutable columns of a universe. Values are those of the live path: the same calculators and join.
class History {
public:
  /// Columns of the bar's fields among the features.
  struct Fields {
    std::size_t open = 0, high = 0, low = 0, close = 0;
  };

  /// Reads every source once. Windows should be short enough for what many strategies read in turn to fit the
  /// cache.
  [[nodiscard]] static Result<History> compute(const HistoryJob& job, const SourceFactory& sources,
                                               const FeaturePipeline::Progress& progress = {});

  [[nodiscard]] const std::vector<market::Instrument>& instruments() const noexcept { return instruments_; }
  [[nodiscard]] const strategies::FeatureLayout& layout() const noexcept { return layout_; }
  [[nodiscard]] const std::vector<HistoryWindow>& windows() const noexcept { return windows_; }
  [[nodiscard]] const Fields& fields() const noexcept { return fields_; }
  [[nodiscard]] std::size_t words() const noexcept {
    return (instruments_.size() + lanes_per_word - 1) / lanes_per_word;
  }
  /// Rows × instruments kept of a timeframe.
  [[nodiscard]] std::size_t cells(market::Timeframe timeframe) const noexcept;

private:
  std::vector<market::Instrument> instruments_;
  strategies::FeatureLayout layout_;
  Fields fields_;
  std::vector<HistoryWindow> windows_;
};

} // namespace finch::backtest
