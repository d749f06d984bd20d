#include "actors/features/calculator.hpp"
#include "actors/features/join.hpp"
#include "tests/features/market_blocks.hpp"
#include "tests/features/vectors.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

using namespace finch;
using namespace finch::features;
using market::Round;
using market::Timeframe;

namespace {

const std::vector<Timeframe> frames{market::default_timeframes.begin(), market::default_timeframes.end()};

template <class Table>
bool same_bytes(const Frame<Table>& a, const Frame<Table>& b) {
  return a.bytes().size() == b.bytes().size() &&
         std::memcmp(a.bytes().data(), b.bytes().data(), a.bytes().size()) == 0;
}

const fb::FeatureColumns* columns(const Frame<fb::FeatureRows>& rows, int minutes) {
  for (const auto* column : *rows->columns())
    if (column->minutes() == minutes)
      return column;
  return nullptr;
}

/// Value of a feature of one instrument in one row of a block; NaN-safe comparison is the caller's.
double at(const Frame<fb::FeatureBlock>& block, std::size_t feature, std::size_t row,
          std::size_t instrument) {
  auto rows = block->rounds()->size(), instruments = block->instruments()->size();
  return block->values()->Get(
      static_cast<flatbuffers::uoffset_t>(feature * rows * instruments + row * instruments + instrument));
}

/// Hourly bars of a series of closes as native bars; the instrument's prices have two decimals.
test::Script native_script(const std::vector<market::Bar>& bars) {
  test::Script out;
  for (const auto& bar : bars) {
    test::ScriptRound round;
    round.round = market::round_of(bar.close_time_ns()) - 1;
    auto units = [](double x) { return std::llround(x * 100); };
    round.bars.emplace_back(bar.open_time_ns, units(bar.open), units(bar.high), units(bar.low),
                            units(bar.close), bar.volume, std::nan(""),
                            bar.has_sides ? bar.buy_volume : std::nan(""),
                            bar.has_count ? static_cast<int>(bar.trade_count) : -1, bar.timeframe.minutes);
    out.push_back(std::move(round));
  }
  return out;
}

} // namespace

