#include "actors/strategies/entry_features.hpp"

#include <algorithm>

namespace finch::strategies {

std::vector<std::uint32_t> entry_feature_columns(const Spec& spec, const std::vector<std::string>& names) {
  std::vector<std::uint32_t> columns;
  for (const auto& name : entry_features(spec)) {
    auto at = std::find(names.begin(), names.end(), name);
    columns.push_back(at == names.end() ? std::numeric_limits<std::uint32_t>::max()
                                        : static_cast<std::uint32_t>(at - names.begin()));
  }
  return columns;
}

} // namespace finch::strategies
