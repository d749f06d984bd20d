/// Markets for tests of backtests: seeded bars or ticks without a store, and bars written by hand.
#pragma once

#include "actors/backtest/exact.hpp"
#include "actors/backtest/screen.hpp"
#include "actors/feed/bar_source.hpp"
#include "actors/feed/simulated/simulated_exchange.hpp"
#include "actors/feed/simulated/simulated_source.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace finch::backtest::test {

namespace fs = std::filesystem;

template <class T>
T must(Result<T> result) {
  if (!result)
    FAIL(result.error().message);
  return std::move(*result);
}

/// Minutes of a seeded market as bars; some minutes are missing where the symbol was quiet.
struct BarMarket {
  std::vector<market::Instrument> instruments;
  std::vector<std::vector<fb::NativeBar>> bars;
  std::vector<std::vector<fb::Funding>> funding;
  market::Round first = 0, last = -1;

  [[nodiscard]] SourceFactory sources() const {
    return [this](const market::Instrument& wanted) -> Result<std::unique_ptr<feed::Source>> {
      for (std::size_t i = 0; i < instruments.size(); ++i)
        if (instruments[i].id == wanted.id)
          return std::unique_ptr<feed::Source>{
              std::make_unique<feed::BarSource>(instruments[i], bars[i], funding[i])};
      return fail(Category::failed, "no such instrument");
    };
  }
};

inline BarMarket seeded_bars(std::int32_t symbols, market::Round rounds, std::uint64_t seed = 7) {
  feed::SimulatedConfig config;
  config.seed = seed;
  config.symbols = symbols;
  config.start = 20'089 * market::ns_per_day;
  config.ticks_per_second = 0.05;
  auto exchange = must(feed::SimulatedExchange::make(config));
  BarMarket market;
  market.instruments = exchange.instruments();
  market.bars.resize(market.instruments.size());
  market.funding.resize(market.instruments.size());
  market.first = exchange.next_round();
  market.last = market.first + rounds - 1;
  for (market::Round i = 0; i < rounds; ++i)
    for (const auto& plan : exchange.advance()) {
      auto unit = market::pow10_double[market.instruments[plan.slot].quantity_decimals];
      if (plan.trade_count > 0)
        market.bars[plan.slot].emplace_back(market::round_begin(plan.round), plan.open, plan.high, plan.low,
                                            plan.close, static_cast<double>(plan.volume) / unit, std::nan(""),
                                            static_cast<double>(plan.buy_volume) / unit, plan.trade_count, 1);
      if (plan.funding_e8)
        market.funding[plan.slot].emplace_back(market::round_begin(plan.round),
                                               static_cast<double>(*plan.funding_e8) / 1e8);
    }
  return market;
}

inline fs::path source_folder() {
  const auto* source = std::getenv("FINCH_SOURCE");
  return source != nullptr ? source : ".";
}

inline std::vector<strategies::Spec> library() {
  auto vocabulary = strategies::catalogue_vocabulary();
  auto specs = must(strategies::load_library(source_folder() / "config" / "strategies", vocabulary));
  specs.push_back(must(
      strategies::load_spec(source_folder() / "tests" / "contracts" / "specs" / "busy.json", vocabulary)));
  return specs;
}

/// A spec as JSON text.
inline strategies::Spec spec_of(const std::string& json) {
  return must(strategies::parse_spec(json, strategies::catalogue_vocabulary(), "test"));
}

struct Both {
  std::vector<ResultFrame> exact, screened;
};

/// The same instances, exactly and screened, over the market from `trade_from` on.
inline Both run_both(const SourceFactory& sources, std::vector<market::Instrument> instruments,
                     std::vector<strategies::Instance> instances, market::Round first,
                     market::Round trade_from, market::Round last, std::size_t threads = 1) {
  ExactJob exact;
  exact.instruments = instruments;
  exact.instances = instances;
  exact.first = first;
  exact.trade_from = trade_from;
  exact.last = last;
  exact.threads = threads;
  HistoryJob columns;
  columns.instruments = std::move(instruments);
  columns.features = features_of(instances);
  columns.first = columns.keep_from = first;
  columns.last = last;
  columns.threads = threads;
  auto history = must(History::compute(columns, sources));
  ScreenJob job{std::move(instances), first, trade_from, last, exact.account, {}, threads};
  return {must(exact_backtest(exact, sources)), must(screen(job, history))};
}

inline std::string describe(const fb::Trade& trade) {
  return fmt::format(
      "#{} of {}: {} {} at {} for {}, until {} for {}, {}, net {} fees {} slip {} mfe {} mae {}", trade.id(),
      trade.instrument(), trade.side(), trade.quantity(), market::format_time(trade.entry_time_ns()),
      trade.entry_price(), market::format_time(trade.exit_time_ns()), trade.exit_price(),
      fb::EnumNameExitReason(trade.exit_reason()), trade.net_units(), trade.fees_units(),
      trade.slippage_units(), trade.mfe(), trade.mae());
}

} // namespace finch::backtest::test
