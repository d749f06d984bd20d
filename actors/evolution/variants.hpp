/// Seeded variants of a spec's parameters within the ranges it declares.
#pragma once

#include "actors/strategies/spec.hpp"

#include <cstdint>
#include <vector>

namespace finch::evolution {

/// Values of one variant, in the order of the parameters.
using Variant = std::vector<double>;

/// Up to `count` variants that differ from the present values and from each other. A pure function of (seed,
/// key) and the parameters; `key` tells cycles and specs apart. Odd ones move near the present values (a
/// fifth of the range, normal), even ones anywhere. Fewer come back when the ranges hold fewer.
[[nodiscard]] std::vector<Variant> draw_variants(std::uint64_t seed, std::uint64_t key,
                                                 const std::vector<strategies::Parameter>& parameters,
                                                 std::size_t count);

/// The same as specs, named after `parent` and what they do; fails where a value cannot be set.
[[nodiscard]] Result<std::vector<strategies::Spec>>
variants_of(const strategies::Spec& parent, std::uint64_t seed, std::uint64_t key, std::size_t count);

} // namespace finch::evolution
