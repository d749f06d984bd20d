/// Instruments: what is traded where, and the facts needed to count in it exactly.
#pragma once

#include "schemas/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace finch::market {

/// Numeric id, assigned once when an instrument is first stored and never reused. 0 is no instrument.
using InstrumentId = std::uint32_t;

/// `venue.market/BASE-QUOTE`, as `binance.um/BTC-USDT`.
struct InstrumentName {
  std::string venue, market, base, quote;

  auto operator<=>(const InstrumentName&) const = default;
};

[[nodiscard]] std::string format_name(const InstrumentName& name);
/// Reads the full form only.
[[nodiscard]] Result<InstrumentName> parse_name(std::string_view text);
/// Splits a bare symbol: `BTC-USDT`, `BTC/USDT`, `BTC_USDT`, or `BTCUSDT` by the longest known quote
/// currency. A symbol without a known quote (`SPY`) is a base quoted in USD.
[[nodiscard]] Result<std::pair<std::string, std::string>> split_symbol(std::string_view text);

/// An instrument and its facts. Prices are integers of 10^-price_decimals quote, quantities of
/// 10^-quantity_decimals base; both are the finest the stored data needs. Fees are fractions in units of 1e-8
/// (5 bps = 50'000).
struct Instrument {
  InstrumentId id = 0;
  InstrumentName name;
  std::uint8_t price_decimals = 2;
  std::uint8_t quantity_decimals = 8;
  std::int64_t tick_size = 1; ///< in price units; orders rest on this grid
  std::int64_t lot_size = 1;  ///< in quantity units; order quantities are multiples of it
  std::int64_t min_notional_e8 = 0;
  std::int32_t maker_fee_e8 = 20'000;
  std::int32_t taker_fee_e8 = 50'000;
  std::int32_t funding_interval_min = 480; ///< 0 where nothing is ever paid
  bool synthetic = false;                  ///< made by the simulated exchange

  bool operator==(const Instrument&) const = default;
  /// Only derivatives can be sold short.
  [[nodiscard]] bool can_short() const noexcept { return name.market != "spot" && name.market != "equity"; }
  /// Equities have closed sessions; everything else trades around the clock.
  [[nodiscard]] bool has_sessions() const noexcept { return name.market == "equity"; }
};

/// Finds the instrument `text` means among `known`: a full name, or a bare symbol where only one venue has
/// it. The error for an unknown or ambiguous symbol is a usage error that lists the candidates.
[[nodiscard]] Result<Instrument> resolve(std::string_view text, const std::vector<Instrument>& known);

} // namespace finch::market
