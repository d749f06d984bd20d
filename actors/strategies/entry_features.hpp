/// Which features a trade remembers of the row it was decided on: those its spec reads.
#pragma once

#include "actors/strategies/evaluator.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace finch::strategies {

/// Names of the values a result keeps for each trade of `spec`, in their order.
[[nodiscard]] inline std::vector<std::string> entry_features(const Spec& spec) {
  return required_features(spec);
}

/// Where those stand in a feature block laid out as `names`; past its end where it does not hold them.
[[nodiscard]] std::vector<std::uint32_t> entry_feature_columns(const Spec& spec,
                                                               const std::vector<std::string>& names);

} // namespace finch::strategies
