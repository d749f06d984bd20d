/// The expressions of a spec with their places in its JSON.
#pragma once

#include "actors/strategies/spec.hpp"

#include <string>
#include <vector>

namespace finch::strategies {

/// An expression of a spec; `place` is its JSON pointer, as `/exits/stop_loss/atr`.
struct Rule {
  std::string place;
  const expression::Expression* expression;
};

/// All expressions of a spec in the order they are written; they point into it.
[[nodiscard]] std::vector<Rule> rules_of(const Spec& spec);

/// The key of a distance's unit in JSON.
[[nodiscard]] const char* key_of(Distance::Unit unit);

} // namespace finch::strategies
