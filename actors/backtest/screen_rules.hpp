/// What rules say of rows, for books that ask: of instances that share one machine, or of one evaluator.
#pragma once

#include "actors/backtest/history.hpp"
#include "actors/expression/lazy_machine.hpp"
#include "actors/strategies/evaluator.hpp"

#include <memory>

namespace finch::backtest {

/// What one instance's rules say of a few rows of a window. Answers hold until the next rows are opened.
class RowRules {
public:
  virtual ~RowRules() = default;
  /// An entry there is not refused for what it reads, [row][word]: exactly one of the entry rules holds, and
  /// everything is known. The universe is left to the book.
  [[nodiscard]] virtual const LaneWord* wants() = 0;
  /// Which of those are long; others are short.
  [[nodiscard]] virtual const LaneWord* longs() = 0;
  /// Which of the `concerned` instruments of a row's word the exit rule of a side closes.
  [[nodiscard]] virtual LaneWord leaves(int side, std::size_t row, std::size_t word, LaneWord concerned) = 0;
  /// What an entry in a cell would be. Unusable where its confidence is no number or a distance none that
  /// can be used.
  struct Entry {
    bool usable = false;
    double stop = 0, target = 0, trail = 0;
  };
  [[nodiscard]] virtual Entry entry(std::size_t row, std::size_t lane) = 0;
};

/// The rules of one evaluator, as it runs through a window.
class EvaluatedRules : public RowRules {
public:
  explicit EvaluatedRules(std::size_t lanes);

  /// What the evaluator says of the next rows; it must stay until others are opened.
  void open(const strategies::Evaluator::Rules& rules);
  [[nodiscard]] const LaneWord* wants() override { return wants_.data(); }
  [[nodiscard]] const LaneWord* longs() override { return longs_.data(); }
  [[nodiscard]] LaneWord leaves(int side, std::size_t row, std::size_t word, LaneWord concerned) override;
  [[nodiscard]] Entry entry(std::size_t row, std::size_t lane) override;

private:
  void read(const double* column, std::vector<LaneWord>& bits) const;
  void keep(const double* column, std::vector<LaneWord>& bits) const;

  std::size_t lanes_, words_;
  strategies::Evaluator::Rules rules_{};
  std::vector<LaneWord> wants_, longs_, leave_long_, leave_short_;
};

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

/// Instances of one timeframe, none of which takes votes, evaluated together: what their rules have in common
/// is computed once.
class RuleGroup {
public:
  /// `timeframes` must outlive the group. Fails where a spec does not compile.
  [[nodiscard]] static Result<std::unique_ptr<RuleGroup>>
  make(std::span<const strategies::Instance* const> instances, const History& history,
       const std::vector<TimeframeRows>& timeframes);
  ~RuleGroup();

  /// Rows to open at a time.
  [[nodiscard]] std::size_t max_rows() const noexcept;
  /// Rows of the timeframe, numbered over the windows.
  [[nodiscard]] const TimeframeRows& rows() const noexcept;
  void open(std::int64_t first, std::size_t count);
  /// The rules of an instance, by its place.
  [[nodiscard]] RowRules& rules(std::size_t place);

private:
  class Impl;
  explicit RuleGroup(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

} // namespace finch::backtest
