/// What a book's result says about its instance, in the terms of statistics.
#pragma once

#include "actors/market/instrument.hpp"
#include "actors/statistics/trades.hpp"
#include "schemas/results_generated.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace finch::evolution {

/// Net results of one instrument, for the share of cells that make money.
struct Cell {
  std::uint32_t instrument = 0;
  double profit = 0, loss = 0; ///< both ≥ 0, net of costs

  [[nodiscard]] bool profitable() const noexcept { return profit > loss; }
};

/// A book over a span of data, ready to be scored.
struct Evidence {
  std::vector<statistics::TradeOutcome> trades;
  std::vector<double> hourly_equity; ///< marked, starting with the equity at the start
  std::vector<Cell> cells;           ///< instruments that traded, ascending ids
  double turnover = 0;               ///< Σ entry notional, quote
  double max_drawdown = 0;           ///< as the book saw it, at every round's close
};

/// One trade of a book. Entry, exit and excursions in quote; no target is known, so none is planned.
[[nodiscard]] statistics::TradeOutcome outcome_of(const fb::Trade& trade,
                                                  const market::Instrument& instrument);
/// Reads a result; trades of instruments not in `instruments` are left out.
[[nodiscard]] Evidence evidence_of(const fb::AccountResult& result,
                                   std::span<const market::Instrument> instruments);
/// Adds another span or timeframe of the same spec to the cells only.
void merge_cells(std::vector<Cell>& into, std::span<const Cell> more);

} // namespace finch::evolution
