#include "actors/reporting/account.hpp"

#include "actors/market/decimal.hpp"
#include "actors/statistics/trades.hpp"
#include "schemas/results_generated.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace finch::reporting {

namespace {

double quote(std::int64_t units) { return static_cast<double>(units) / 1e8; }

double scaled(std::int64_t mantissa, std::uint8_t decimals) {
  return static_cast<double>(mantissa) /
         market::pow10_double[std::min<std::size_t>(decimals, market::max_decimals)];
}

TradeLine read_trade(const fb::Trade& trade,
                     const std::map<market::InstrumentId, const market::Instrument*>& known) {
  auto found = known.find(trade.instrument());
  auto instrument = found == known.end() ? market::Instrument{} : *found->second;
  return {found == known.end() ? fmt::format("instrument {}", trade.instrument())
                               : market::format_name(instrument.name),
          static_cast<market::Side>(trade.side()),
          trade.entry_time_ns(),
          trade.exit_time_ns(),
          scaled(trade.entry_price(), instrument.price_decimals),
          scaled(trade.exit_price(), instrument.price_decimals),
          scaled(trade.quantity(), instrument.quantity_decimals),
          quote(trade.fees_units()),
          quote(trade.funding_units()),
          quote(trade.net_units()),
          quote(trade.planned_risk_units()),
          fb::EnumNameExitReason(trade.exit_reason()),
          {}};
}

} // namespace

Account read_account(const fb::AccountResult& result, std::span<const market::Instrument> instruments) {
  std::map<market::InstrumentId, const market::Instrument*> known;
  for (const auto& instrument : instruments)
    known.emplace(instrument.id, &instrument);
  auto number = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
  Account account;
  account.name = result.instance() < 0 ? "desk" : result.name() ? result.name()->str() : "";
  account.ticks = number(result.ticks());
  account.bars = number(result.bars());
  account.rounds = number(result.rounds());
  account.votes = number(result.votes());
  account.decisions = number(result.decisions());
  account.orders = number(result.orders());
  account.refusals = number(result.refusals());
  account.fills = number(result.fills());
  account.fees_quote = quote(result.fees_units());
  account.spread_quote = quote(result.spread_units());
  account.slippage_quote = quote(result.slippage_units());
  account.funding_quote = quote(result.funding_units());
  account.equity_start_quote = quote(result.equity_start_units());
  account.equity_end_quote = quote(result.equity_end_units());
  account.max_drawdown = result.max_drawdown();
  if (auto trades = result.trades())
    for (const auto* trade : *trades)
      account.trades.push_back(read_trade(*trade, known));
  if (auto points = result.equity())
    for (const auto* point : *points)
      account.equity.push_back({market::round_close(point->round()), quote(point->equity_units())});
  return account;
}

double TradeSummary::mean_hold_seconds() const noexcept {
  return trades > 0 ? hold_seconds / static_cast<double>(trades) : unknown;
}

TradeSummary summarise(std::span<const TradeLine> trades) {
  TradeSummary summary;
  std::vector<statistics::TradeOutcome> outcomes;
  outcomes.reserve(trades.size());
  for (const auto& trade : trades) {
    statistics::TradeOutcome outcome;
    outcome.side = static_cast<int>(trade.side);
    outcome.gross = trade.net_quote;
    outcome.risk = trade.planned_risk_quote;
    outcomes.push_back(outcome);
    summary.net_quote += trade.net_quote;
    summary.fees_quote += trade.fees_quote;
    summary.funding_quote += trade.funding_quote;
    summary.hold_seconds += static_cast<double>(trade.exit_time_ns - trade.entry_time_ns) / 1e9;
  }
  auto figures = statistics::summarise(outcomes);
  summary.trades = static_cast<std::int64_t>(figures.trades);
  summary.wins = static_cast<std::int64_t>(figures.wins);
  summary.win_rate = figures.win_rate;
  summary.profit_factor = figures.profit_factor;
  summary.expectancy_r = figures.expectancy_r;
  return summary;
}

std::vector<TradeSummary> summarise_by(std::span<const TradeLine> trades, std::string TradeLine::*key) {
  std::map<std::string, std::vector<TradeLine>> groups;
  for (const auto& trade : trades)
    groups[trade.*key].push_back(trade);
  std::vector<TradeSummary> out;
  for (const auto& [name, group] : groups) {
    out.push_back(summarise(group));
    out.back().key = name;
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.net_quote > b.net_quote; });
  return out;
}

} // namespace finch::reporting
