/// Peers that run in Python: found where an interpreter can import them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace finch::bench {

/// What a peer's script said.
struct PythonRun {
  bool ran = false;
  std::vector<std::string> lines; ///< of both outputs
  std::string why;                ///< where it did not run: its last words
  bool absent = false;            ///< no interpreter can import the package

  /// What follows `key` and a space on the line that begins with it; empty without one.
  [[nodiscard]] std::string value(const std::string& key) const;
  /// The same of every such line.
  [[nodiscard]] std::vector<std::string> values(const std::string& key) const;
};

/// Runs `script` with the arguments by the first interpreter that can import what it needs: those
/// FINCH_PYTHON names, separated by colons, or python3. A script says that a package is missing by leaving
/// with a message that begins with "absent:".
[[nodiscard]] PythonRun run_python(const std::filesystem::path& script,
                                   const std::vector<std::string>& arguments);

} // namespace finch::bench
