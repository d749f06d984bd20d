/// Which features a trade remembers of the rows it was decided on: those its spec reads.
#pragma once

#include "actors/accounting/kept_feature.hpp"
#include "actors/strategies/evaluator.hpp"

#include <span>
#include <string>
#include <vector>

namespace finch::strategies {

/// A value the rules read, as they name it: `rsi_14`, `rsi_14@60m`, `ret_5[BTC-USDT]`.
struct EntryFeature {
  std::string name;
  std::string feature;
  int minutes = 0;         ///< of another timeframe; 0 is the instance's own
  std::string symbol = {}; ///< of a reference symbol; empty is the instrument traded
};

/// The values a result keeps for each trade of `spec`, by name; those read by the strategies whose votes it
/// takes are among them. Models' outputs are not.
[[nodiscard]] std::vector<EntryFeature> entry_features(const Spec& spec);

/// Where those stand in feature blocks laid out as `layout`, in the same order.
[[nodiscard]] std::vector<accounting::KeptFeature> kept_features(const Spec& spec,
                                                                 const FeatureLayout& layout);

/// Minutes of the timeframes whose rows a book of the instance must be told to know them: its own, and of
/// those the rules name the ones the run has; ascending.
[[nodiscard]] std::vector<int> entry_timeframes(const Instance& instance,
                                                std::span<const market::Timeframe> run);

} // namespace finch::strategies
