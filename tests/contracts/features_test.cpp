/// Features over whole markets: users' own on timeframes of their own, and all of them on recorded data with
/// outages and listings.
#include "actors/features/calculator.hpp"
#include "actors/features/join.hpp"
#include "tests/contracts/place.hpp"

#include <array>
#include <cmath>

using namespace finch;
using namespace finch::contracts;

namespace {

features::Catalogue own_catalogue() {
  return must(features::Catalogue::with(std::vector<features::UserFeature>{
      {"vwap_zscore", "(close - vwap_day) / atr_14", 0, "test"},
      {"calm", "rank(bb_width, 30) - 0.5 + 0 * resid_ret_1", 0, "test"},
  }));
}

desk::ReplayJob own_job(const Market& market) {
  auto job = replay_job(market);
  job.desk.catalogue = own_catalogue();
  job.desk.timeframes = {{1}, {3}, {240}};
  auto spec =
      must(strategies::load_spec(source_folder() / "tests" / "contracts" / "specs" / "own_feature.json",
                                 strategies::catalogue_vocabulary(job.desk.catalogue)));
  job.desk.instances.clear();
  for (auto& instance : strategies::instances(spec))
    job.desk.instances.push_back({std::move(instance), 1, true});
  return job;
}

/// Blocks of one timeframe over a whole market.
template <class Take>
void compute(const Market& market, const std::vector<market::Instrument>& universe,
             const features::Plan& plan, market::Timeframe timeframe, Take take) {
  std::vector<std::unique_ptr<feed::RecordedSource>> sources;
  std::vector<features::InstrumentCalculator> calculators;
  for (const auto& instrument : universe) {
    sources.push_back(must(feed::RecordedSource::make(market.store, instrument.id)));
    calculators.emplace_back(instrument, plan, std::vector{timeframe});
  }
  features::Join join{universe, plan, {timeframe}};
  for (auto first = market.first; first <= market.last; first += 600) {
    auto last = std::min(first + 599, market.last);
    for (std::size_t i = 0; i < universe.size(); ++i) {
      must(sources[i]->read(first, last, [&](const MarketFrame& block) { calculators[i].consume(*block); }));
      join.add(calculators[i].take(first, last));
    }
    for (const auto& block : join.take())
      take(*block);
  }
}

} // namespace

TEST_CASE("users' features and timeframes: replay, other threads and windows, and the exact backtest agree") {
  const auto& market = seeded_market();
  auto job = own_job(market);
  auto replayed = run(market, job);
  CHECK(trades_of(replayed) > 50);
  CHECK(replayed.books[0]->trades()->size() > 20); // 3m
  auto other = job;
  other.threads = 1;
  other.desk.window = 17;
  other.limits.ticks = 100;
  check_same(replayed, run(market, other));
  backtest::ExactJob exact;
  exact.instruments = job.desk.instruments;
  exact.timeframes = job.desk.timeframes;
  exact.catalogue = job.desk.catalogue;
  for (const auto& instance : job.desk.instances)
    exact.instances.push_back(instance.instance);
  exact.first = job.desk.first;
  exact.trade_from = job.desk.trade_from;
  exact.last = job.last;
  exact.account = job.desk.account;
  auto results = must(backtest::exact_backtest(exact, backtest::stored_sources(market.store)));
  REQUIRE(results.size() == replayed.books.size());
  for (std::size_t i = 0; i < results.size(); ++i)
    check_same(replayed.books[i], results[i]);
}

TEST_CASE("a strategy that reads a user's feature is another where the feature means something else") {
  auto file = source_folder() / "tests" / "contracts" / "specs" / "own_feature.json";
  auto hash_with = [&](const char* formula, double neutral) {
    auto catalogue = must(features::Catalogue::with(std::vector<features::UserFeature>{
        {"vwap_zscore", formula, neutral, "test"}, {"calm", "rank(bb_width, 30) - 0.5", 0, "test"}}));
    return strategies::spec_hash(
        must(strategies::load_spec(file, strategies::catalogue_vocabulary(catalogue))));
  };
  auto hash = hash_with("(close - vwap_day) / atr_14", 0);
  CHECK(hash == hash_with("(close-vwap_day)/atr_14", 0));
  CHECK(hash != hash_with("(close - vwap_20) / atr_14", 0));
  CHECK(hash != hash_with("(close - vwap_day) / atr_14", 1));
  auto unknown = strategies::load_spec(file, strategies::catalogue_vocabulary());
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message.find("vwap_zscore") != std::string::npos);
}

