/// Money: signed 64-bit integers of 1e-8 quote units; products in 128 bits, rounded half-even once, overflow
/// refused.
#pragma once

#include "actors/market/decimal.hpp"

#include <optional>

namespace finch::market {

/// An amount of the account's currency in units of 1e-8.
struct Money {
  std::int64_t units = 0;

  auto operator<=>(const Money&) const = default;
  [[nodiscard]] double value() const noexcept { return static_cast<double>(units) / 1e8; }
};

inline constexpr int money_decimals = 8;

__extension__ using Int128 = __int128;

/// a / b rounded to nearest, ties to even; b > 0.
[[nodiscard]] constexpr Int128 divide_half_even(Int128 a, Int128 b) noexcept {
  auto quotient = a / b;
  auto remainder = a % b;
  auto twice = (remainder < 0 ? -remainder : remainder) * 2;
  if (twice > b || (twice == b && quotient % 2 != 0))
    quotient += a < 0 ? -1 : 1;
  return quotient;
}

/// The 128-bit value as money, or nothing when it does not fit 64 bits.
[[nodiscard]] constexpr std::optional<Money> narrow(Int128 value) noexcept {
  auto units = static_cast<std::int64_t>(value);
  return units == value ? std::optional{Money{units}} : std::nullopt;
}

[[nodiscard]] constexpr std::optional<Money> add(Money a, Money b) noexcept {
  std::int64_t sum = 0;
  return __builtin_add_overflow(a.units, b.units, &sum) ? std::nullopt : std::optional{Money{sum}};
}

/// price × quantity, given as mantissas with their decimals, rounded half-even to money once. Nothing on
/// overflow.
[[nodiscard]] constexpr std::optional<Money> notional(std::int64_t price, int price_decimals,
                                                      std::int64_t quantity, int quantity_decimals) noexcept {
  auto product = static_cast<Int128>(price) * quantity;
  auto shift = price_decimals + quantity_decimals - money_decimals;
  if (shift < -18)
    return std::nullopt;
  if (shift <= 0) {
    Int128 scaled = 0;
    auto unit = static_cast<Int128>(pow10_int[static_cast<std::size_t>(-shift)]);
    return __builtin_mul_overflow(product, unit, &scaled) ? std::nullopt : narrow(scaled);
  }
  auto high = shift > 18 ? pow10_int[static_cast<std::size_t>(shift - 18)] : 1;
  auto low = pow10_int[static_cast<std::size_t>(shift > 18 ? 18 : shift)];
  return narrow(divide_half_even(product, static_cast<Int128>(high) * low));
}

/// `amount` × `rate`, where the rate is given in units of 1e-8 (1 bp = 10'000), rounded half-even once.
[[nodiscard]] constexpr std::optional<Money> scale(Money amount, std::int64_t rate_e8) noexcept {
  return narrow(divide_half_even(static_cast<Int128>(amount.units) * rate_e8, 100'000'000));
}

[[nodiscard]] inline std::string format_money(Money amount) {
  return format_decimal(amount.units, money_decimals);
}

} // namespace finch::market
