/// The pitfalls of the quant reference, section 1.2, one test each: where TA-Lib is not to be copied.
#include "actors/features/cross_asset.hpp"
#include "tests/features/naive.hpp"
#include "tests/features/series_maker.hpp"
#include "tests/features/vectors.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace finch;
using namespace finch::features;

namespace {

/// A plan's columns over bars, by name.
struct Computed {
  Plan plan;
  std::vector<std::vector<double>> rows;

  Computed(std::vector<std::string> names, const std::vector<market::Bar>& bars)
      : plan{*Plan::make(names)}, rows{test::run(plan, bars)} {}
  [[nodiscard]] double operator()(const char* name, std::size_t i) const {
    return rows[i][*plan.index(name)];
  }
};

/// The bars with prices times `price` and volumes times `size`; powers of two scale without a rounding.
std::vector<market::Bar> scaled(std::vector<market::Bar> bars, double price, double size) {
  for (auto& bar : bars) {
    bar.open *= price, bar.high *= price, bar.low *= price, bar.close *= price;
    bar.volume *= size, bar.buy_volume *= size, bar.quote_volume *= price * size;
  }
  return bars;
}

market::Bar quiet_bar(std::size_t i, double close, double volume) {
  market::Bar bar;
  bar.open_time_ns = static_cast<std::int64_t>(i) * market::ns_per_minute;
  bar.open = bar.high = bar.low = bar.close = close;
  bar.volume = volume;
  bar.quote_volume = close * volume;
  return bar;
}

} // namespace

TEST_CASE("pitfall: deviation and bands of a coin at 2e-5 keep their width") {
  auto bars = test::random_bars(200, 71, {1}, 2e-5, 1e-8);
  Computed have{{"close", "stddev_20", "bb_upper", "bb_lower", "bb_width", "price_vs_bb", "zscore_20"}, bars};
  test::Function close = [&](int i) { return bars[static_cast<std::size_t>(i)].close; };
  for (std::size_t i = 19; i < bars.size(); ++i) {
    auto window = test::Span{close, static_cast<int>(i), 20};
    auto want = window.deviation(0);
    REQUIRE(want > 0);
    REQUIRE(want * want < 1e-8); // TA-Lib takes such a variance for zero
    CHECK(have("stddev_20", i) == doctest::Approx(want).epsilon(1e-9));
    CHECK(have("bb_upper", i) - have("bb_lower", i) == doctest::Approx(4 * want).epsilon(1e-6));
    CHECK(have("bb_width", i) == doctest::Approx(4 * want / window.mean()).epsilon(1e-9));
    CHECK(have("price_vs_bb", i) ==
          doctest::Approx(0.5 + (close(static_cast<int>(i)) - window.mean()) / (4 * want)).epsilon(1e-9));
    CHECK(have("zscore_20", i) != 0);
  }
}

TEST_CASE("pitfall: strength and trend at prices of 1e-8 are those at any price") {
  std::vector<std::string> names{"rsi_14", "rsi_7", "cmo_14", "adx_14", "plus_di_14", "dx_14", "adxr_14"};
  auto bars = test::random_bars(300, 72);
  Computed dear{names, bars}, cheap{names, scaled(bars, 0x1p-42, 1)}; // 42,000 becomes 1e-8
  REQUIRE(bars.back().close * 0x1p-42 < 2e-8);
  for (const auto& name : names)
    for (std::size_t i = 40; i < bars.size(); ++i) {
      CHECK(cheap(name.c_str(), i) == dear(name.c_str(), i));
      CHECK(std::abs(cheap(name.c_str(), i)) > 1e-3);
    }
}

