/// The table of figures: a row each, with its peer and its goal.
#pragma once

#include "bench/measure.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace finch::bench {

/// What a figure should be.
struct Goal {
  double value = 0;
  bool at_most = true;
};

/// One figure beside its peer.
struct Row {
  std::string group;  ///< what `--only` names
  std::string figure; ///< what was measured, with its unit
  int digits = 2;     ///< decimals shown
  Sample finch = {};
  std::string peer_name = {};
  Sample peer = {};
  Sample ratio = {}; ///< how many times better Finch is
  std::optional<Goal> goal = {};
  std::string note = {};
  std::string aborted = {}; ///< why there is no figure: outputs differed, or something failed
};

/// A row that could not be measured.
[[nodiscard]] Row aborted(std::string group, std::string figure, std::string why);

/// "yes" where even the worse end of the spread meets the goal, "median" where only the median does, else
/// "no".
[[nodiscard]] std::string verdict(const Row& row);

/// Processor, cores, compiler, build and load, in the order they are shown.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> machine(const Options& options);

/// The aligned table, notes below it.
[[nodiscard]] std::string render(const std::vector<Row>& rows);
[[nodiscard]] nlohmann::ordered_json to_json(const std::vector<Row>& rows, const Options& options);

} // namespace finch::bench
