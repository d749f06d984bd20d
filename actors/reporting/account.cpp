#include "actors/reporting/account.hpp"

#include "actors/market/decimal.hpp"
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
          fb::EnumNameExitReason(trade.exit_reason())};
}

double divided(double a, double b) { return b > 0 ? a / b : unknown; }

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

double TradeSummary::win_rate() const noexcept {
  return divided(static_cast<double>(wins), static_cast<double>(trades));
}

double TradeSummary::profit_factor() const noexcept { return divided(gains_quote, losses_quote); }

double TradeSummary::mean_hold_seconds() const noexcept {
  return divided(hold_seconds, static_cast<double>(trades));
}

double TradeSummary::expectancy_r() const noexcept {
  return divided(risk_multiple, static_cast<double>(with_risk));
}

void TradeSummary::add(const TradeLine& trade) {
  ++trades;
  wins += trade.net_quote > 0;
  net_quote += trade.net_quote;
  fees_quote += trade.fees_quote;
  funding_quote += trade.funding_quote;
  (trade.net_quote > 0 ? gains_quote : losses_quote) += std::abs(trade.net_quote);
  hold_seconds += static_cast<double>(trade.exit_time_ns - trade.entry_time_ns) / 1e9;
  if (trade.planned_risk_quote > 0) {
    risk_multiple += trade.net_quote / trade.planned_risk_quote;
    ++with_risk;
  }
}

TradeSummary summarise(std::span<const TradeLine> trades) {
  TradeSummary summary;
  for (const auto& trade : trades)
    summary.add(trade);
  return summary;
}

std::vector<TradeSummary> summarise_by(std::span<const TradeLine> trades, std::string TradeLine::*key) {
  std::map<std::string, TradeSummary> groups;
  for (const auto& trade : trades)
    groups[trade.*key].add(trade);
  std::vector<TradeSummary> out;
  for (auto& [name, summary] : groups) {
    summary.key = name;
    out.push_back(summary);
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.net_quote > b.net_quote; });
  return out;
}

} // namespace finch::reporting
