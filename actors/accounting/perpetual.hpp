/// Perpetual contracts: funding and liquidation (reference 6.4).
#pragma once

#include "actors/market/money.hpp"

#include <cstdint>

namespace finch::accounting {

/// What a position pays at a settlement: qty·mark·rate; positive is paid, negative received. `quantity` is
/// signed.
[[nodiscard]] double funding_payment(double quantity, double mark, double rate) noexcept;
/// The same in money: `value` is the position's signed value at the mark, the rate is rounded to 1e-8 first.
/// Nothing where it does not fit, or where the rate is not a number.
[[nodiscard]] std::optional<market::Money> funding_payment(market::Money value, double rate) noexcept;
/// The venue's rate: P + clamp(I − P, ±limit).
[[nodiscard]] double funding_rate(double premium, double interest, double limit) noexcept;

/// Terms of an isolated linear position.
struct MarginTerms {
  double leverage = 1;
  double maintenance = 0.004; ///< fraction of notional
  double close_fee = 0.0005;  ///< fraction of notional
};

/// Mark price at which the venue takes the position; `side` is 1 long, -1 short. 0 for a long without
/// leverage.
[[nodiscard]] double liquidation_price(double entry, int side, const MarginTerms& terms) noexcept;
/// Price at which the loss equals the margin: what a liquidated position realises in effect.
[[nodiscard]] double bankruptcy_price(double entry, int side, const MarginTerms& terms) noexcept;

} // namespace finch::accounting