TEST_CASE("pitfall: correlation of one-minute returns is not zero because they are small") {
  std::mt19937 random{73};
  auto noise = [&] { return (static_cast<double>(random() % 2'001) - 1'000) * 1e-9; };
  Against pair;
  std::vector<double> coin, btc;
  auto coin_price = 2e-5, btc_price = 60'000.0;
  Against::Values last{};
  for (int i = 0; i < 200; ++i) {
    btc.push_back(noise());
    coin.push_back(btc.back() + 0.5 * noise());
    coin_price *= 1 + coin.back(), btc_price *= 1 + btc.back();
    last = pair.update(coin_price, coin.back(), btc_price, btc.back(), false);
  }
  test::Function x = [&](int i) { return btc[static_cast<std::size_t>(i)]; },
                 y = [&](int i) { return coin[static_cast<std::size_t>(i)]; };
  auto beta = test::regression(y, x, 199, 60);
  auto correlation = beta * test::Span{x, 199, 60}.deviation(1) / test::Span{y, 199, 60}.deviation(1);
  REQUIRE(test::Span{x, 199, 60}.deviation(0) < 1e-6); // variances of 1e-13, below TA-Lib's zero
  REQUIRE(correlation > 0.8);
  CHECK(last.correlation == doctest::Approx(correlation).epsilon(1e-9));
  CHECK(last.beta == doctest::Approx(beta).epsilon(1e-9));
}

TEST_CASE("pitfall: money flow of less than one quote unit is money flow") {
  auto bars = test::random_bars(200, 74);
  Computed large{{"mfi_14"}, bars}, small{{"mfi_14"}, scaled(bars, 0x1p-40, 0x1p-20)};
  std::size_t moving = 0;
  for (std::size_t i = 14; i < bars.size(); ++i) {
    CHECK(small("mfi_14", i) == large("mfi_14", i));
    moving += small("mfi_14", i) != 50 && small("mfi_14", i) != 0;
  }
  CHECK(moving > 100);
}

TEST_CASE("pitfall: a rolling sum is exactly zero once what it summed has left") {
  std::vector<market::Bar> bars;
  for (std::size_t i = 0; i < 300; ++i)
    bars.push_back(
        quiet_bar(i, 100 + 0.1 * static_cast<double>(i * 7 % 11), i < 100 ? 0.1 * (i % 13 + 1.) : 0));
  Computed have{{"mfi_14", "cmf_20", "volume_sma_20", "volume_ratio", "eom_14", "obv_slope_20", "cvd_60",
                 "amihud_60", "vwma_20", "sma_20"},
                bars};
  for (std::size_t i = 160; i < bars.size(); ++i) {
    CHECK(have("volume_sma_20", i) == 0);
    CHECK(have("mfi_14", i) == 50);
    CHECK(have("cmf_20", i) == 0);
    CHECK(have("volume_ratio", i) == 1);
    CHECK(have("eom_14", i) == 0);
    CHECK(have("obv_slope_20", i) == 0);
    CHECK(have("amihud_60", i) == 0);
    CHECK(have("vwma_20", i) == have("sma_20", i));
  }
}

TEST_CASE("pitfall: variance is not a difference of squares") {
  // At 60,000 the squares share ten digits with their sum's mean; at 2^27 all of them.
  for (auto level : {60'000.0, 0x1p27}) {
    std::vector<market::Bar> bars;
    for (std::size_t i = 0; i < 500; ++i)
      bars.push_back(quiet_bar(i, level + 0x1p-12 * static_cast<double>(i * 7 % 5), 1));
    Computed have{{"stddev_20", "zscore_20"}, bars};
    for (std::size_t i = 19; i < bars.size(); ++i) // twenty bars hold each of five values four times
      CHECK(have("stddev_20", i) == doctest::Approx(0x1p-12 * std::sqrt(2.0)).epsilon(1e-12));
  }
}

TEST_CASE("pitfall: a flat window is neutral, not oversold") {
  std::vector<market::Bar> bars;
  for (std::size_t i = 0; i < 120; ++i)
    bars.push_back(quiet_bar(i, i < 40 ? 100 - 0.5 * static_cast<double>(i) : 80, 5));
  std::vector<market::Bar> never_moved(bars.begin() + 40, bars.end());
  Computed flat{{"rsi_14", "rsi_7", "mfi_14", "stoch_k", "stoch_d", "willr_14", "cmo_14", "stochrsi_14",
                 "cci_20", "adx_14"},
                never_moved};
  for (std::size_t i = 30; i < never_moved.size(); ++i) {
    CHECK(flat("rsi_14", i) == 50);
    CHECK(flat("rsi_7", i) == 50);
    CHECK(flat("mfi_14", i) == 50);
    CHECK(flat("stoch_k", i) == 50);
    CHECK(flat("stoch_d", i) == 50);
    CHECK(flat("willr_14", i) == -50);
    CHECK(flat("cmo_14", i) == 0);
    CHECK(flat("stochrsi_14", i) == 0.5);
    CHECK(flat("cci_20", i) == 0);
    CHECK(flat("adx_14", i) == 0);
  }
  // Windows forget the fall before; Wilder's averages remember it, so their ratio stays.
  Computed after{{"rsi_14", "mfi_14", "stoch_k", "willr_14"}, bars};
  CHECK(after("mfi_14", 119) == 50);
  CHECK(after("stoch_k", 119) == 50);
  CHECK(after("willr_14", 119) == -50);
  CHECK(after("rsi_14", 119) == 0);
}

TEST_CASE("pitfall: defaults that moved in TA-Lib 0.8.1 are written out here") {
  auto bars = test::random_bars(200, 75);
  Computed have{{"bb_middle", "bb_upper", "ppo_12_26"}, bars};
  test::Function close = [&](int i) { return bars[static_cast<std::size_t>(i)].close; };
  auto fast = test::ema(close, 12, 0, 200), slow = test::ema(close, 26, 0, 200);
  for (int i = 25; i < 200; ++i) {
    auto at = static_cast<std::size_t>(i);
    auto window = test::Span{close, i, 20}; // not 5 bars
    CHECK(have("bb_middle", at) == doctest::Approx(window.mean()).epsilon(1e-12));
    CHECK(have("bb_upper", at) == doctest::Approx(window.mean() + 2 * window.deviation(0)).epsilon(1e-12));
    // Exponential averages, not simple ones.
    CHECK(have("ppo_12_26", at) == doctest::Approx(100 * (fast[at] / slow[at] - 1)).epsilon(1e-9));
  }
}

TEST_CASE("pitfall: seeds are those of a call over the whole history") {
  // A call over a narrow range makes TA-Lib begin anew with a simple average.
  auto bars = test::random_bars(300, 76);
  Computed whole{{"ema_20", "macd", "rsi_14"}, bars};
  std::vector<market::Bar> late(bars.begin() + 200, bars.end());
  Computed narrow{{"ema_20", "sma_20", "macd", "rsi_14"}, late};
  CHECK(narrow("ema_20", 19) == doctest::Approx(narrow("sma_20", 19)).epsilon(1e-12));
  CHECK(whole("ema_20", 219) != doctest::Approx(narrow("ema_20", 19)).epsilon(1e-6));
  CHECK(whole("ema_20", 299) == doctest::Approx(narrow("ema_20", 99)).epsilon(1e-4));
  // The fast average of MACD is seeded on bars 14 to 25 and so is not the stand-alone EMA(12).
  test::Function close = [&](int i) { return bars[static_cast<std::size_t>(i)].close; };
  auto fast = test::ema(close, 12, 14, 300), alone = test::ema(close, 12, 0, 300),
       slow = test::ema(close, 26, 0, 300);
  CHECK(whole("macd", 33) == doctest::Approx(fast[33] - slow[33]).epsilon(1e-9));
  CHECK(whole("macd", 33) != doctest::Approx(alone[33] - slow[33]).epsilon(1e-9));
}
