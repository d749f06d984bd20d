#include "actors/strategies/variant.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace finch::strategies {

namespace {

std::uint64_t steps_of(const Parameter& parameter) noexcept {
  // A hair of slack, so that 0.1 + 0.1 + 0.1 still counts as reaching 0.3.
  return static_cast<std::uint64_t>(std::floor((parameter.max - parameter.min) / parameter.step + 1e-9)) + 1;
}

void adopt(Spec& variant, const Spec& parent) {
  auto origin = spec_hash(parent);
  if (spec_hash(variant) != origin)
    variant.parent = origin;
}

} // namespace

double on_grid(const Parameter& parameter, double value) {
  auto last = static_cast<double>(steps_of(parameter) - 1);
  auto step = std::clamp(std::round((value - parameter.min) / parameter.step), 0.0, last);
  auto exact = parameter.min + step * parameter.step;
  return std::clamp(std::strtod(fmt::format("{:.12g}", exact).c_str(), nullptr), parameter.min,
                    parameter.max);
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
