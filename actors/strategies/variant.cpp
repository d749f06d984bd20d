#include "actors/strategies/variant.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace finch::strategies {

namespace {

/// The finaliser of splitmix64 (Steele, Lea, Flood 2014).
std::uint64_t mix(std::uint64_t x) noexcept {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31U);
}

std::uint64_t steps_of(const Parameter& parameter) noexcept {
  // A hair of slack, so that 0.1 + 0.1 + 0.1 still counts as reaching 0.3.
  return static_cast<std::uint64_t>(std::floor((parameter.max - parameter.min) / parameter.step + 1e-9)) + 1;
}

/// The grid's value in as few digits as tell it from its neighbours.
double on_grid(const Parameter& parameter, std::uint64_t step) {
  auto value = parameter.min + static_cast<double>(step) * parameter.step;
  value = std::strtod(fmt::format("{:.12g}", value).c_str(), nullptr);
  return std::clamp(value, parameter.min, parameter.max);
}

void adopt(Spec& variant, const Spec& parent) {
  auto origin = spec_hash(parent);
  if (spec_hash(variant) != origin)
    variant.parent = origin;
}

} // namespace

std::uint64_t keyed_bits(std::uint64_t seed, std::uint64_t a, std::uint64_t b) noexcept {
  return mix(mix(mix(seed) ^ a) ^ b);
}

Result<Spec> set_parameters(const Spec& spec, const std::map<std::string, double>& values) {
  auto variant = spec;
  for (const auto& [name, value] : values) {
    auto found = std::find_if(variant.parameters.begin(), variant.parameters.end(),
                              [&](const Parameter& p) { return p.name == name; });
    if (found == variant.parameters.end())
      return fail(Category::bad_input, fmt::format("{} has no parameter '{}'", spec.name, name),
                  fmt::format("`finch strategies show {}` lists them", spec.name));
    if (!(value >= found->min && value <= found->max))
      return fail(Category::bad_input,
                  fmt::format("{}: /parameters/{}: expected a value from {} to {}, found {}", spec.name, name,
                              found->min, found->max, value),
                  "choose a value within the declared range");
    found->value = value;
  }
  adopt(variant, spec);
  return variant;
}

Spec draw_variant(const Spec& spec, std::uint64_t seed, std::uint64_t index) {
  auto variant = spec;
  for (std::size_t i = 0; i < variant.parameters.size(); ++i) {
    auto& parameter = variant.parameters[i];
    auto bits = keyed_bits(seed, index, i);
    // The high half of a 32 × n product is uniform on n values to within 2^-32 × n.
    auto step = ((bits >> 32U) * steps_of(parameter)) >> 32U;
    parameter.value = on_grid(parameter, step);
  }
  adopt(variant, spec);
  return variant;
}

std::uint64_t variant_count(const Spec& spec) noexcept {
  constexpr auto most = std::uint64_t{1} << 63U;
  std::uint64_t count = 1;
  for (const auto& parameter : spec.parameters) {
    auto steps = steps_of(parameter);
    if (count > most / steps)
      return most;
    count *= steps;
  }
  return count;
}

} // namespace finch::strategies
