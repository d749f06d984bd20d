/// Reference job D2: 36 symbols, seven days of minutes, 52 strategies on three timeframes.
#pragma once

#include "actors/backtest/screen.hpp"

namespace finch::bench {

/// Seeded minutes of all symbols, held in memory.
struct Grid {
  std::vector<market::Instrument> instruments;
  std::vector<std::vector<fb::NativeBar>> bars;
  std::vector<std::vector<fb::Funding>> funding;
  market::Round first = 0, trade_from = 0, last = -1;

  [[nodiscard]] backtest::SourceFactory sources() const;
};
/// `days` days to trade after a day of warm-up.
[[nodiscard]] Result<Grid> make_grid(int symbols, int days);

/// `count` specs: those of the library, then seeded draws of their parameters, each behaviour once.
[[nodiscard]] std::vector<strategies::Spec> drawn_specs(const std::vector<strategies::Spec>& library,
                                                        std::size_t count);

} // namespace finch::bench
