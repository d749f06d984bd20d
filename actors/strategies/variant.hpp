/// Variants of a strategy: the same rules with other parameters, for the tuner and the genetic designer.
#pragma once

#include "actors/strategies/spec.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace finch::strategies {

/// Random bits keyed by what they are for, never by how many were drawn before: (seed, a, b) always gives the
/// same.
[[nodiscard]] std::uint64_t keyed_bits(std::uint64_t seed, std::uint64_t a, std::uint64_t b) noexcept;

/// The spec with some parameters changed; its parent is `spec`. Fails for an unknown parameter or a value
/// outside the declared range. Values are taken as given, on the grid or not.
[[nodiscard]] Result<Spec> set_parameters(const Spec& spec, const std::map<std::string, double>& values);

/// A spec with every parameter drawn from its grid, uniformly. `index` numbers the draws of one seed; the
/// same seed and index give the same variant. A spec without parameters comes back unchanged.
[[nodiscard]] Spec draw_variant(const Spec& spec, std::uint64_t seed, std::uint64_t index);

/// How many different grids of parameters there are, saturating at 2^63.
[[nodiscard]] std::uint64_t variant_count(const Spec& spec) noexcept;

} // namespace finch::strategies
