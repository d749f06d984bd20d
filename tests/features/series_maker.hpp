/// Seeded synthetic bars with everything a bar can hold.
#pragma once

#include "actors/market/bar.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace finch::test {

/// A random walk of `count` bars with flat stretches, bars without volume and equal closes among them. The
/// prices are multiples of `tick`.
inline std::vector<market::Bar> random_bars(std::size_t count, unsigned seed,
                                            market::Timeframe timeframe = {1}, double start = 42'000,
                                            double tick = 0.5) {
  std::mt19937_64 random{seed};
  std::vector<market::Bar> out(count);
  auto step = [&](int n) { return static_cast<double>(random() % static_cast<unsigned>(2 * n + 1)) - n; };
  auto level = std::round(start / tick);
  for (std::size_t i = 0; i < count; ++i) {
    auto& bar = out[i];
    auto flat = i % 157 >= 150;
    bar.timeframe = timeframe;
    bar.open_time_ns =
        1'704'067'200 * market::ns_per_s + static_cast<std::int64_t>(i) * timeframe.length_ns();
    auto open = level + (flat ? 0 : step(3));
    level += flat ? 0 : step(60);
    auto high = std::max(open, level) + (flat ? 0 : std::abs(step(20)));
    auto low = std::min(open, level) - (flat ? 0 : std::abs(step(20)));
    bar.open = (flat ? level : open) * tick, bar.close = level * tick;
    bar.high = (flat ? level : high) * tick, bar.low = (flat ? level : low) * tick;
    bar.trade_count = flat ? 0 : 1 + static_cast<std::int64_t>(random() % 300);
    bar.buy_count =
        flat ? 0 : static_cast<std::int64_t>(random() % static_cast<unsigned>(bar.trade_count + 1));
    bar.sell_count = bar.trade_count - bar.buy_count;
    bar.volume = flat ? 0 : static_cast<double>(1 + random() % 5'000) / 8;
    bar.quote_volume = bar.volume * bar.close;
    bar.buy_volume = bar.volume * static_cast<double>(random() % 9) / 8;
    bar.sqrt_flow = flat ? 0 : step(900);
    bar.interarrival_mean_ns = bar.trade_count > 1 ? 1e9 + step(1'000'000) : 0;
    bar.interarrival_m2 = bar.trade_count > 1 ? 1e18 * static_cast<double>(random() % 50) : 0;
    bar.large_volume = bar.volume / 4;
    bar.has_ticks = bar.has_sides = bar.has_count = true;
    bar.spread_bps = 1 + std::abs(step(5));
    bar.microprice_dev = 1e-5 * step(5);
    bar.order_flow = step(400);
    bar.mean_depth = 1 + std::abs(step(90));
    bar.funding_rate = 1e-5 * step(30);
    bar.funding_z = step(3);
    bar.vpin = static_cast<double>(random() % 100) / 100;
  }
  return out;
}

} // namespace finch::test
