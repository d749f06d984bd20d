#include "actors/evolution/variants.hpp"

#include "actors/evolution/registry.hpp"
#include "actors/statistics/random.hpp"
#include "actors/strategies/variant.hpp"

#include <algorithm>
#include <map>

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

Result<std::vector<strategies::Spec>> variants_of(const strategies::Spec& parent, std::uint64_t seed,
                                                  std::uint64_t key, std::size_t count) {
  std::vector<strategies::Spec> out;
  for (const auto& values : draw_variants(seed, key, parent.parameters, count)) {
    std::map<std::string, double> named;
    for (std::size_t i = 0; i < values.size(); ++i)
      named.emplace(parent.parameters[i].name, values[i]);
    auto variant = strategies::set_parameters(parent, named);
    if (!variant)
      return tl::unexpected(variant.error());
    variant->name = variant_name(parent.name, strategies::spec_hash(*variant));
    out.push_back(std::move(*variant));
  }
  return out;
}

} // namespace finch::evolution
