/// Checks of the machine and the data directory, for `finch doctor`.
#pragma once

#include "runtime/cli.hpp"

#include <string>
#include <vector>

namespace finch::runtime {

enum class Health { ok, warn, fail };

/// One thing looked at: what was found, and what to do where it is not right.
struct Check {
  std::string name;
  Health health = Health::ok;
  std::string found;
  std::string remedy;
};

/// Everything `finch doctor` looks at, in a fixed order. Reads only; takes well under a second.
[[nodiscard]] std::vector<Check> check_health(const Context& context);

/// Packages of one `[section]` of `config/packages.apt`, one to a line; comments and blank lines are skipped.
[[nodiscard]] std::vector<std::string> parse_packages(std::string_view text, std::string_view section);

} // namespace finch::runtime
