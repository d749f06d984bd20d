/// What this binary is made of.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace finch::runtime {

struct BuildInfo {
  std::string version;  ///< of Finch
  std::string build_id; ///< commit it was built from, `-dirty` when the tree had changes
  std::string compiler;
  std::string build_type; ///< with sanitizers, where there are any
  /// Libraries by name: the version compiled against, or the one loaded where the library tells.
  std::vector<std::pair<std::string, std::string>> libraries;
};

[[nodiscard]] BuildInfo build_info();

} // namespace finch::runtime
