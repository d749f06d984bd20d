#include "actors/evolution/variants.hpp"

#include "actors/statistics/random.hpp"
#include "actors/strategies/variant.hpp"

#include <algorithm>

namespace finch::evolution {

std::vector<Variant> draw_variants(std::uint64_t seed, std::uint64_t key,
                                   const std::vector<strategies::Parameter>& parameters, std::size_t count) {
  std::vector<Variant> found;
  Variant present;
  for (const auto& p : parameters)
    present.push_back(p.value);
  // Small grids run out of variants; this many misses in a row is proof enough.
  constexpr std::uint64_t patience = 64;
  std::uint64_t misses = 0;
  for (std::uint64_t attempt = 0; found.size() < count && misses < patience && !parameters.empty();
       ++attempt) {
    statistics::Draws draws{seed, statistics::scramble(key) ^ attempt};
    Variant variant;
    for (const auto& p : parameters) {
      auto range = p.max - p.min;
      auto near = p.value + 0.2 * range * draws.normal();
      auto anywhere = p.min + range * draws.uniform();
      variant.push_back(strategies::on_grid(p, attempt % 2 == 0 ? near : anywhere));
    }
    auto known = variant == present || std::find(found.begin(), found.end(), variant) != found.end();
    misses = known ? misses + 1 : 0;
    if (!known)
      found.push_back(std::move(variant));
  }
  return found;
}

} // namespace finch::evolution
