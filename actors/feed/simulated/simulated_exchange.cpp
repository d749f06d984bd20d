#include "actors/feed/simulated/simulated_exchange.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <type_traits>

namespace finch::feed {
namespace {

constexpr std::string_view snapshot_mark = "finch-simulated-exchange-1";
static_assert(std::is_trivially_copyable_v<MarketState> && std::is_trivially_copyable_v<SymbolState>);

Status check(const SimulatedConfig& config) {
  auto most = static_cast<int>(simulated_symbols().size());
  if (config.symbols < 1 || config.symbols > most)
    return fail(Category::usage, fmt::format("the simulated exchange cannot list {} symbols", config.symbols),
                fmt::format("ask for 1 to {}", most));
  if (!(config.ticks_per_second > 0 && config.ticks_per_second <= 10'000))
    return fail(Category::usage,
                fmt::format("{} simulated ticks per second is out of range", config.ticks_per_second),
                "ask for more than 0 and at most 10000 per instrument");
  if (!(config.late_probability >= 0 && config.late_probability <= 1))
    return fail(Category::usage,
                fmt::format("{} is not a probability of late ticks", config.late_probability),
                "ask for 0 to 1");
  if (config.quote_interval_ns < market::ns_per_ms)
    return fail(Category::usage, fmt::format("a quote every {} ns is too often", config.quote_interval_ns),
                "ask for one a millisecond at most");
  return {};
}

/// Each symbol's share of the configured average, by its activity among the symbols listed.
double trades_per_minute(const SimulatedConfig& config, std::size_t slot) {
  auto symbols = simulated_symbols().first(static_cast<std::size_t>(config.symbols));
  double total = 0;
  for (const auto& facts : symbols)
    total += facts.activity;
  return 60 * config.ticks_per_second * symbols[slot].activity * static_cast<double>(symbols.size()) / total;
}

SymbolProcess process_of(const SimulatedConfig& config, std::size_t slot) {
  return {simulated_symbols()[slot], static_cast<std::uint32_t>(slot), config.seed,
          trades_per_minute(config, slot)};
}

market::Instrument instrument_of(std::size_t slot) {
  auto instrument = simulated_instrument(simulated_symbols()[slot]);
  instrument.id = static_cast<market::InstrumentId>(slot + 1);
  return instrument;
}

Status passed(market::Round wanted, market::Round next) {
  return fail(Category::failed,
              fmt::format("the simulated exchange stands at {} and cannot go back to {}",
                          market::format_time(market::round_begin(next)),
                          market::format_time(market::round_begin(wanted))),
              "start it again from its configuration");
}

/// What a snapshot must share with the exchange that resumes it.
std::string identity(const SimulatedConfig& config) {
  return fmt::format("{} seed {} symbols {} start {} ticks {}\n", snapshot_mark, config.seed, config.symbols,
                     market::round_of(config.start), config.ticks_per_second);
}

template <class T>
void put(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
void take(std::string_view& in, T& value) {
  std::memcpy(&value, in.data(), sizeof value);
  in.remove_prefix(sizeof value);
}

} // namespace

Result<SimulatedExchange> SimulatedExchange::make(const SimulatedConfig& config) {
  if (auto valid = check(config); !valid)
    return tl::unexpected(valid.error());
  return SimulatedExchange{config};
}

SimulatedExchange::SimulatedExchange(const SimulatedConfig& config)
    : config_{config}, next_round_{market::round_of(config.start)} {
  auto count = static_cast<std::size_t>(config.symbols);
  for (std::size_t slot = 0; slot < count; ++slot) {
    instruments_.push_back(instrument_of(slot));
    processes_.push_back(process_of(config, slot));
  }
  states_.resize(count);
  plans_.resize(count);
}

const std::vector<MinutePlan>& SimulatedExchange::advance() {
  auto minute = feed::advance(market_, config_.seed, next_round_);
  for (std::size_t slot = 0; slot < processes_.size(); ++slot)
    plans_[slot] = processes_[slot].advance(states_[slot], minute);
  ++next_round_;
  return plans_;
}

Status SimulatedExchange::seek(market::Round round) {
  if (round < next_round_)
    return passed(round, next_round_);
  while (next_round_ < round)
    static_cast<void>(advance());
  return {};
}

Tape SimulatedExchange::tape(std::size_t slot) const {
  return {instruments_[slot].lot_size, config_.quote_interval_ns};
}

std::string SimulatedExchange::snapshot() const {
  auto out = identity(config_);
  put(out, next_round_);
  put(out, market_);
  for (const auto& state : states_)
    put(out, state);
  return out;
}

Status SimulatedExchange::resume(std::string_view snapshot) {
  auto wanted = identity(config_);
  auto size = wanted.size() + sizeof next_round_ + sizeof market_ + states_.size() * sizeof(SymbolState);
  if (!snapshot.starts_with(snapshot_mark) || snapshot.find('\n') == std::string_view::npos)
    return fail(Category::bad_input, "these bytes are not a snapshot of the simulated exchange",
                "start it again from its configuration");
  if (!snapshot.starts_with(wanted) || snapshot.size() != size)
    return fail(
        Category::bad_input,
        fmt::format("the snapshot is of another simulated exchange: '{}'",
                    snapshot.substr(0, snapshot.find('\n'))),
        fmt::format("resume it with that configuration, not '{}'", wanted.substr(0, wanted.size() - 1)));
  snapshot.remove_prefix(wanted.size());
  take(snapshot, next_round_);
  take(snapshot, market_);
  for (auto& state : states_)
    take(snapshot, state);
  return {};
}

Result<SimulatedInstrument> SimulatedInstrument::make(const SimulatedConfig& config, std::size_t slot) {
  if (auto valid = check(config); !valid)
    return tl::unexpected(valid.error());
  if (slot >= static_cast<std::size_t>(config.symbols))
    return fail(Category::usage, fmt::format("the simulated exchange has no slot {}", slot),
                fmt::format("slots are 0 to {}", config.symbols - 1));
  return SimulatedInstrument{config, slot};
}

SimulatedInstrument::SimulatedInstrument(const SimulatedConfig& config, std::size_t slot)
    : seed_{config.seed}, instrument_{instrument_of(slot)}, process_{process_of(config, slot)},
      next_round_{market::round_of(config.start)} {}

MinutePlan SimulatedInstrument::advance() {
  auto minute = feed::advance(market_, seed_, next_round_++);
  return process_.advance(state_, minute);
}

Status SimulatedInstrument::seek(market::Round round) {
  if (round < next_round_)
    return passed(round, next_round_);
  while (next_round_ < round)
    static_cast<void>(advance());
  return {};
}

market::TickColumns tick_columns(const market::Instrument& instrument) {
  market::TickColumns ticks;
  ticks.price_decimals = instrument.price_decimals;
  ticks.quantity_decimals = instrument.quantity_decimals;
  return ticks;
}

market::QuoteColumns quote_columns(const market::Instrument& instrument) {
  market::QuoteColumns quotes;
  quotes.price_decimals = instrument.price_decimals;
  quotes.quantity_decimals = instrument.quantity_decimals;
  return quotes;
}

market::BarColumns bar_columns(const market::Instrument& instrument) {
  market::BarColumns bars;
  bars.timeframe = {1};
  bars.price_decimals = instrument.price_decimals;
  bars.volume_decimals = instrument.quantity_decimals;
  return bars;
}

void append_bar(const MinutePlan& plan, market::BarColumns& bars) {
  if (plan.trade_count == 0)
    return;
  bars.open_time_ns.push_back(market::round_begin(plan.round));
  bars.open.push_back(plan.open);
  bars.high.push_back(plan.high);
  bars.low.push_back(plan.low);
  bars.close.push_back(plan.close);
  bars.volume.push_back(plan.volume);
  bars.trade_count.push_back(plan.trade_count);
  bars.buy_volume.push_back(plan.buy_volume);
}

void append_funding(const MinutePlan& plan, market::FundingColumns& funding) {
  if (!plan.funding_e8)
    return;
  funding.time_ns.push_back(market::round_begin(plan.round));
  funding.rate.push_back(*plan.funding_e8);
}

} // namespace finch::feed
