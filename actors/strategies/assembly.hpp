/// What a run must evaluate, and in which order: the instances asked for, and the strategies whose votes they
/// take.
#pragma once

#include "actors/strategies/spec.hpp"

#include <span>
#include <vector>

namespace finch::strategies {

/// One strategy on one timeframe. Those only referred to vote for others and have no book: they are rules,
/// whether or not an instance of them runs as well, so an instance's votes never depend on who else is in the
/// run.
struct Part {
  Instance instance;
  std::vector<std::size_t> references; ///< the parts whose votes it takes, in the evaluator's order
  std::size_t level = 0;               ///< 0 takes no votes; else one above the highest it takes votes of
  bool asked = true;                   ///< one of the instances asked for
};

/// The instances at their own places, then those they refer to, each of the same timeframe as who refers to
/// it.
[[nodiscard]] std::vector<Part> parts_of(std::span<const Instance> instances);

/// The parts' places by level, lowest first: a part may be evaluated once all of the levels below are.
[[nodiscard]] std::vector<std::vector<std::size_t>> levels_of(const std::vector<Part>& parts);

} // namespace finch::strategies
