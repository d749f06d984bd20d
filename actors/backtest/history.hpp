/// What a screen reads: feature columns of a stretch of history with prices and liquidity beside them,
/// computed once for all strategies.
#pragma once

#include "actors/backtest/exact.hpp"
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
struct HistoryJob {
  std::vector<market::Instrument> instruments; ///< ascending ids
  std::vector<market::Timeframe> timeframes{market::default_timeframes.begin(),
                                            market::default_timeframes.end()};
  std::vector<std::string> features; ///< that strategies read; bar fields are added
  features::Catalogue catalogue;     ///< what features mean
  market::Round first = 0;           ///< features are computed from here
  market::Round keep_from = 0;       ///< rows of earlier rounds are not kept
  market::Round last = -1;
  std::int32_t window = 240; ///< rounds of a window: what many strategies read in turn should fit the cache
  std::size_t threads = 1;
};

/// The features every instance of the specs reads, by name.
[[nodiscard]] std::vector<std::string> features_of(std::span<const strategies::Instance> instances);
/// The longest look back of the instances, in rounds; fails where a spec does not compile.
[[nodiscard]] Result<market::Round> lookback_of(std::span<const strategies::Instance> instances,
                                                const strategies::FeatureLayout& layout);

/// Immutable columns of a universe. Values are those of the live path: the same calculators and join.
class History {
public:
  /// Columns of the bar's fields among the features.
  struct Fields {
    std::size_t open = 0, high = 0, low = 0, close = 0;
  };

  /// Reads every source once. `progress(round)` is called after each window and returns false to stop, which
  /// is an `interrupted` error.
  [[nodiscard]] static Result<History> compute(const HistoryJob& job, const SourceFactory& sources,
                                               const std::function<bool(market::Round)>& progress = {});

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
