/// What an expression measures: powers of price, volume and time, so that products and ratios have a unit
/// too.
#pragma once

#include "actors/market/dimension.hpp"

#include <cstdint>
#include <string>

namespace finch::expression {

/// Exponents; all zero is unitless. Counts and flags are pure numbers.
struct Units {
  std::int8_t price = 0, volume = 0, time = 0;

  bool operator==(const Units&) const = default;
  [[nodiscard]] constexpr bool unitless() const noexcept { return price == 0 && volume == 0 && time == 0; }
};

[[nodiscard]] Units units_of(market::Dimension dimension) noexcept;
[[nodiscard]] Units product(Units a, Units b) noexcept;
[[nodiscard]] Units quotient(Units a, Units b) noexcept;
/// `unitless`, `price`, `price·volume`, `volume/price`, `price²`, `1/time`.
[[nodiscard]] std::string format_units(Units units);

} // namespace finch::expression
