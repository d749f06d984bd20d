/// Figures of the feature library, with a naive window recompute beside them. Nothing is printed here.
#pragma once

#include "actors/market/bar.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace finch::bench {

/// One closure of features, run over a synthetic series of one symbol.
struct FeatureFigure {
  std::size_t features = 0;         ///< columns of the row
  double live_us_per_bar = 0;       ///< one update with its row, state warm
  double column_ns_per_value = 0;   ///< a run along the history into columns
  double together_ns_per_value = 0; ///< the same of four series in lock step
};

/// The features the naive peer computes too, each from its whole window at every bar.
struct NaivePeer {
  std::size_t features = 0;
  double streaming_ns_per_value = 0;
  double naive_ns_per_value = 0;
  double largest_difference = 0; ///< relative; the outputs are compared before they are timed
};

/// Synthetic one-minute bars of one symbol.
[[nodiscard]] std::vector<market::Bar> random_bars(std::size_t count, unsigned seed = 7);

struct FeatureFigures {
  FeatureFigure closure, hundred, all;
  NaivePeer peer;
  double ticks_ns = 0; ///< per tick, ticks to one-minute bars of one symbol on one core
};

/// Measures with `bars` bars of one symbol (at least 2,000), each figure the best of `repeats` runs.
/// `closure` are the features some strategies read; with what those need it is a row of its own.
[[nodiscard]] FeatureFigures measure_features(const std::vector<std::string>& closure,
                                              std::size_t bars = 12'768, int repeats = 3);

} // namespace finch::bench
