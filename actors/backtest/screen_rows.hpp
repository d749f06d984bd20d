/// A history's rows numbered over its windows, for rules that look back across them.
#pragma once

#include "actors/backtest/history.hpp"

namespace finch::backtest {

/// All rows of one timeframe of a history, numbered over its windows.
class TimeframeRows {
public:
  TimeframeRows(const History& history, market::Timeframe timeframe);

  [[nodiscard]] market::Timeframe timeframe() const noexcept { return timeframe_; }
  [[nodiscard]] std::int64_t count() const noexcept { return static_cast<std::int64_t>(rounds_.size()); }
  /// The first row of a window, by the window's place.
  [[nodiscard]] std::int64_t first_of(std::size_t window) const noexcept { return first_[window]; }
  [[nodiscard]] market::Round round(std::int64_t row) const noexcept {
    return rounds_[static_cast<std::size_t>(row)];
  }
  [[nodiscard]] std::int64_t bar(std::int64_t row) const noexcept {
    return bars_[static_cast<std::size_t>(row)];
  }
  /// A feature's row, [instrument].
  [[nodiscard]] const double* row(std::size_t feature, std::int64_t row) const noexcept;
  /// A feature's rows, where they lie or copied to `scratch`.
  [[nodiscard]] const double* rows(std::size_t feature, std::int64_t first, std::size_t count,
                                   double* scratch) const noexcept;
  /// The same of one instrument alone.
  void lane(std::size_t feature, std::int64_t first, std::size_t count, std::size_t lane,
            double* out) const noexcept;
  /// The last row closed by the end of `round`; -1 where there is none.
  [[nodiscard]] std::int64_t closed_by(market::Round round) const noexcept;

private:
  market::Timeframe timeframe_;
  std::size_t lanes_;
  std::vector<const HistoryBlock*> blocks_; ///< by window
  std::vector<std::int64_t> first_;
  std::vector<std::uint32_t> window_of_; ///< by row
  std::vector<market::Round> rounds_;
  std::vector<std::int64_t> bars_;
};

/// The rows of every timeframe, for all groups of a screen.
[[nodiscard]] std::vector<TimeframeRows> timeframes_of(const History& history);

} // namespace finch::backtest
