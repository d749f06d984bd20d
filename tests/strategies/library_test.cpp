#include "actors/features/series.hpp"
#include "actors/statistics/random.hpp"
#include "actors/strategies/variant.hpp"
#include "tests/strategies/support.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <set>

using namespace finch;
using namespace finch::strategies;

namespace {

/// Uniform in (0, 1), keyed.
double uniform(std::uint64_t seed, std::uint64_t t, std::uint64_t what) {
  return (static_cast<double>(statistics::draw(seed, t, what) >> 11U) + 0.5) * 0x1p-53;
}

double normal(std::uint64_t seed, std::uint64_t t, std::uint64_t what) {
  return std::sqrt(-2 * std::log(uniform(seed, t, what))) *
         std::cos(6.283185307179586 * uniform(seed, t, what + 1));
}

/// Five-minute bars with clustered volatility, drifts that come and go, and volume that follows volatility.
std::vector<market::Bar> synthetic_bars(std::size_t count, std::uint64_t seed) {
  std::vector<market::Bar> bars(count);
  double price = 100, variance = 1;
  for (std::size_t t = 0; t < count; ++t) {
    auto regime = uniform(seed, t / 150, 90);
    variance = 0.05 + 0.9 * variance + 0.05 * variance * std::pow(normal(seed, t, 0), 2);
    auto sigma = 0.0025 * std::sqrt(variance) * (regime < 0.3 ? 0.3 : 1);
    auto drift = regime > 0.75 ? 0.0009 : regime > 0.55 ? -0.0009 : 0;
    auto& bar = bars[t];
    bar.timeframe = {5};
    bar.open_time_ns = static_cast<std::int64_t>(t) * bar.timeframe.length_ns();
    bar.open = bar.high = bar.low = price;
    for (std::uint64_t step = 0; step < 6; ++step) {
      price *= std::exp(drift / 6 + sigma / 2.45 * normal(seed, t, 10 + 2 * step));
      bar.high = std::max(bar.high, price);
      bar.low = std::min(bar.low, price);
    }
    bar.close = price;
    auto surprise = std::fabs(bar.close / bar.open - 1) / sigma;
    bar.volume = 1'000 * std::exp(0.4 * normal(seed, t, 30)) * (0.5 + surprise);
    bar.quote_volume = bar.volume * price;
  }
  return bars;
}

} // namespace

TEST_CASE("the library loads, says why, and is what its files say") {
  auto specs = load_library(test::source_folder() / "config/strategies", catalogue_vocabulary());
  REQUIRE_MESSAGE(specs.has_value(), specs.error().message);
  CHECK(specs->size() >= 52);
  std::set<std::string> names, hashes, families;
  for (const auto& spec : *specs) {
    CAPTURE(spec.name);
    names.insert(spec.name);
    families.insert(spec.family);
    CHECK(hashes.insert(spec_hash(spec)).second);
    CHECK(spec.description.size() > 80);
    CHECK(spec.parameters.size() >= 4);
    std::ifstream file{test::source_folder() / "config/strategies" / (spec.name + ".json")};
    auto written =
        spec; // the files name the strategies they vote with, and leave it to the library who they are
    for (auto& reference : written.references)
      reference.spec = nullptr;
    CHECK(canonical_json(written) == std::string(std::istreambuf_iterator<char>{file}, {}));
    for (const auto& parameter : spec.parameters)
      for (auto value : {parameter.min, parameter.max}) {
        auto variant = set_parameters(spec, {{parameter.name, value}});
        REQUIRE(variant.has_value());
        CHECK(parse_spec(canonical_json(*variant), catalogue_vocabulary(), spec.name).has_value());
      }
  }
  for (auto wanted : {"momentum",
                      "breakout",
                      "reversal",
                      "vwap_reversion",
                      "volume_mean_reversion",
                      "rsi_divergence",
                      "macd_divergence",
                      "bb_squeeze",
                      "ema_crossover",
                      "support_resistance",
                      "candle_patterns",
                      "volume_spike",
                      "volatility_regime_switch",
                      "cross_asset_correlation",
                      "mtf_trend_align",
                      "mtf_momentum_confirm",
                      "orderflow_imbalance",
                      "ml_gbt_5m",
                      "ml_random_forest_15m",
                      "ensemble_top3"})
    CHECK_MESSAGE(names.contains(wanted), wanted);
  for (auto wanted : {"momentum", "trend", "mean_reversion", "breakout", "volatility", "volume", "order_flow",
                      "candles", "cross_asset", "multi_timeframe", "regime", "model", "ensemble"})
    CHECK_MESSAGE(families.contains(wanted), wanted);
}

