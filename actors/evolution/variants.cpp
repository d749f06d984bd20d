#include "actors/evolution/variants.hpp"

#include "actors/statistics/random.hpp"

#include <algorithm>
#include <cmath>

namespace finch::evolution {

namespace {

double snap(const Parameter& p, double value) {
  value = std::clamp(value, p.least, p.greatest);
  if (p.step <= 0)
    return value;
  auto steps = std::floor((p.greatest - p.least) / p.step + 1e-9);
  return p.least + p.step * std::min(steps, std::round((value - p.least) / p.step));
}

} // namespace

std::vector<Variant> draw_variants(std::uint64_t seed, std::uint64_t key,
                                   const std::vector<Parameter>& parameters, std::size_t count) {
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
      auto range = p.greatest - p.least;
      auto near = p.value + 0.2 * range * draws.normal();
      auto anywhere = p.least + range * draws.uniform();
      variant.push_back(snap(p, attempt % 2 == 0 ? near : anywhere));
    }
    auto known = variant == present || std::find(found.begin(), found.end(), variant) != found.end();
    misses = known ? misses + 1 : 0;
    if (!known)
      found.push_back(std::move(variant));
  }
  return found;
}

} // namespace finch::evolution
