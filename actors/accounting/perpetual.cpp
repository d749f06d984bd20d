#include "actors/accounting/perpetual.hpp"

#include <algorithm>
#include <cmath>

namespace finch::accounting {

double funding_payment(double quantity, double mark, double rate) noexcept { return quantity * mark * rate; }

std::optional<market::Money> funding_payment(market::Money value, double rate) noexcept {
  // A rate past 100 % per interval is a data error, not a payment.
  if (!(std::abs(rate) <= 1))
    return std::nullopt;
  return market::scale(value, std::llround(rate * 1e8));
}

double funding_rate(double premium, double interest, double limit) noexcept {
  return premium + std::clamp(interest - premium, -limit, limit);
}

double liquidation_price(double entry, int side, const MarginTerms& terms) noexcept {
  return bankruptcy_price(entry, side, terms) / (1 - side * (terms.maintenance + terms.close_fee));
}

double bankruptcy_price(double entry, int side, const MarginTerms& terms) noexcept {
  return entry * (1 - side / terms.leverage);
}

} // namespace finch::accounting
