/// Variants of a strategy: the same rules with other parameters, for the tuner and the genetic designer.
/// Which to try is theirs to draw.
#pragma once

#include "actors/strategies/spec.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace finch::strategies {

/// The spec with some parameters changed; its parent is `spec`. Fails for an unknown parameter or a value
/// outside the declared range. Values are taken as given, on the grid or not.
[[nodiscard]] Result<Spec> set_parameters(const Spec& spec, const std::map<std::string, double>& values);

/// The value of the parameter's grid nearest to `value`, in as few digits as tell it from its neighbours.
[[nodiscard]] double on_grid(const Parameter& parameter, double value);

/// How many different grids of parameters there are, saturating at 2^63.
[[nodiscard]] std::uint64_t variant_count(const Spec& spec) noexcept;

} // namespace finch::strategies
