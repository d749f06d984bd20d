/// The features of one instrument on one timeframe, bar by bar or along a stretch of history.
#pragma once

#include "actors/features/plan.hpp"
#include "actors/market/bar.hpp"
#include "actors/market/instrument.hpp"
#include "schemas/features_generated.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace finch::features {

struct Now;
struct Step;
class SeriesCalculator;

/// A stretch of one series and where its rows go: feature f of bar i to
/// `columns[f * stride + row * step]`, where row is i, or `rows[i]` where that is given.
struct SeriesRun {
  SeriesCalculator* series = nullptr;
  std::span<const market::Bar> bars;
  double* columns = nullptr;
  std::size_t stride = 0, step = 1;
  std::span<const std::uint32_t> rows = {};
};

/// Takes the next bars of several series of one plan. The same values as one by one, to the bit. Four series
/// that have seen equally many bars and are given equally many take about the time of one: their states are
/// kept woven into each other until one of them goes on by itself.
void update_together(std::span<const SeriesRun> runs);

/// Runs a plan's kernels over a series of bars. An update allocates nothing; the whole state is a few flat
/// arrays.
///
/// After a bar marked `after_gap`, every feature is NaN until its warm-up has passed again: windows are clean
/// by then, recursions and running totals have kept their state.
class SeriesCalculator {
public:
  SeriesCalculator(Plan plan, market::Timeframe timeframe, const market::Instrument& instrument);
  SeriesCalculator(SeriesCalculator&&) noexcept = default;
  SeriesCalculator& operator=(SeriesCalculator&&) noexcept = default;

  /// Takes the next bar of the series; bars come in order of time.
  void update(const market::Bar& bar);
  /// Takes the next bars and writes their rows as columns: feature f of bar i goes to `columns[f * stride +
  /// i]`. The same values as bar by bar, to the bit, in a fraction of the time.
  void update(std::span<const market::Bar> bars, double* columns, std::size_t stride);

  /// The row of the newest bar, in the plan's column order. Cross-asset columns are NaN here; the join fills
  /// them. Valid until the next update; all NaN before the first.
  [[nodiscard]] std::span<const double> row() const noexcept;

  /// Bars seen since the first.
  [[nodiscard]] std::int64_t bar_count() const noexcept { return history_.index + 1; }
  [[nodiscard]] market::Timeframe timeframe() const noexcept { return timeframe_; }

  /// The whole state. A calculator restored from it continues to the bit, also one of a plan that wants only
  /// some of the features.
  [[nodiscard]] flatbuffers::Offset<fb::SeriesState> save(flatbuffers::FlatBufferBuilder& builder,
                                                          std::span<const market::Bar> waiting = {}) const;
  /// Continues from a state; the row is NaN until the next bar. Fails with bad_input where the state is of
  /// another timeframe, or lacks a kernel of this plan as this build computes it; the calculator must then be
  /// discarded.
  [[nodiscard]] Status restore(const fb::SeriesState& state);

private:
  struct History {
    std::int64_t index = -1, since_gap = 0;
    double open = 0, high = 0, low = 0, close = 0;
  };
  struct alignas(32) Block {
    std::byte bytes[32];
  };

  /// The states of four series in lock step, each kernel's at four times its offset.
  using Quad = std::vector<Block>;
  class Workspace;

  friend void update_together(std::span<const SeriesRun> runs);

  void take(const market::Bar& bar, Now& now, double* values, std::size_t stride) noexcept;
  static void run(std::span<const SeriesRun> runs, std::byte* states);
  [[nodiscard]] static bool in_step(std::span<const SeriesRun> runs) noexcept;
  [[nodiscard]] static std::byte* seat(std::span<const SeriesRun> runs);
  void leave_quad();
  void copy_state(const Step& step, std::byte* out) const noexcept;

  Plan plan_;
  market::Timeframe timeframe_;
  std::int32_t funding_interval_min_;
  History history_;
  std::vector<Block> arena_;
  std::shared_ptr<Quad> quad_;        ///< where the state is while the series runs in step with three others
  std::size_t lane_ = 0;              ///< its place there
  std::vector<double> values_;        ///< by slot: the newest bar's
  std::vector<double*> step_columns_; ///< into them, in the order of `PlanLayout::slots`
};

} // namespace finch::features
