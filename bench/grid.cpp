#include "bench/grid.hpp"

#include "actors/evolution/variants.hpp"
#include "actors/feed/bar_source.hpp"
#include "actors/feed/simulated/simulated_exchange.hpp"
#include "actors/market/decimal.hpp"

#include <cmath>
#include <set>

namespace finch::bench {

backtest::SourceFactory Grid::sources() const {
  return [this](const market::Instrument& wanted) -> Result<std::unique_ptr<feed::Source>> {
    for (std::size_t i = 0; i < instruments.size(); ++i)
      if (instruments[i].id == wanted.id)
        return std::unique_ptr<feed::Source>{
            std::make_unique<feed::BarSource>(instruments[i], bars[i], funding[i])};
    return fail(Category::failed, "the grid has no such instrument");
  };
}

Result<Grid> make_grid(int symbols, int days) {
  feed::SimulatedConfig config;
  config.symbols = symbols;
  config.start = 19'944 * market::ns_per_day;
  auto exchange = feed::SimulatedExchange::make(config);
  if (!exchange)
    return tl::unexpected(exchange.error());
  Grid grid;
  grid.instruments = exchange->instruments();
  grid.bars.resize(grid.instruments.size());
  grid.funding.resize(grid.instruments.size());
  grid.first = exchange->next_round();
  grid.trade_from = grid.first + market::rounds_per_day;
  grid.last = grid.first + (days + 1) * market::rounds_per_day - 1;
  while (exchange->next_round() <= grid.last)
    for (const auto& plan : exchange->advance()) {
      auto unit = market::pow10_double[grid.instruments[plan.slot].quantity_decimals];
      if (plan.trade_count > 0)
        grid.bars[plan.slot].emplace_back(market::round_begin(plan.round), plan.open, plan.high, plan.low,
                                          plan.close, static_cast<double>(plan.volume) / unit, std::nan(""),
                                          static_cast<double>(plan.buy_volume) / unit, plan.trade_count, 1);
      if (plan.funding_e8)
        grid.funding[plan.slot].emplace_back(market::round_begin(plan.round),
                                             static_cast<double>(*plan.funding_e8) / 1e8);
    }
  return grid;
}

std::vector<strategies::Spec> drawn_specs(const std::vector<strategies::Spec>& library, std::size_t count) {
  std::vector<strategies::Spec> specs;
  std::set<std::string> known;
  auto add = [&](strategies::Spec spec) {
    if (specs.size() < count && known.insert(strategies::spec_hash(spec)).second)
      specs.push_back(std::move(spec));
  };
  for (const auto& spec : library)
    add(spec);
  for (std::uint64_t key = 0; specs.size() < count && key < 100; ++key)
    for (const auto& spec : library)
      for (auto& variant : evolution::variants_of(spec, 1, key, 1).value_or(std::vector<strategies::Spec>{}))
        add(std::move(variant));
  return specs;
}

} // namespace finch::bench
