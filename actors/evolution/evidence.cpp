#include "actors/evolution/evidence.hpp"

#include "actors/market/decimal.hpp"

#include <algorithm>
#include <cmath>

namespace finch::evolution {

namespace {

double quote(std::int64_t units) noexcept { return static_cast<double>(units) / 1e8; }

void add_to_cell(std::vector<Cell>& cells, std::uint32_t instrument, double profit, double loss) {
  auto at = std::lower_bound(cells.begin(), cells.end(), instrument,
                             [](const Cell& cell, std::uint32_t id) { return cell.instrument < id; });
  if (at == cells.end() || at->instrument != instrument)
    at = cells.insert(at, {instrument, 0, 0});
  at->profit += profit;
  at->loss += loss;
}

} // namespace

statistics::TradeOutcome outcome_of(const fb::Trade& trade, const market::Instrument& instrument) {
  auto price_unit = 1 / market::pow10_double[instrument.price_decimals];
  auto base = static_cast<double>(trade.quantity()) / market::pow10_double[instrument.quantity_decimals];
  auto distance = std::abs(static_cast<double>(trade.entry_price() - trade.stop_price()));
  statistics::TradeOutcome outcome;
  outcome.side = trade.side();
  outcome.close_time_ns = trade.exit_time_ns();
  outcome.gross = quote(trade.gross_units());
  // Taking the difference keeps net exactly what the ledger posted.
  outcome.costs = quote(trade.gross_units() - trade.net_units());
  outcome.risk = trade.stop_price() != 0 ? distance * price_unit * base : 0;
  outcome.fallback_risk = quote(trade.planned_risk_units());
  outcome.favourable = trade.mfe() * price_unit * base;
  outcome.adverse = trade.mae() * price_unit * base;
  outcome.stopped = trade.exit_reason() == fb::ExitReason::stop;
  return outcome;
}

Evidence evidence_of(const fb::AccountResult& result, std::span<const market::Instrument> instruments) {
  Evidence evidence;
  evidence.max_drawdown = result.max_drawdown();
  evidence.hourly_equity.push_back(quote(result.equity_start_units()));
  if (result.equity())
    for (const auto* point : *result.equity())
      evidence.hourly_equity.push_back(quote(point->equity_units()));
  if (!result.trades())
    return evidence;
  for (const auto* trade : *result.trades()) {
    auto instrument = std::find_if(instruments.begin(), instruments.end(), [&](const auto& candidate) {
      return candidate.id == trade->instrument();
    });
    if (instrument == instruments.end())
      continue;
    auto outcome = outcome_of(*trade, *instrument);
    add_to_cell(evidence.cells, trade->instrument(), std::max(outcome.net(), 0.0),
                std::max(-outcome.net(), 0.0));
    evidence.turnover += static_cast<double>(trade->quantity()) * static_cast<double>(trade->entry_price()) /
                         market::pow10_double[instrument->price_decimals] /
                         market::pow10_double[instrument->quantity_decimals];
    evidence.trades.push_back(outcome);
  }
  return evidence;
}

void merge_cells(std::vector<Cell>& into, std::span<const Cell> more) {
  for (const auto& cell : more)
    add_to_cell(into, cell.instrument, cell.profit, cell.loss);
}

} // namespace finch::evolution
