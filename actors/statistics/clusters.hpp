/// How many different things a search tried: clusters of correlated trials (reference 5.2).
#pragma once

#include "actors/statistics/overfitting.hpp"

#include <cstddef>
#include <vector>

namespace finch::statistics {

struct EffectiveTrials {
  double count = 0;                         ///< clusters, but never below the root of the raw number
  std::vector<std::size_t> representatives; ///< lowest column of each cluster, ascending
};

/// Average linkage over the distance √((1 - ρ)/2) of the trials' returns, cut where ρ = `least_correlation`.
/// Costs trials² × rows, and trials² doubles of memory.
[[nodiscard]] EffectiveTrials effective_trials(TrialMatrix returns, double least_correlation = 0.7);

} // namespace finch::statistics
