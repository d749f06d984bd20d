/// No search can read the holdout: by type, and when it tries.
#include "actors/backtest/search_sources.hpp"
#include "tests/backtest/support.hpp"

#include <type_traits>

using namespace finch;
using namespace finch::backtest;
using namespace finch::backtest::test;

// A search's sources are made from a window, and a window only by the holdout.
static_assert(!std::is_default_constructible_v<SearchSources>);
static_assert(!std::is_constructible_v<SearchSources, SourceFactory>);
static_assert(!std::is_constructible_v<SearchSources, SourceFactory, market::TimeNs>);
static_assert(!std::is_constructible_v<storage::SearchWindow, market::TimeNs, market::TimeNs>);
static_assert(std::is_constructible_v<SearchSources, SourceFactory, storage::SearchWindow>);

TEST_CASE("a search that asks for the holdout is refused, and nothing of it is read") {
  auto market = seeded_bars(2, 4 * market::rounds_per_day);
  auto holdout = storage::Holdout::at(market::round_begin(market.first + 3 * market::rounds_per_day));
  auto window = must(holdout.window(market::round_begin(market.first), holdout.h0()));
  SearchSources locked{market.sources(), window};
  CHECK(locked.last() == market.first + 3 * market::rounds_per_day - 1);

  market::Round newest = 0;
  auto source = must(locked(market.instruments.front()));
  auto note = [&](const MarketFrame& block) {
    newest = block->segments()->Get(block->segments()->size() - 1)->round();
  };
  REQUIRE(source->read(market.first, locked.last(), note).has_value());
  CHECK(newest == locked.last());
  auto beyond = source->read(locked.last() + 1, locked.last() + 1, note);
  REQUIRE_FALSE(beyond.has_value());
  CHECK(beyond.error().category == Category::usage);
  CHECK(beyond.error().remedy.find("--holdout") != std::string::npos);
  CHECK(newest == locked.last());

  // Both speeds go through the lock.
  std::vector<strategies::Instance> instances{{library().back(), {1}}};
  ExactJob exact;
  exact.instruments = market.instruments;
  exact.instances = instances;
  exact.first = exact.trade_from = market.first;
  exact.last = market.last;
  CHECK_FALSE(exact_backtest(exact, locked).has_value());
  exact.last = locked.last();
  CHECK(exact_backtest(exact, locked).has_value());
  HistoryJob columns;
  columns.instruments = market.instruments;
  columns.features = features_of(instances);
  columns.first = columns.keep_from = market.first;
  columns.last = market.last;
  CHECK_FALSE(History::compute(columns, locked).has_value());
}

TEST_CASE("what lies in the holdout changes nothing a search sees") {
  auto market = seeded_bars(2, 2 * market::rounds_per_day);
  auto other = market;
  auto border = market.first + market::rounds_per_day;
  for (auto& bars : other.bars)
    for (auto& bar : bars)
      if (market::round_of(bar.open_time_ns()) >= border)
        bar = {bar.open_time_ns(),
               bar.open() * 2,
               bar.high() * 2,
               bar.low() * 2,
               bar.close() * 2,
               bar.volume(),
               std::nan(""),
               bar.buy_volume(),
               1,
               1};
  auto holdout = storage::Holdout::at(market::round_begin(border));
  auto window = must(holdout.window(market::round_begin(market.first), holdout.h0()));
  ExactJob job;
  job.instruments = market.instruments;
  job.instances = {{library().back(), {1}}};
  job.first = job.trade_from = market.first;
  job.last = border - 1;
  auto before = must(exact_backtest(job, SearchSources{market.sources(), window}));
  auto after = must(exact_backtest(job, SearchSources{other.sources(), window}));
  CHECK(before[0]->trades()->size() > 0);
  CHECK(std::ranges::equal(before[0].bytes(), after[0].bytes()));
}
