/// The join's core: rows of all instruments become one block per timeframe, with the features only the whole
/// universe can tell.
#pragma once

#include "actors/features/plan.hpp"
#include "actors/market/instrument.hpp"
#include "actors/market/timeframe.hpp"
#include "schemas/features_generated.h"
#include "schemas/frame.hpp"

#include <deque>
#include <memory>
#include <vector>

namespace finch::features {

class CrossAsset;
class UserFeatures;

/// Waits until every instrument has delivered its rows of a window, then fills the cross-asset columns round
/// by round, and users' features from all others.
///
/// The benchmark of an instrument is the universe's BTC (or ETH) instrument in the same quote currency, on
/// its own venue and market where there is one, else the one with the least id; without one those features
/// are NaN.
class Join {
public:
  /// Instruments in any order; columns come out by ascending id.
  Join(std::vector<market::Instrument> instruments, Plan plan, std::vector<market::Timeframe> timeframes);
  ~Join();
  Join(Join&&) noexcept;
  Join& operator=(Join&&) noexcept;

  /// Takes one instrument's rows of its next window. Frames of instruments outside the universe are ignored.
  void add(const Frame<fb::FeatureRows>& rows);
  /// Whether every instrument has delivered a window not yet taken.
  [[nodiscard]] bool ready() const noexcept;
  /// The blocks of the oldest complete window, one per timeframe, in the order given. Rows of a timeframe are
  /// the rounds in which at least one instrument has a bar. Empty where not ready.
  [[nodiscard]] std::vector<Frame<fb::FeatureBlock>> take();

  /// The state of cross-asset and users' features between windows, for checkpoints.
  [[nodiscard]] Frame<fb::JoinState> save() const;
  /// Continues from the state of this universe or of a larger one. Fails with bad_input where an instrument
  /// is missing in it, had another benchmark, or another build wrote it.
  [[nodiscard]] Status restore(const fb::JoinState& state);
  /// The same for one instrument, whose state stands in its own checkpoint.
  [[nodiscard]] Status restore(const fb::JoinState& state, market::InstrumentId instrument);

private:
  [[nodiscard]] Frame<fb::FeatureBlock> block_of(std::size_t timeframe);

  std::vector<market::Instrument> instruments_;
  Plan plan_;
  std::vector<market::Timeframe> timeframes_;
  std::vector<std::deque<Frame<fb::FeatureRows>>> waiting_; ///< by instrument
  std::vector<std::unique_ptr<CrossAsset>> cross_;          ///< by timeframe; empty where no column needs it
  std::vector<std::unique_ptr<UserFeatures>> user_;         ///< likewise
};

} // namespace finch::features
