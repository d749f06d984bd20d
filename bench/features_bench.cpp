#include "bench/features_bench.hpp"

#include "actors/features/series.hpp"
#include "actors/market/bar_builder.hpp"
#include "bench/measure.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace finch::bench {
namespace {

using features::Plan;
using features::SeriesCalculator;

/// Seconds of processor time, so that a busy machine does not look like slow kernels.
template <class Work>
double best_seconds(int repeats, Work work) {
  auto best = 1e300;
  for (int i = 0; i < repeats; ++i) {
    Watch watch;
    work();
    best = std::min(best, watch.cpu());
  }
  return best;
}

/// The first `count` features that need neither other instruments nor the quotes.
Plan plan_of(std::size_t count) {
  std::vector<std::string> names;
  for (const auto& definition : features::catalogue())
    if (definition.available() && definition.group != "cross_asset" && names.size() + 1 < count)
      names.emplace_back(definition.name);
  return *Plan::make(names);
}

FeatureFigure measure(const Plan& plan, const std::vector<market::Bar>& bars, int repeats) {
  FeatureFigure out;
  auto width = plan.names().size();
  out.features = width;
  auto count = static_cast<double>(bars.size());
  double witness = 0;
  out.live_us_per_bar = 1e6 / count * best_seconds(repeats, [&] {
                          SeriesCalculator calculator{plan, {1}, {}};
                          for (const auto& bar : bars) {
                            calculator.update(bar);
                            witness += calculator.row()[0];
                          }
                        });
  // A window at a time into the same memory, as a cache does it: what is measured is the kernels.
  constexpr std::size_t window = 512;
  std::vector<double> columns(4 * width * window);
  auto values = count * static_cast<double>(width);
  auto along = [&](std::size_t series) {
    std::vector<SeriesCalculator> calculators;
    for (std::size_t i = 0; i < series; ++i)
      calculators.emplace_back(plan, market::Timeframe{1}, market::Instrument{});
    std::vector<features::SeriesRun> runs(series);
    for (std::size_t from = 0; from < bars.size(); from += window) {
      for (std::size_t i = 0; i < series; ++i)
        runs[i] = {&calculators[i], std::span{bars}.subspan(from, std::min(window, bars.size() - from)),
                   columns.data() + i * width * window, window};
      features::update_together(runs);
    }
  };
  out.column_ns_per_value = 1e9 / values * best_seconds(repeats, [&] { along(1); });
  out.together_ns_per_value = 1e9 / values / 4 * best_seconds(repeats, [&] { along(4); });
  return out;
}

/// Features as somebody would write them first: from the whole window, at every bar.
struct Naive {
  const char* name;
  int window;
  double (*compute)(const market::Bar* newest);
};

template <int n>
double mean_close(const market::Bar* bar) {
  double sum = 0;
  for (int i = 0; i < n; ++i)
    sum += bar[-i].close;
  return sum / n;
}

template <int n>
double highest(const market::Bar* bar) {
  auto out = bar->high;
  for (int i = 1; i < n; ++i)
    out = std::max(out, bar[-i].high);
  return out;
}

template <int n>
double volatility(const market::Bar* bar) {
  double sum = 0, squares = 0;
  for (int i = 0; i < n; ++i)
    sum += std::log(bar[-i].close / bar[-i - 1].close);
  for (int i = 0; i < n; ++i) {
    auto d = std::log(bar[-i].close / bar[-i - 1].close) - sum / n;
    squares += d * d;
  }
  return std::sqrt(squares / (n - 1));
}

double vwap(const market::Bar* bar) {
  double turnover = 0, volume = 0;
  for (int i = 0; i < 20; ++i) {
    turnover += bar[-i].quote_volume;
    volume += bar[-i].volume;
  }
  return turnover / volume;
}

double parkinson(const market::Bar* bar) {
  double sum = 0;
  for (int i = 0; i < 20; ++i) {
    auto range = std::log(bar[-i].high / bar[-i].low);
    sum += range * range;
  }
  return std::sqrt(sum / 20 / (4 * std::log(2.0)));
}

double rank_close(const market::Bar* bar) {
  double twice = 0;
  for (int i = 0; i < 100; ++i)
    twice += (bar[-i].close < bar->close) + (bar[-i].close <= bar->close);
  return twice / 200;
}

constexpr Naive naive[]{{"sma_20", 20, mean_close<20>},         {"sma_200", 200, mean_close<200>},
                        {"donchian_upper_20", 20, highest<20>}, {"volatility_20", 21, volatility<20>},
                        {"volatility_60", 61, volatility<60>},  {"vwap_20", 20, vwap},
                        {"parkinson_20", 20, parkinson},        {"quantile_rank_100", 100, rank_close}};

NaivePeer measure_peer(const std::vector<market::Bar>& bars, int repeats) {
  NaivePeer out;
  std::vector<std::string> names;
  for (const auto& peer : naive)
    names.emplace_back(peer.name);
  auto plan = *Plan::make(names);
  SeriesCalculator calculator{plan, {1}, {}};
  for (std::size_t i = 0; i < bars.size(); ++i) {
    calculator.update(bars[i]);
    for (const auto& peer : naive)
      if (i >= 250) {
        auto want = peer.compute(&bars[i]), have = calculator.row()[*plan.index(peer.name)];
        out.largest_difference = std::max(out.largest_difference, std::abs(have - want) / std::abs(want));
      }
  }
  out.features = std::size(naive);
  auto values = static_cast<double>(bars.size()) * static_cast<double>(std::size(naive));
  double witness = 0;
  out.streaming_ns_per_value = 1e9 / values * best_seconds(repeats, [&] {
                                 SeriesCalculator again{plan, {1}, {}};
                                 for (const auto& bar : bars) {
                                   again.update(bar);
                                   witness += again.row()[1];
                                 }
                               });
  out.naive_ns_per_value = 1e9 / values * best_seconds(repeats, [&] {
                             for (std::size_t i = 250; i < bars.size(); ++i)
                               for (const auto& peer : naive)
                                 witness += peer.compute(&bars[i]);
                           });
  if (witness == 0.123)
    out.features = 0; // keeps the sums alive
  return out;
}

double measure_ticks(int repeats) {
  constexpr std::size_t per_minute = 343, minutes = 2'829;
  std::mt19937_64 random{3};
  std::vector<std::int64_t> time(per_minute * minutes), price(time.size()), quantity(time.size());
  std::vector<std::int8_t> side(time.size());
  std::int64_t level = 4'200'000;
  for (std::size_t i = 0; i < time.size(); ++i) {
    time[i] = static_cast<std::int64_t>(i) * 175'000'000;
    price[i] = level +=
        static_cast<std::int64_t>(random() % 16 == 0) - static_cast<std::int64_t>(random() % 16 == 0);
    quantity[i] = 1 + static_cast<std::int64_t>(random() % 40'000);
    side[i] = random() % 2 ? 1 : -1;
  }
  market::Instrument instrument;
  double witness = 0;
  auto seconds = best_seconds(repeats, [&] {
    market::MinuteBuilder builder{instrument};
    market::BarAggregator aggregator{market::default_timeframes, false};
    std::vector<market::Bar> out;
    for (std::size_t i = 0; i < minutes; ++i) {
      auto part = [&](const auto& column) { return std::span{column}.subspan(i * per_minute, per_minute); };
      builder.add(part(time), part(price), part(quantity), part(side));
      auto bar = builder.finish(static_cast<market::Round>(i));
      out.clear();
      aggregator.close_round(static_cast<market::Round>(i), market::RoundStatus::ok, {&bar, 1}, {}, out);
      witness += out.back().volume;
    }
  });
  return (witness == 0 ? 0 : 1e9) * seconds / static_cast<double>(time.size());
}

} // namespace

std::vector<market::Bar> random_bars(std::size_t count, unsigned seed) {
  std::mt19937_64 random{seed};
  std::normal_distribution<double> normal;
  std::vector<market::Bar> out(count);
  auto price = 42'000.0;
  for (std::size_t i = 0; i < count; ++i) {
    auto& bar = out[i];
    bar.timeframe = {1};
    bar.open_time_ns = static_cast<market::TimeNs>(i) * market::ns_per_minute;
    bar.open = price;
    price *= std::exp(0.001 * normal(random));
    bar.close = price;
    bar.high = std::max(bar.open, bar.close) * (1 + 0.0005 * std::abs(normal(random)));
    bar.low = std::min(bar.open, bar.close) * (1 - 0.0005 * std::abs(normal(random)));
    bar.volume = 10 * std::exp(normal(random));
    bar.quote_volume = bar.volume * bar.close;
    bar.buy_volume = bar.volume * 0.5 * (1 + std::tanh(normal(random)));
    bar.trade_count = 100 + static_cast<std::int64_t>(20 * normal(random));
    bar.buy_count = bar.trade_count / 2;
    bar.sell_count = bar.trade_count - bar.buy_count;
    bar.sqrt_flow = normal(random);
    bar.interarrival_mean_ns = 6e8;
    bar.interarrival_m2 = 1e18;
    bar.has_ticks = bar.has_sides = bar.has_count = true;
  }
  return out;
}

FeatureFigures measure_features(const std::vector<std::string>& closure, std::size_t bars, int repeats) {
  auto series = random_bars(std::max<std::size_t>(bars, 2'000));
  FeatureFigures out;
  out.closure = measure(*Plan::make(closure), series, repeats);
  out.hundred = measure(plan_of(100), series, repeats);
  out.all = measure(Plan::everything(), series, repeats);
  out.peer = measure_peer(series, repeats);
  out.ticks_ns = measure_ticks(repeats);
  return out;
}

} // namespace finch::bench
