/// The 36 perpetuals the simulated exchange lists, with the facts and temperament of each.
#pragma once

#include "actors/market/instrument.hpp"

#include <span>

namespace finch::feed {

/// One listing. Prices start at `price`; `beta` and `idiosyncratic` shape its returns against the market's.
struct SymbolFacts {
  const char* base;
  double price;                ///< quote per base at the start
  std::uint8_t price_decimals; ///< the grid is one unit of the last decimal
  std::uint8_t quantity_decimals;
  std::int64_t lot_size;     ///< in quantity units
  double activity;           ///< trades, relative to the other symbols
  double daily_volume_quote; ///< average turnover a day
  double beta;               ///< log-return per log-return of the market
  double idiosyncratic;      ///< own volatility as a multiple of the market's
  double spread_bps;         ///< usual distance of bid and ask, before the grid
};

/// All listings; the first is BTC, which is the market.
[[nodiscard]] std::span<const SymbolFacts> simulated_symbols() noexcept;

/// The instrument `sim.perp/BASE-USDT` of a listing, marked synthetic; `id` is left to whoever stores it.
[[nodiscard]] market::Instrument simulated_instrument(const SymbolFacts& facts);

} // namespace finch::feed
