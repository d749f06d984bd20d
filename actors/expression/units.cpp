#include "actors/expression/units.hpp"

#include <array>
#include <cstdlib>
#include <utility>

namespace finch::expression {

namespace {

constexpr int largest_exponent = 100;

std::int8_t bounded(int exponent) noexcept {
  // Nested squares could leave the type; beyond the bound the unit is nonsense anyway and only has to stay
  // unequal.
  return static_cast<std::int8_t>(exponent > largest_exponent    ? largest_exponent
                                  : exponent < -largest_exponent ? -largest_exponent
                                                                 : exponent);
}

} // namespace

Units units_of(market::Dimension dimension) noexcept {
  switch (dimension) {
  case market::Dimension::price:
    return {.price = 1};
  case market::Dimension::volume:
    return {.volume = 1};
  case market::Dimension::time:
    return {.time = 1};
  case market::Dimension::unitless:
  case market::Dimension::count:
  case market::Dimension::flag:
    break;
  }
  return {};
}

Units product(Units a, Units b) noexcept {
  return {bounded(a.price + b.price), bounded(a.volume + b.volume), bounded(a.time + b.time)};
}

Units quotient(Units a, Units b) noexcept {
  return {bounded(a.price - b.price), bounded(a.volume - b.volume), bounded(a.time - b.time)};
}

std::string format_units(Units units) {
  if (units.unitless())
    return "unitless";
  const std::array<std::pair<std::string_view, int>, 3> parts{
      {{"price", units.price}, {"volume", units.volume}, {"time", units.time}}};
  std::string over, under;
  for (auto [name, exponent] : parts) {
    if (exponent == 0)
      continue;
    auto& side = exponent > 0 ? over : under;
    if (exponent > 0 && !over.empty())
      side += "·";
    if (exponent < 0)
      side += "/";
    side += name;
    if (std::abs(exponent) == 2)
      side += "²";
    else if (std::abs(exponent) > 2)
      side += "^" + std::to_string(std::abs(exponent));
  }
  return (over.empty() ? "1" : over) + under;
}

} // namespace finch::expression
