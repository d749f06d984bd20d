#include "runtime/desk_setup.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace finch::runtime {
namespace {

constexpr std::size_t provisional_voters = 5;

std::int32_t rate_e8(double bps) {
  return static_cast<std::int32_t>(std::lround(bps * accounting::rate_per_bps));
}

accounting::CostModel costs_of(const CostsConfig& config) {
  accounting::CostModel costs;
  costs.spread.fallback_bps = config.spread_bps;
  costs.impact.y = config.impact;
  return costs;
}

risk::Config risk_of(const Config& config, std::string currency) {
  risk::Config limits;
  limits.currency = std::move(currency);
  limits.risk_per_trade = config.risk.risk_per_trade_pct / 100;
  limits.coin_cap = config.risk.max_exposure_pct / 100;
  limits.max_leverage = config.risk.max_leverage;
  limits.daily_stop = config.risk.daily_stop_pct / 100;
  limits.daily_drawdown = config.risk.daily_drawdown_pct / 100;
  limits.streak = static_cast<int>(config.risk.losing_streak);
  limits.acknowledge_after_hours = static_cast<int>(config.risk.acknowledge_after_hours);
  limits.margin_bps = config.costs.safety_margin_bps;
  limits.spread_bps = config.costs.spread_bps;
  limits.funding_bps = config.costs.funding_bps;
  return limits;
}

consensus::Config consensus_of(const ConsensusConfig& config) {
  consensus::Config terms;
  terms.k = config.threshold_sigma;
  terms.floor = config.sigma_floor;
  terms.window = static_cast<std::size_t>(config.sigma_samples);
  terms.min_history = static_cast<std::size_t>(config.min_samples);
  terms.horizon_bars = static_cast<int>(config.horizon_bars);
  terms.memory.calibrate_after = static_cast<std::uint64_t>(config.calibrate_after);
  terms.memory.half_life_days = config.half_life_days;
  return terms;
}

} // namespace

Result<std::vector<market::Instrument>> find_instruments(const storage::TickStore& store,
                                                         const std::vector<std::string>& symbols) {
  auto known = store.instruments();
  std::map<market::InstrumentId, market::Instrument> chosen;
  for (const auto& symbol : symbols) {
    auto found = market::resolve(symbol, known);
    if (!found)
      return tl::unexpected(found.error());
    chosen.emplace(found->id, *found);
  }
  if (symbols.empty())
    for (const auto& span : store.spans())
      if (span.kind != storage::Kind::quotes && span.kind != storage::Kind::funding)
        for (const auto& instrument : known)
          if (instrument.id == span.instrument)
            chosen.emplace(instrument.id, instrument);
  if (chosen.empty())
    return fail(Category::usage, "the store has no ticks or bars",
                "fill it with 'finch import FILE…' or 'finch data fill'");
  std::vector<market::Instrument> instruments;
  for (auto& [id, instrument] : chosen)
    instruments.push_back(std::move(instrument));
  return instruments;
}

std::vector<desk::DeskInstance> instances_of(const std::vector<strategies::Spec>& specs) {
  std::vector<desk::DeskInstance> instances;
  for (const auto& spec : specs)
    for (auto& instance : strategies::instances(spec))
      instances.push_back({std::move(instance), 1, instances.size() < provisional_voters});
  return instances;
}

std::string currency_of(const std::vector<market::Instrument>& instruments) {
  std::map<std::string, int> counts;
  for (const auto& instrument : instruments)
    ++counts[instrument.name.quote];
  auto most = std::max_element(counts.begin(), counts.end(),
                               [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? "USDT" : most->first;
}

desk::DeskConfig desk_config(const Config& config, std::vector<market::Instrument> instruments) {
  desk::DeskConfig desk;
  desk.risk = risk_of(config, currency_of(instruments));
  desk.consensus = consensus_of(config.consensus);
  desk.catalogue = config.catalogue;
  desk.instruments = std::move(instruments);
  for (auto& instrument : desk.instruments) {
    instrument.maker_fee_e8 = rate_e8(config.costs.maker_fee_bps);
    instrument.taker_fee_e8 = rate_e8(config.costs.taker_fee_bps);
  }
  desk.timeframes.clear();
  for (auto minutes : config.node.timeframes)
    desk.timeframes.push_back({static_cast<std::int32_t>(minutes)});
  desk.account.start_equity = {std::llround(config.risk.initial_equity_quote * 1e8)};
  desk.account.costs = costs_of(config.costs);
  desk.account.latency.data_ms = static_cast<double>(config.costs.data_latency_ms);
  desk.account.latency.decision_ms = static_cast<double>(config.costs.decision_latency_ms);
  desk.account.latency.order_ms = static_cast<double>(config.costs.order_latency_ms);
  desk.account.leverage = config.risk.max_leverage;
  return desk;
}

} // namespace finch::runtime
