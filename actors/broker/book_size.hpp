/// How large a book's entry is: one function for the exact book and for the screen.
#pragma once

#include "actors/accounting/sizing.hpp"
#include "actors/broker/types.hpp"

namespace finch::broker {

/// What is known of an instrument's liquidity at a round's close; see `Liquidity`.
struct LiquidityFigures {
  double day_volume = 0; ///< quantity units a day
  double day_sigma = 0;  ///< fraction
  double spread_bps = 0; ///< full quoted spread; NaN where there is none
};

/// Fixed risk per trade, of the START equity.
struct BookTerms {
  double risk_fraction = 0.01; ///< lost when a stop is hit
  double notional_cap = 1;     ///< largest notional of one position, in start equities
};

/// The size whose loss at `stop` (quote per base) and round trip together are the risk. Impact depends on the
/// size it limits: it is taken at the size without costs, which can only be too large. `mark` is in price
/// units, above 0.
[[nodiscard]] accounting::Size size_entry(const AccountConfig& account, const BookTerms& terms,
                                          const market::Instrument& instrument, std::int64_t mark,
                                          double stop, const LiquidityFigures& liquidity) noexcept;

} // namespace finch::broker
