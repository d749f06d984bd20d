/// Runs users' features over the join's blocks, one timeframe of one universe at a time.
#pragma once

#include "actors/expression/machine.hpp"
#include "actors/features/plan.hpp"
#include "actors/market/instrument.hpp"
#include "actors/market/timeframe.hpp"
#include "schemas/features_generated.h"

#include <span>
#include <vector>

namespace finch::features {

/// The state of one timeframe. Each instrument's history is its own bars, so that a value does not depend on
/// which other instruments there are; windows are keyed to the bar's number, so that it does not depend on
/// where the history began either.
class UserFeatures {
public:
  UserFeatures(std::size_t instruments, market::Timeframe timeframe, const Plan& plan);

  /// Fills the users' columns of the next rows. `values` is [feature][row][instrument] and holds everything
  /// else already; an instrument without a bar in a row has a NaN close.
  void fill(double* values, std::span<const market::Round> rounds);

  using States = std::vector<flatbuffers::Offset<fb::UserState>>;
  /// Appends the states of instrument number `i`, which stands there as `id`.
  void save(flatbuffers::FlatBufferBuilder& builder, std::size_t i, market::InstrumentId id,
            States& out) const;
  /// Continues from them. False where one is missing or of another definition.
  [[nodiscard]] bool restore(const fb::JoinState& state, std::size_t i, market::InstrumentId id);

private:
  /// What one feature remembers of one instrument.
  struct Memory {
    expression::State state;
    std::vector<std::int64_t> known; ///< by input: bars in a row on which it was a number
  };
  struct Feature {
    const UserKernel* kernel;
    std::size_t column;
    std::vector<std::size_t> inputs; ///< columns
    expression::Machine machine;
    std::vector<Memory> memories; ///< by instrument
  };

  void run(Feature& feature, std::size_t instrument, double* values, std::size_t stride);

  Plan plan_;
  market::Timeframe timeframe_;
  std::size_t instruments_, close_, ret_1_;
  std::vector<Feature> features_;
  std::vector<std::int64_t> since_gap_; ///< by instrument: bars since the first or the last gap
  // The bars at hand: their numbers, rows and distance from the last gap, and the columns read.
  std::vector<std::int64_t> bars_, since_;
  std::vector<std::size_t> rows_;
  std::vector<double> buffer_;
  std::vector<const double*> columns_;
};

} // namespace finch::features
