/// TA-Lib beside Finch on the features both have, where TA-Lib is installed.
#pragma once

#include "actors/market/bar.hpp"

#include <filesystem>
#include <span>
#include <string>

namespace finch::bench {

struct TalibPeer {
  std::string absent; ///< why there is nothing to compare with; empty where there is
  std::size_t features = 0;
  double finch_ns_per_value = 0, talib_ns_per_value = 0;
  double finch_in_step_ns = 0;   ///< Finch with four symbols in lock step
  double largest_difference = 0; ///< relative; where both are warm
  std::string largest_in;        ///< the feature it was found in
};

/// Writes `bars` to `scratch`, has `script` run TA-Lib over them (see python_peer.hpp), compares every value,
/// and times both over the same bars in this run.
[[nodiscard]] TalibPeer measure_talib(std::span<const market::Bar> bars, const std::filesystem::path& script,
                                      const std::filesystem::path& scratch, int repeats);

} // namespace finch::bench