TEST_CASE("recorded data: outages, quiet minutes and listings give NaN or a number, never an infinity") {
  auto data = recorded_data();
  if (data.empty())
    return;
  Folder folder;
  auto set = data / "candles_1m_binance_spot_2021-04";
  auto market = import(folder.path,
                       {set / "core36" / "BTCUSDT-1m.csv.zst", set / "core36" / "ETHUSDT-1m.csv.zst",
                        set / "core36" / "SOLUSDT-1m.csv.zst", set / "late_listings" / "TKOUSDT-1m.csv.zst"});
  // The week around 20 April holds an outage of hours; TKO was listed on 7 April.
  auto universe = market.store->instruments();
  auto catalogue = own_catalogue();
  auto plan = features::Plan::everything(catalogue);
  auto width = plan.names().size();
  // What no bar without ticks has, and what is made of it.
  auto absent = [](const features::Definition& d) {
    return d.group == "microstructure" &&
           (d.name != "amihud_60" && d.name != "roll_spread_60" && d.name != "corwin_schultz_20");
  };
  for (auto [minutes, days] : {std::pair{1, 4}, {60, 25}}) {
    CAPTURE(minutes);
    auto span = market;
    span.first = minutes == 1 ? market.first + 17 * market::rounds_per_day : market.first;
    span.last = span.first + days * market::rounds_per_day - 1;
    std::vector<std::int64_t> since(universe.size(), -1);
    std::vector<std::size_t> gaps(universe.size(), 0), rows(universe.size(), 0);
    enum Wrong { stale, infinite, early, missing };
    std::vector<std::array<std::size_t, 4>> wrong(width);
    std::vector<bool> always, of_all; // by feature: a number on every bar once it is warm; the universe's
    for (const auto& name : plan.names()) {
      of_all.push_back(name == "breadth_up" || name == "dispersion");
      auto definition = catalogue.find(name);
      // Against a benchmark the younger of two histories counts, which this test does not follow.
      always.push_back(definition && !absent(*definition) && name != "trend_x_imbalance" &&
                       definition->group != "cross_asset" && definition->group != "user");
    }
    compute(span, universe, plan, {minutes}, [&](const fb::FeatureBlock& block) {
      std::size_t count = block.rounds()->size(), lanes = universe.size();
      for (std::size_t row = 0; row < count; ++row)
        for (std::size_t i = 0; i < lanes; ++i) {
          auto at = [&](std::size_t f) { return block.values()->data()[(f * count + row) * lanes + i]; };
          if (std::isnan(at(*plan.index("close")))) {
            for (std::size_t f = 0; f < width; ++f)
              wrong[f][stale] += !std::isnan(at(f));
            continue;
          }
          auto fresh = std::isnan(at(*plan.index("ret_1")));
          gaps[i] += fresh && since[i] >= 0;
          since[i] = fresh ? 0 : since[i] + 1;
          ++rows[i];
          for (std::size_t f = 0; f < width; ++f) {
            auto x = at(f);
            auto warm = since[i] >= plan.warmups()[f];
            wrong[f][infinite] += std::isinf(x);
            wrong[f][early] += !warm && !std::isnan(x) && !of_all[f];
            wrong[f][missing] += always[f] && warm && std::isnan(x);
          }
        }
    });
    for (std::size_t f = 0; f < width; ++f) {
      CAPTURE(plan.names()[f]);
      CHECK(wrong[f][stale] == 0);
      CHECK(wrong[f][infinite] == 0);
      CHECK(wrong[f][early] == 0);
      CHECK(wrong[f][missing] == 0);
    }
    for (std::size_t i = 0; i < universe.size(); ++i) {
      CAPTURE(universe[i].name.base);
      CHECK(rows[i] > 400);
      CHECK(gaps[i] >= 1);
    }
  }
}
