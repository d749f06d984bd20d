/// Feature columns of a whole universe over a stretch of history, kept in memory and extended in place.
#pragma once

#include "actors/features/checkpoint.hpp"
#include "actors/features/plan.hpp"
#include "actors/market/instrument.hpp"
#include "actors/market/timeframe.hpp"
#include "schemas/market_generated.h"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace finch::features {

/// Rows of one timeframe, laid out as in a FeatureBlock: [feature][row][instrument], features in the plan's
/// order, instruments by ascending id; NaN where an instrument has no bar. Cross-asset features included.
struct ColumnBlock {
  market::Timeframe timeframe;
  std::span<const market::Round> rounds; ///< closing round of each row, ascending; may be empty
  const double* values = nullptr;
};

/// What closed in the rounds [first, last]: one block per timeframe, in the order given to the cache.
/// Immutable; lives as long as somebody holds it.
struct ColumnWindow {
  market::Round first = 0, last = 0;
  std::vector<ColumnBlock> blocks;
  std::size_t bytes = 0; ///< of memory held
};

/// Computes each row once, with the kernels and the join of the live path, and keeps it. Extending by an hour
/// computes that hour from the kept state. Values are those of a calculator that began at the same round, to
/// the bit, whatever the threads and however the history was extended.
class FeatureCache {
public:
  struct Config {
    market::Round first = 0;             ///< the first round told
    market::Round keep_from = INT64_MIN; ///< rows of earlier rounds only warm up; nothing is kept of them
    market::Round window = 60;           ///< rounds of a window, at most
    std::size_t threads = 1;
    std::size_t most_bytes = std::size_t{1'150} << 20; ///< of windows; beyond, the oldest are dropped
  };

  using Tell = std::function<void(const fb::MarketBlock&)>;
  /// Calls `tell` with everything of one instrument (an index into `instruments()`) in the rounds [first,
  /// last], all of them closed. Called in order of rounds, for different instruments from different threads.
  using Teller = std::function<Status(std::size_t instrument, market::Round first, market::Round last,
                                      const Tell& tell)>;

  /// Instruments in any order; columns come out by ascending id.
  FeatureCache(std::vector<market::Instrument> instruments, Plan plan,
               std::vector<market::Timeframe> timeframes, Config config);
  ~FeatureCache();
  FeatureCache(FeatureCache&&) noexcept;
  FeatureCache& operator=(FeatureCache&&) noexcept;

  /// Begins at 00:00 UTC of `day` instead of `first`, from the checkpoints of every instrument: values are
  /// then those of a cache that began where the checkpoints' writer did, to the bit. Only before the first
  /// `extend`. False, and nothing has changed, where one is missing or another build wrote it.
  [[nodiscard]] Result<bool> resume(std::int32_t day, const CheckpointShelf& shelf);
  /// Puts a checkpoint of every instrument on the shelf whenever an extension reaches 00:00 UTC.
  void write_checkpoints(CheckpointShelf shelf);

  /// Computes the rows of all rounds after those it has, up to `to`. After an error the cache must be
  /// discarded.
  [[nodiscard]] Status extend(market::Round to, const Teller& teller);

  /// The first round not computed yet.
  [[nodiscard]] market::Round next_round() const noexcept;
  /// The newest round computed; nothing before the first.
  [[nodiscard]] std::optional<market::Round> complete_through() const noexcept;
  /// The windows kept that touch [first, last], oldest first: contiguous, none overlapping. Rows before
  /// `first` may be in the first of them, and after `last` in the last.
  [[nodiscard]] std::vector<std::shared_ptr<const ColumnWindow>> windows(market::Round first,
                                                                         market::Round last) const;
  /// Bytes of all windows kept.
  [[nodiscard]] std::size_t bytes() const noexcept;
  [[nodiscard]] const Plan& plan() const noexcept;
  [[nodiscard]] std::span<const market::Instrument> instruments() const noexcept; ///< by ascending id

private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

} // namespace finch::features
