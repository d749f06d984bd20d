/// The features of one instrument on one timeframe, bar by bar.
#pragma once

#include "actors/features/plan.hpp"
#include "actors/market/bar.hpp"
#include "actors/market/instrument.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace finch::features {

/// Runs a plan's kernels over a series of bars. An update allocates nothing; the whole state is a few flat arrays.
///
/// After a bar marked `after_gap`, every feature is NaN until its warm-up has passed again: windows are clean by
/// then, recursions and running totals have kept their state.
class SeriesCalculator {
public:
  SeriesCalculator(Plan plan, market::Timeframe timeframe, const market::Instrument& instrument);

  /// Takes the next bar of the series; bars come in order of time.
  void update(const market::Bar& bar);

  /// The row of the newest bar, in the plan's column order. Cross-asset columns are NaN here; the join fills them.
  /// Valid until the next update; all NaN before the first.
  [[nodiscard]] std::span<const double> row() const noexcept;

  /// Bars seen since the first.
  [[nodiscard]] std::int64_t bar_count() const noexcept { return history_.index + 1; }
  [[nodiscard]] market::Timeframe timeframe() const noexcept { return timeframe_; }

  /// The whole state. A calculator restored from it continues to the bit.
  [[nodiscard]] std::vector<std::byte> save() const;
  /// Fails with bad_input where `state` is torn or belongs to another plan, timeframe or instrument.
  [[nodiscard]] Status restore(std::span<const std::byte> state);

private:
  struct History {
    std::int64_t index = -1, since_gap = 0;
    double open = 0, high = 0, low = 0, close = 0;
  };
  struct alignas(32) Block {
    std::byte bytes[32];
  };
  struct Header {
    std::uint64_t fingerprint, instrument, minutes, check;
  };

  void load(const market::Bar& bar);
  void mask() noexcept;
  [[nodiscard]] Header header() const noexcept;
  [[nodiscard]] std::byte* arena() noexcept { return arena_.data()->bytes; }

  Plan plan_;
  market::Timeframe timeframe_;
  market::InstrumentId instrument_;
  std::int32_t funding_interval_min_;
  History history_;
  std::vector<Block> arena_;
  std::vector<double> values_;
};

} // namespace finch::features