TEST_CASE("rows do not depend on how the market data is split into blocks") {
  auto script = test::random_script(2'000, 17);
  auto plan = Plan::everything();
  auto instrument = test::some_instrument();
  instrument.quantity_decimals = 3;
  InstrumentCalculator whole{instrument, plan, frames};
  whole.consume(*test::one_block(script, instrument.id));
  auto first = script.front().round, last = script.back().round;
  CHECK(whole.complete_through() == last);
  auto expected = whole.take(first, last);
  CHECK(columns(expected, 1)->rounds()->size() > 1'900);
  CHECK(columns(expected, 60)->rounds()->size() == 33);
  for (auto size : {1, 3, 1'000}) {
    InstrumentCalculator split{instrument, plan, frames};
    for (const auto& block : test::small_blocks(script, instrument.id, static_cast<std::size_t>(size)))
      split.consume(*block);
    CHECK(same_bytes(expected, split.take(first, last)));
  }
}

TEST_CASE("a calculator restored in the middle continues to the bit") {
  auto script = test::random_script(2'400, 23);
  auto plan = Plan::everything();
  auto instrument = test::some_instrument();
  instrument.quantity_decimals = 3;
  for (auto cut : {137U, 1'010U, 1'563U}) {
    InstrumentCalculator whole{instrument, plan, frames}, before{instrument, plan, frames},
        after{instrument, plan, frames};
    whole.consume(*test::one_block(script, 1));
    before.consume(*test::one_block(script, 1, 0, cut));
    REQUIRE(after.restore(*before.save()));
    after.consume(*test::one_block(script, 1, cut));
    auto first = script[cut].round, last = script.back().round;
    CHECK(same_bytes(whole.take(first, last), after.take(first, last)));
  }
  InstrumentCalculator other{test::some_instrument(2), plan, frames};
  InstrumentCalculator source{instrument, plan, frames};
  CHECK_FALSE(other.restore(*source.save()));
  InstrumentCalculator fewer{instrument, plan, {{5}}};
  CHECK(fewer.restore(*source.save()));
  CHECK_FALSE(source.restore(*fewer.save()));
}

TEST_CASE("taking rows window by window gives the rows of one window") {
  auto script = test::random_script(600, 29);
  auto plan = *Plan::make(std::vector<std::string>{"ret_1", "rsi_14"});
  InstrumentCalculator whole{test::some_instrument(), plan, frames},
      windows{test::some_instrument(), plan, frames};
  auto block = test::one_block(script, 1);
  whole.consume(*block);
  windows.consume(*block);
  auto all = whole.take(script.front().round, script.back().round);
  std::vector<double> seen;
  for (std::size_t i = 0; i < script.size(); i += 50) {
    auto rows = windows.take(script[i].round, script[i + 49].round);
    const auto* column = columns(rows, 1);
    auto count = column->rounds()->size();
    for (flatbuffers::uoffset_t k = 0; k < count; ++k)
      seen.push_back(column->values()->Get(k));
  }
  const auto* closes = columns(all, 1);
  REQUIRE(seen.size() == closes->rounds()->size());
  CHECK(std::equal(seen.begin(), seen.end(), closes->values()->begin()));
  CHECK(columns(windows.take(script.front().round, script.back().round), 1)->rounds()->size() == 0);
}

TEST_CASE("the whole way from native bars to joined blocks gives the vectors of series A") {
  auto bars = test::read_bars("ohlcv_a.csv", {60});
  auto source = test::read_columns("ohlcv_a.csv");
  auto expected = test::read_columns("ind_a.csv");
  REQUIRE(bars.size() == 300);
  std::vector<std::string> wanted;
  for (const auto& [name, column] : expected)
    if (find(name))
      wanted.push_back(name);
  REQUIRE(wanted.size() == 103);
  auto plan = *Plan::make(wanted);
  std::vector<market::Instrument> universe{test::some_instrument(5, "COIN"), test::some_instrument(9, "BTC"),
                                           test::some_instrument(2, "ETH")};
  Join join{universe, plan, {{60}}};
  for (const auto& instrument : universe) {
    auto own = bars;
    if (instrument.name.base != "COIN")
      for (std::size_t i = 0; i < own.size(); ++i)
        own[i].open = own[i].high = own[i].low = own[i].close =
            source[instrument.name.base == "BTC" ? "btc_close" : "eth_close"][i];
    InstrumentCalculator calculator{instrument, plan, {{60}}};
    auto script = native_script(own);
    calculator.consume(*test::one_block(script, instrument.id));
    CHECK_FALSE(join.ready());
    join.add(calculator.take(script.front().round, script.back().round));
  }
  REQUIRE(join.ready());
  auto blocks = join.take();
  CHECK_FALSE(join.ready());
  REQUIRE(blocks.size() == 1);
  const auto& block = blocks.front();
  CHECK(block->rounds()->size() == 300);
  CHECK(block->instruments()->Get(1) == 5);
  for (const auto& name : wanted) {
    auto feature = *plan.index(name);
    for (std::size_t row = 0; row < 300; ++row) {
      auto have = at(block, feature, row, 1), want = expected[name][row];
      auto good =
          std::isnan(want) ? std::isnan(have) : std::abs(have - want) <= 1e-9 * std::max(1.0, std::abs(want));
      if (!good) {
        FAIL_CHECK(name << " at row " << row << ": " << have << " instead of " << want);
        break;
      }
    }
  }
  // BTC beside itself.
  CHECK(at(block, *plan.index("btc_correlation"), 299, 2) == 1);
  CHECK(at(block, *plan.index("rel_strength_btc_20"), 299, 2) == 0);
}

TEST_CASE("an instrument listed later, or without a bar, is NaN in the block; so is what lacks a benchmark") {
  auto plan = *Plan::make(std::vector<std::string>{"ret_1", "btc_correlation", "breadth_up", "dispersion"});
  std::vector<market::Instrument> universe{test::some_instrument(1, "COIN"),
                                           test::some_instrument(2, "LATE")};
  Join join{universe, plan, frames};
  auto script = test::random_script(300, 31);
  for (const auto& instrument : universe) {
    InstrumentCalculator calculator{instrument, plan, frames};
    auto own = script;
    if (instrument.id == 2)
      own.erase(own.begin(), own.begin() + 100);
    calculator.consume(*test::one_block(own, instrument.id));
    join.add(calculator.take(script.front().round, script.back().round));
  }
  auto blocks = join.take();
  const auto& minutes = blocks.at(0);
  auto close = *plan.index("close"), breadth = *plan.index("breadth_up"),
       dispersion = *plan.index("dispersion");
  CHECK(std::isnan(at(minutes, close, 99, 1)));
  CHECK(at(minutes, close, 100, 1) == at(minutes, close, 100, 0));
  CHECK(std::isnan(at(minutes, breadth, 99, 1)));
  CHECK(at(minutes, breadth, 99, 0) >= 0);
  CHECK(at(minutes, dispersion, 150, 0) == 0);
  CHECK(at(minutes, dispersion, 99, 0) == 0);
  for (std::size_t row = 0; row < minutes->rounds()->size(); ++row)
    CHECK(std::isnan(at(minutes, *plan.index("btc_correlation"), row, 0)));
}

TEST_CASE("a join restored between windows continues to the bit") {
  auto plan = Plan::everything();
  std::vector<market::Instrument> universe{test::some_instrument(1, "COIN"), test::some_instrument(2, "BTC"),
                                           test::some_instrument(3, "ETH")};
  std::vector<InstrumentCalculator> calculators;
  std::vector<test::Script> scripts;
  for (const auto& instrument : universe) {
    calculators.emplace_back(instrument, plan, frames);
    scripts.push_back(test::random_script(900, instrument.id));
    calculators.back().consume(*test::one_block(scripts.back(), instrument.id));
  }
  Join whole{universe, plan, frames}, after{universe, plan, frames};
  for (std::size_t from = 0; from < 900; from += 450) {
    if (from > 0)
      REQUIRE(after.restore(*whole.save()));
    for (auto& calculator : calculators) {
      auto rows = calculator.take(scripts[0][from].round, scripts[0][from + 449].round);
      whole.add(rows);
      after.add(rows);
    }
    auto a = whole.take(), b = after.take();
    for (std::size_t i = 0; i < a.size(); ++i)
      CHECK(same_bytes(a[i], b[i]));
    if (from > 0)
      CHECK(std::isfinite(at(a[0], *plan.index("lead_lag_btc_60"), 440, 0)));
  }
  // Alone, the coin has no benchmark and needs none of the state; the coin's state says nothing of others.
  Join alone{{universe[0]}, plan, frames};
  CHECK(alone.restore(*whole.save()));
  CHECK_FALSE(whole.restore(*alone.save()));
}
