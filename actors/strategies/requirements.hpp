/// What the rules of a spec read, node by node.
#pragma once

#include "actors/expression/ast.hpp"
#include "actors/strategies/evaluator.hpp"

#include <cstddef>
#include <functional>
#include <string>

namespace finch::strategies {

/// Calls `visit` for every reference to a feature, bar field or model's output in the spec's own rules,
/// distances in quote per base, parameters left out.
void walk_references(const Spec& spec, const std::function<void(const expression::Node&)>& visit);

/// The lane of a symbol given in full or by its part after the slash; -1 where there is none or more than
/// one.
[[nodiscard]] std::ptrdiff_t lane_of(const std::string& symbol, const FeatureLayout& layout);

} // namespace finch::strategies
