#include "bench/feature_cache_bench.hpp"

#include "actors/features/calculator.hpp"
#include "actors/features/feature_cache.hpp"
#include "actors/features/join.hpp"
#include "bench/measure.hpp"

#include <fmt/format.h>
#include <malloc.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <string>

namespace finch::bench {
namespace {

constexpr std::uint32_t symbols = 36;
constexpr market::Round first = 28'000'800; // 00:00 UTC
const std::vector<market::Timeframe> frames{{1}, {5}, {15}};

std::vector<market::Instrument> universe() {
  std::vector<market::Instrument> out(symbols);
  for (std::uint32_t i = 0; i < symbols; ++i) {
    out[i].id = i + 1;
    out[i].name = {"sim", "perp", i == 0 ? "BTC" : i == 1 ? "ETH" : fmt::format("C{}", i), "USDT"};
  }
  return out;
}

/// One day (or less) of seeded one-minute bars of one symbol.
class Walk {
public:
  explicit Walk(std::uint32_t symbol) : symbol_{symbol}, random_{symbol}, price_{1e6 * (1 + symbol % 7)} {}

  Frame<fb::MarketBlock> block(market::Round from, market::Round rounds) {
    std::vector<fb::Segment> segments;
    std::vector<fb::NativeBar> bars;
    for (auto round = from; round < from + rounds; ++round) {
      auto open = price_;
      price_ *= std::exp(0.001 * normal_(random_));
      auto high = std::ceil(std::max(open, price_) * (1 + 5e-4 * std::abs(normal_(random_))));
      auto low = std::floor(std::min(open, price_) * (1 - 5e-4 * std::abs(normal_(random_))));
      auto volume = 10 * std::exp(normal_(random_));
      auto whole = [](double x) { return static_cast<std::int64_t>(std::llround(x)); };
      bars.emplace_back(round * market::ns_per_minute, whole(open), whole(high), whole(low), whole(price_),
                        volume, volume * price_ / 100, volume * 0.5 * (1 + std::tanh(normal_(random_))),
                        static_cast<std::int32_t>(100 + 20 * normal_(random_)), 1);
      segments.emplace_back(round, 0, 0, static_cast<std::uint32_t>(bars.size()), 0, 0, 0,
                            fb::RoundStatus::ok, 1);
    }
    flatbuffers::FlatBufferBuilder builder;
    auto told = builder.CreateVectorOfStructs(segments);
    auto native = builder.CreateVectorOfStructs(bars);
    fb::MarketBlockBuilder out{builder};
    out.add_instrument(symbol_ + 1);
    out.add_segments(told);
    out.add_bars(native);
    return Frame<fb::MarketBlock>::own(builder, out.Finish());
  }

private:
  std::uint32_t symbol_;
  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;
  double price_;
};

/// Resident memory now, or the most since `forget_peak`.
double resident(std::string_view what) {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(what))
      return 1'024 * std::strtod(line.c_str() + what.size() + 1, nullptr);
  return 0;
}

void forget_peak() { std::ofstream{"/proc/self/clear_refs"} << "5"; }

using Blocks = std::vector<std::vector<Frame<fb::MarketBlock>>>; // [symbol][day]

/// Whether the newest window holds what the live path's cores say of the same blocks.
bool agrees(const Blocks& blocks, const features::FeatureCache& cache) {
  auto last = *cache.complete_through();
  auto window = cache.windows(last, last).front();
  features::Join join{universe(), cache.plan(), frames};
  for (std::uint32_t i = 0; i < symbols; ++i) {
    features::InstrumentCalculator calculator{universe()[i], cache.plan(), frames};
    for (const auto& block : blocks[i])
      calculator.consume(*block);
    join.add(calculator.take(window->first, last));
  }
  auto live = join.take();
  for (std::size_t t = 0; t < frames.size(); ++t) {
    auto bytes = std::size_t{live[t]->values()->size()} * sizeof(double);
    // The live path was not asked for earlier rows, so its cross-asset windows are not full: those are
    // compared in the tests.
    for (std::size_t f = 0; f < cache.plan().names().size(); ++f) {
      const auto* definition = features::find(cache.plan().names()[f]);
      if (definition && definition->group == "cross_asset")
        continue;
      auto size = bytes / cache.plan().names().size();
      if (std::memcmp(live[t]->values()->Data() + f * size,
                      reinterpret_cast<const std::byte*>(window->blocks[t].values) + f * size, size) != 0)
        return false;
    }
  }
  return true;
}

} // namespace

CacheFigure measure_cache(int days) {
  Blocks blocks(symbols);
  for (std::uint32_t i = 0; i < symbols; ++i) {
    Walk walk{i};
    for (int day = 0; day <= days; ++day)
      blocks[i].push_back(walk.block(first + day * market::rounds_per_day,
                                     day < days ? market::rounds_per_day : market::Round{60}));
  }
  CacheFigure out;
  auto plan = features::Plan::everything();
  out.features = plan.names().size();
  ::malloc_trim(0); // what an earlier run gave back shall count again
  forget_peak();
  auto before = resident("VmRSS:");
  features::FeatureCache cache{universe(), plan, frames, {.first = first, .threads = 2}};
  auto teller = [&](std::size_t i, market::Round from, market::Round,
                    const features::FeatureCache::Tell& tell) -> Status {
    tell(*blocks[i][static_cast<std::size_t>((from - first) / market::rounds_per_day)]);
    return {};
  };
  auto end = first + days * market::rounds_per_day;
  Watch week;
  auto computed = cache.extend(end - 1, teller);
  out.seconds = week.wall();
  out.processor_seconds = week.cpu();
  Watch hour;
  auto extended = cache.extend(end + 59, teller);
  out.hour_seconds = hour.wall();
  out.peak_bytes = resident("VmHWM:") - before;
  for (const auto& window : cache.windows(first, end - 1))
    for (const auto& block : window->blocks)
      out.rows += block.rounds.size();
  out.agrees = computed && extended && agrees(blocks, cache);
  return out;
}

} // namespace finch::bench
