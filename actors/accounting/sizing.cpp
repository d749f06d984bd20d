#include "actors/accounting/sizing.hpp"

#include "actors/market/money.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace finch::accounting {

const char* to_string(Limit limit) noexcept {
  constexpr std::array names{"risk", "coin_cap", "leverage", "open_risk", "no_stop", "lot", "min_notional"};
  return names[static_cast<std::size_t>(limit)];
}

Size size_position(const SizingInputs& inputs, const market::Instrument& instrument) noexcept {
  Size size;
  auto unit_risk = inputs.stop_distance + inputs.round_trip_cost * inputs.entry;
  if (!(inputs.stop_distance > 0) || !std::isfinite(unit_risk) || !(inputs.entry > 0))
    return size;
  size.q_risk = inputs.equity * inputs.risk_fraction / unit_risk;
  size.q_coin_cap = (inputs.coin_cap * inputs.equity - inputs.coin_exposure) / inputs.entry;
  size.q_leverage = (inputs.equity * inputs.max_leverage - inputs.gross_exposure) / inputs.entry;
  size.q_open_risk = (inputs.daily_loss_left - inputs.open_risk) / unit_risk;

  std::array limits{size.q_risk, size.q_coin_cap, size.q_leverage, size.q_open_risk};
  auto least = std::min_element(limits.begin(), limits.end());
  size.binding = static_cast<Limit>(least - limits.begin());
  auto lot = static_cast<double>(std::max<std::int64_t>(1, instrument.lot_size));
  auto lots = std::floor(*least * market::pow10_double[instrument.quantity_decimals] / lot);
  if (!(lots > 0))
    return size.binding = *least > 0 ? Limit::lot : size.binding, size;
  // Past this a product of price and quantity could no longer be posted anyway.
  if (lots * lot > 9e17)
    lots = std::floor(9e17 / lot);
  auto quantity = static_cast<std::int64_t>(lots) * std::max<std::int64_t>(1, instrument.lot_size);
  auto notional =
      static_cast<double>(quantity) / market::pow10_double[instrument.quantity_decimals] * inputs.entry;
  if (notional * 1e8 < static_cast<double>(instrument.min_notional_e8))
    return size.binding = Limit::min_notional, size;
  size.quantity = quantity;
  return size;
}

} // namespace finch::accounting