TEST_CASE("strategies that need nothing but their own bars fire on a synthetic market, and none churns") {
  constexpr std::size_t lanes = 4, rows = 8'000;
  auto specs = *load_library(test::source_folder() / "config/strategies", catalogue_vocabulary());
  std::set<std::string> wanted;
  for (const auto& spec : specs)
    for (const auto& name : required_features(spec))
      wanted.insert(name);
  auto plan = *features::Plan::make(std::vector<std::string>{wanted.begin(), wanted.end()});
  FeatureLayout layout{{plan.names().begin(), plan.names().end()}, {}, {}};
  std::vector<double> values(plan.names().size() * rows * lanes);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    market::Instrument instrument;
    instrument.id = static_cast<market::InstrumentId>(lane + 1);
    layout.instruments.push_back(instrument.id);
    layout.symbols.push_back("sim.perp/" + std::string(1, static_cast<char>('A' + lane)) + "-USDT");
    features::SeriesCalculator series{plan, {5}, instrument};
    auto bars = synthetic_bars(rows, 100 + lane);
    for (std::size_t row = 0; row < rows; ++row) {
      series.update(bars[row]);
      for (std::size_t f = 0; f < layout.names.size(); ++f)
        values[(f * rows + row) * lanes + lane] = series.row()[f];
    }
  }
  std::vector<std::int64_t> rounds(rows);
  for (std::size_t row = 0; row < rows; ++row)
    rounds[row] = static_cast<std::int64_t>(row) * 5 + 4;
  Evaluator::Columns columns{{5}, rounds, values.data()};
  // Every row stands in for the longer timeframes as well: firing is the question, not how timeframes align.
  std::vector<Evaluator::Columns> others{{{15}, rounds, values.data()}, {{60}, rounds, values.data()}};
  auto computed = [&](const std::string& name) {
    auto f = std::find(layout.names.begin(), layout.names.end(), name) - layout.names.begin();
    auto column = values.begin() + f * static_cast<std::ptrdiff_t>(rows * lanes);
    return std::any_of(column, column + rows * lanes, [](double value) { return value == value; });
  };
  std::map<std::string, std::vector<fb::Vote>> votes; // of every strategy, for those that take votes
  std::function<const std::vector<fb::Vote>&(const Spec&)> votes_of = [&](const Spec& spec) -> auto& {
    auto [cast, fresh] = votes.try_emplace(spec.name, rows * lanes);
    if (!fresh)
      return cast->second;
    auto evaluator = Evaluator::make(spec, {5}, layout);
    REQUIRE_MESSAGE(evaluator.has_value(), evaluator.error().message);
    std::vector<const fb::Vote*> taken;
    for (const auto& reference : spec.references)
      taken.push_back(votes_of(*reference.spec).data());
    evaluator->vote_columns(columns, others, cast->second, taken);
    return cast->second;
  };
  std::size_t asked = 0;
  for (const auto& spec : specs) {
    auto needs = required_features(spec);
    if (spec.family == "model" || !std::all_of(needs.begin(), needs.end(), computed))
      continue;
    ++asked;
    CAPTURE(spec.name);
    std::map<int, int> sides;
    for (const auto& vote : votes_of(spec))
      sides[vote.side()] += 1;
    CHECK(sides[1] + sides[-1] >= 2);
    CHECK(sides[1] + sides[-1] <
          static_cast<int>(rows * lanes) / 10); // its trends are stronger than a coin's
  }
  CHECK(asked >= 36);
}
