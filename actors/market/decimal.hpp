/// Decimal numbers as an integer and a count of decimals: what the feed printed, exactly.
#pragma once

#include "schemas/error.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace finch::market {

/// Most decimals a stored number may have.
inline constexpr int max_decimals = 18;

inline constexpr std::array<std::int64_t, 19> pow10_int = [] {
  std::array<std::int64_t, 19> table{};
  std::int64_t value = 1;
  for (auto& entry : table) {
    entry = value;
    if (value <= 100'000'000'000'000'000)
      value *= 10;
  }
  table[18] = 1'000'000'000'000'000'000;
  return table;
}();

inline constexpr std::array<double, 19> pow10_double = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};

/// mantissa / 10^decimals. Canonical when it has no trailing zero decimals.
struct Decimal {
  std::int64_t mantissa = 0;
  std::uint8_t decimals = 0;

  bool operator==(const Decimal&) const = default;
  /// The nearest double. Correctly rounded for |mantissa| < 2^53, hence independent of trailing zeros.
  [[nodiscard]] double value() const noexcept {
    return static_cast<double>(mantissa) / pow10_double[decimals];
  }
};

/// Reads plain or exponent notation (`0.0012`, `1E-8`, `-3`, `1325412060.0`), dropping trailing zero
/// decimals. Fails on anything else, on more than 18 decimals and on values that do not fit 63 bits; the
/// error names the text.
[[nodiscard]] Result<Decimal> parse_decimal(std::string_view text);
/// The shortest plain decimal of the value, never with an exponent.
[[nodiscard]] std::string format_decimal(std::int64_t mantissa, int decimals);
/// `value` in units of 10^-decimals, or nothing where that is not exact or does not fit.
[[nodiscard]] Result<std::int64_t> rescale(Decimal value, int decimals);

} // namespace finch::market
