/// Why risk refused a decision. The numbers are journaled: append, never renumber.
#pragma once

#include <cstdint>
#include <string_view>

namespace finch::risk {

enum class Reason : std::uint16_t {
  none = 0,
  killed = 1,                 ///< the kill switch is latched
  drawdown = 2,               ///< the daily drawdown breaker is tripped
  acknowledgement = 3,        ///< tripped twice in 7 days and nobody acknowledged it
  daily_stop = 4,             ///< the day's loss limit is reached
  data = 5,                   ///< the data breaker is tripped
  pending = 6,                ///< an order for the instrument is on its way
  unknown_instrument = 7,     ///< not among the desk's
  currency = 8,               ///< quoted in another currency than the account's
  short_on_spot = 9,          ///< only derivatives can be sold short
  no_price = 10,              ///< no reference price
  no_stop = 11,               ///< the bracket has no stop, or one beyond zero
  stop_past_liquidation = 12, ///< the venue would take the position before its stop
  defence = 13,               ///< below the raised threshold of defence mode
  edge = 14,                  ///< expected edge does not pay for costs and margin
  no_equity = 15,             ///< the account has nothing to risk
  coin_cap = 16,              ///< exposure to the coin is used up
  leverage = 17,              ///< gross exposure is used up
  open_risk = 18,             ///< the day's risk is used up by open positions
  below_lot = 19,             ///< the size allowed is less than a lot
  below_min_notional = 20,    ///< the size allowed is less than the venue takes
};

inline constexpr std::uint16_t reason_count = 21;

/// A few words a report can print; "unknown" for a number that is no reason.
[[nodiscard]] std::string_view text(Reason reason) noexcept;

} // namespace finch::risk
