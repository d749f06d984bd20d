#include "tests/features/reference_table.hpp"
#include "tests/features/series_maker.hpp"
#include "tests/features/vectors.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>

using namespace finch;
using namespace finch::features;

namespace {

using Rows = std::vector<std::vector<double>>;

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

bool cross(const std::string& name) {
  const auto* definition = find(name);
  return definition && definition->group == "cross_asset";
}

market::Bar flat_bar(std::size_t i, double price) {
  market::Bar bar;
  bar.open_time_ns = static_cast<std::int64_t>(i) * market::ns_per_minute;
  bar.open = bar.high = bar.low = bar.close = price;
  bar.has_ticks = bar.has_sides = bar.has_count = true;
  bar.spread_bps = bar.microprice_dev = bar.order_flow = bar.mean_depth = 0;
  bar.funding_rate = bar.funding_z = bar.vpin = 0;
  return bar;
}

/// Whether a series that begins later gives other values once it is warm.
bool depends_on_beginning(std::string_view name) {
  auto plan = *Plan::make(std::vector<std::string>{std::string{name}});
  auto column = *plan.index(name);
  auto bars = test::random_bars(700, 17);
  auto whole = test::run(plan, bars), late = test::run(plan, {bars.begin() + 137, bars.end()});
  for (auto i = static_cast<std::size_t>(plan.warmups()[column]); i < late.size(); ++i) {
    auto a = whole[i + 137][column], b = late[i][column];
    if (std::abs(a - b) > 1e-9 * std::max(1.0, std::abs(a)))
      return true;
  }
  return false;
}

/// Recursions and running totals, whose value depends on all bars before it. Of the reference's features it
/// is known which they are; of others it is found out.
bool remembers(std::string_view name) {
  auto known = std::any_of(std::begin(test::reference), std::end(test::reference),
                           [&](const auto& row) { return row.name == name; });
  if (const auto* definition = find(name); !known && definition)
    return std::any_of(definition->inputs.begin(), definition->inputs.end(), remembers) ||
           depends_on_beginning(name);
  for (auto part : {"ema",        "kama",     "rsi",           "macd",
                    "atr",        "keltner",  "cmo",           "ppo",
                    "trix",       "tsi",      "adx",           "di_14",
                    "dx_14",      "psar",     "supertrend",    "price_volume_trend",
                    "on_balance", "ad_line",  "adosc",         "force_index",
                    "run_length", "ewma",     "trend",         "regime",
                    "slope_norm", "vwap_day", "price_vs_vwap", "day_ret",
                    "drawdown"})
    if (name.find(part) != std::string_view::npos)
      return true;
  return false;
}

} // namespace

TEST_CASE("a series streamed twice is bit-equal") {
  auto plan = Plan::everything();
  auto bars = test::random_bars(600, 1);
  auto a = test::run(plan, bars), b = test::run(plan, bars);
  for (std::size_t i = 0; i < a.size(); ++i)
    REQUIRE(same_bits(a[i], b[i]));
}

TEST_CASE("a calculator restored from its state at bar 137 continues to the bit") {
  auto plan = Plan::everything();
  auto bars = test::random_bars(900, 2);
  auto expected = test::run(plan, bars);
  SeriesCalculator before{plan, {1}, test::some_instrument()}, after{plan, {1}, test::some_instrument()};
  for (std::size_t i = 0; i <= 137; ++i)
    before.update(bars[i]);
  auto state = test::state_of(before);
  REQUIRE(after.restore(*state));
  for (std::size_t i = 138; i < bars.size(); ++i) {
    after.update(bars[i]);
    REQUIRE(same_bits(expected[i], {after.row().begin(), after.row().end()}));
  }
  SeriesCalculator other{plan, {5}, test::some_instrument()};
  CHECK_FALSE(other.restore(*state));
}

TEST_CASE("a smaller plan continues from the state of a larger one, and not the other way round") {
  auto bars = test::random_bars(500, 21);
  std::vector<std::string> wanted{"rsi_14", "macd", "skew_60", "corwin_schultz_20"};
  auto everything = Plan::everything(), few = *Plan::make(wanted);
  SeriesCalculator large{everything, {1}, test::some_instrument()}, small{few, {1}, test::some_instrument()};
  for (std::size_t i = 0; i < 250; ++i)
    large.update(bars[i]);
  auto state = test::state_of(large);
  REQUIRE(small.restore(*state));
  for (std::size_t i = 250; i < bars.size(); ++i) {
    large.update(bars[i]);
    small.update(bars[i]);
    for (const auto& name : wanted) {
      auto a = large.row()[*everything.index(name)], b = small.row()[*few.index(name)];
      REQUIRE(std::memcmp(&a, &b, sizeof a) == 0);
    }
  }
  auto refused = SeriesCalculator{everything, {1}, test::some_instrument()}.restore(*test::state_of(small));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("lacks") != std::string::npos);
}

TEST_CASE("a feature has the same value in every plan") {
  auto bars = test::random_bars(400, 3);
  auto everything = Plan::everything();
  auto all = test::run(everything, bars);
  for (const auto& definition : catalogue()) {
    if (!definition.available() || definition.group == "cross_asset")
      continue;
    std::string name{definition.name};
    auto alone = *Plan::make(std::vector<std::string>{name});
    auto rows = test::run(alone, bars);
    auto in = *alone.index(name), out = *everything.index(name);
    for (std::size_t i = 0; i < bars.size(); ++i)
      if (std::memcmp(&rows[i][in], &all[i][out], sizeof(double)) != 0) {
        FAIL_CHECK(name << " differs at bar " << i << " when computed alone");
        break;
      }
  }
}

TEST_CASE("features are NaN exactly until their warm-up has passed") {
  auto plan = Plan::everything();
  auto rows = test::run(plan, test::random_bars(300, 4));
  for (std::size_t f = 0; f < plan.names().size(); ++f) {
    if (cross(plan.names()[f]))
      continue;
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (std::isfinite(rows[i][f]) != (static_cast<int>(i) >= plan.warmups()[f])) {
        FAIL_CHECK(plan.names()[f] << " at bar " << i << " is " << rows[i][f]);
        break;
      }
  }
}

TEST_CASE("flat prices without volume give every feature its neutral value") {
  auto plan = Plan::everything();
  for (auto price : {100.0, 0.1, 2e-5, 1e-8}) {
    std::vector<market::Bar> bars;
    for (std::size_t i = 0; i < 300; ++i)
      bars.push_back(flat_bar(i, price));
    auto rows = test::run(plan, bars);
    for (std::size_t f = 0; f < plan.names().size(); ++f) {
      const auto* definition = find(plan.names()[f]);
      // A market without volume is illiquid, whatever its prices do, and has been for a while.
      if (!definition || cross(plan.names()[f]) || definition->name == "market_regime" ||
          definition->name == "regime_age" || std::isnan(definition->neutral))
        continue;
      for (auto i = static_cast<std::size_t>(definition->warmup); i < rows.size(); ++i)
        if (rows[i][f] != definition->neutral) {
          FAIL_CHECK(definition->name << " at bar " << i << ", price " << price << ": " << rows[i][f]
                                      << " instead of " << definition->neutral);
          break;
        }
    }
  }
}

TEST_CASE("no input however degenerate gives an infinity") {
  auto plan = Plan::everything();
  auto check = [&](const std::string& what, const std::vector<market::Bar>& bars) {
    auto rows = test::run(plan, bars);
    for (std::size_t i = 0; i < rows.size(); ++i)
      for (std::size_t f = 0; f < rows[i].size(); ++f)
        if (std::isinf(rows[i][f]) ||
            (std::isnan(rows[i][f]) && !cross(plan.names()[f]) && static_cast<int>(i) >= plan.warmups()[f])) {
          FAIL_CHECK(what << ": " << plan.names()[f] << " at bar " << i << " is " << rows[i][f]);
          return;
        }
  };
  check("a walk", test::random_bars(400, 5));
  check("a coin at 2e-5", test::random_bars(400, 6, {1}, 2e-5, 1e-8));
  check("a coin at 1e-8 on a grid of 1e-10", test::random_bars(400, 7, {1}, 1e-8, 1e-12));
  auto bars = test::random_bars(400, 8);
  for (auto& bar : bars)
    bar.volume = bar.quote_volume = bar.buy_volume = bar.large_volume = 0;
  check("no volume", bars);
  bars = test::random_bars(400, 9);
  for (std::size_t i = 200; i < bars.size(); ++i) {
    auto scale = i % 2 ? 1e6 : 1;
    bars[i].open *= scale, bars[i].high *= scale, bars[i].low *= scale, bars[i].close *= scale;
  }
  check("jumps of a million", bars);
  bars = test::random_bars(400, 10);
  for (auto& bar : bars)
    bar.open = bar.high = bar.low = bar.close;
  check("bars of one tick", bars);
  bars.clear();
  for (std::size_t i = 0; i < 400; ++i)
    bars.push_back(flat_bar(i, i < 200 ? 100 : 1e8));
  check("one jump between flats", bars);
  bars.clear();
  for (std::size_t i = 0; i < 20'000; ++i)
    bars.push_back(flat_bar(i, i < 100 ? 100 + static_cast<double>(i % 7) : 105));
  check("a long flat after movement", bars);
}

TEST_CASE("a bar that has left the window leaves no trace") {
  auto plan = Plan::everything();
  auto bars = test::random_bars(1'200, 11);
  auto spiked = bars;
  for (auto i : {300U, 301U, 333U}) {
    auto& bar = spiked[i];
    bar.high *= 1e6, bar.close *= 1e6, bar.volume *= 1e9, bar.quote_volume *= 1e15,
        bar.buy_volume = bar.volume;
    bar.sqrt_flow = 1e9, bar.order_flow = 1e9, bar.trade_count = 1'000'000;
  }
  auto clean = test::run(plan, bars), after = test::run(plan, spiked);
  for (std::size_t f = 0; f < plan.names().size(); ++f) {
    const auto& name = plan.names()[f];
    if (cross(name) || remembers(name) || !find(name))
      continue;
    for (auto i = 333U + static_cast<unsigned>(plan.warmups()[f]) + 1; i < bars.size(); ++i) {
      auto a = clean[i][f], b = after[i][f];
      if (std::abs(a - b) > 1e-9 * std::max(1.0, std::abs(a))) {
        FAIL_CHECK(name << " still differs at bar " << i << ": " << b << " instead of " << a);
        break;
      }
    }
  }
}

TEST_CASE("windowed features after a gap are those of a series that begins there; all are NaN until warm") {
  auto plan = Plan::everything();
  auto bars = test::random_bars(900, 12);
  bars[400].after_gap = true;
  auto rows = test::run(plan, bars);
  auto fresh = test::run(plan, {bars.begin() + 400, bars.end()});
  auto unbroken = bars;
  unbroken[400].after_gap = false;
  auto whole = test::run(plan, unbroken);
  for (std::size_t f = 0; f < plan.names().size(); ++f) {
    const auto& name = plan.names()[f];
    if (cross(name) || !find(name))
      continue;
    for (std::size_t i = 400; i < bars.size(); ++i) {
      if (static_cast<int>(i - 400) < plan.warmups()[f]) {
        if (!std::isnan(rows[i][f])) {
          FAIL_CHECK(name << " is not NaN " << i - 400 << " bars after a gap");
          break;
        }
        continue;
      }
      // Recursions and totals go on from their state; windows know nothing of the time before.
      auto want = remembers(name) && name != "drawdown_state" ? whole[i][f] : fresh[i - 400][f];
      if (std::abs(rows[i][f] - want) > 1e-9 * std::max(1.0, std::abs(want))) {
        FAIL_CHECK(name << ' ' << i - 400 << " bars after a gap is " << rows[i][f] << " instead of " << want);
        break;
      }
    }
  }
}

TEST_CASE("unitless features do not know the scale of prices and volumes") {
  // Powers of two scale without rounding: nothing may compare with an absolute constant.
  auto plan = Plan::everything();
  auto bars = test::random_bars(500, 13), tiny = bars;
  const auto price = 0x1p-42, size = 0x1p20;
  for (auto& bar : tiny) {
    bar.open *= price, bar.high *= price, bar.low *= price, bar.close *= price;
    bar.volume *= size, bar.buy_volume *= size, bar.large_volume *= size, bar.quote_volume *= price * size;
    bar.order_flow *= size, bar.mean_depth *= size;
  }
  auto a = test::run(plan, bars), b = test::run(plan, tiny);
  for (std::size_t f = 0; f < plan.names().size(); ++f) {
    const auto* definition = find(plan.names()[f]);
    auto scaled = !definition || definition->dimension == Dimension::price ||
                  definition->dimension == Dimension::volume ||
                  definition->unit.find("quote") != std::string_view::npos;
    // Fractional differencing is of the logarithm itself.
    if (scaled || cross(plan.names()[f]) || definition->name == "frac_diff_04")
      continue;
    for (std::size_t i = 0; i < bars.size(); ++i)
      if (std::isfinite(a[i][f]) && std::abs(a[i][f] - b[i][f]) > 1e-10 * std::max(1.0, std::abs(a[i][f]))) {
        FAIL_CHECK(definition->name << " at bar " << i << ": " << b[i][f] << " instead of " << a[i][f]);
        break;
      }
  }
}

TEST_CASE("the deviation of large prices that hardly move keeps its digits") {
  auto plan = *Plan::make(std::vector<std::string>{"stddev_20", "zscore_20", "linreg_r2_20"});
  std::vector<market::Bar> bars;
  for (std::size_t i = 0; i < 2'000; ++i)
    bars.push_back(flat_bar(i, 1e7 + 0x1p-10 * static_cast<double>(i * 7 % 5)));
  auto rows = test::run(plan, bars);
  for (std::size_t i = 19; i < rows.size(); ++i)
    // Twenty bars hold each of five equally spaced values four times.
    REQUIRE(rows[i][1] == doctest::Approx(0x1p-10 * std::sqrt(2.0)).epsilon(1e-12));
}

TEST_CASE("sums of what has gone return to exactly zero") {
  auto plan = *Plan::make(std::vector<std::string>{"mfi_14", "cmf_20", "vwma_20", "sma_20", "vwap_20",
                                                   "typical_price", "cvd_60", "volume_ratio",
                                                   "volume_zscore_20", "amihud_60"});
  auto bars = test::random_bars(400, 14);
  for (std::size_t i = 200; i < bars.size(); ++i)
    bars[i].volume = bars[i].quote_volume = bars[i].buy_volume = 0;
  auto rows = test::run(plan, bars);
  auto value = [&](std::size_t i, const char* name) { return rows[i][*plan.index(name)]; };
  for (std::size_t i = 260; i < rows.size(); ++i) {
    CHECK(value(i, "mfi_14") == 50);
    CHECK(value(i, "cmf_20") == 0);
    CHECK(value(i, "vwma_20") == value(i, "sma_20"));
    CHECK(value(i, "vwap_20") == value(i, "typical_price"));
    CHECK(value(i, "cvd_60") == 0);
    CHECK(value(i, "volume_ratio") == 1);
    CHECK(value(i, "volume_zscore_20") == 0);
    CHECK(value(i, "amihud_60") == 0);
  }
}

TEST_CASE("what a source lacks is NaN, and only what needs it") {
  auto plan = Plan::everything();
  auto bars = test::random_bars(200, 15);
  for (auto& bar : bars) {
    bar.has_ticks = bar.has_sides = bar.has_count = false;
    bar.large_volume = bar.spread_bps = bar.microprice_dev = bar.order_flow = bar.mean_depth = std::nan("");
    bar.funding_rate = bar.funding_z = bar.vpin = std::nan("");
  }
  auto rows = test::run(plan, bars);
  std::size_t missing = 0;
  for (std::size_t f = 0; f < plan.names().size(); ++f)
    if (!cross(plan.names()[f]) && plan.warmups()[f] < 199) {
      auto group = find(plan.names()[f]) ? find(plan.names()[f])->group : "";
      missing += std::isnan(rows[199][f]);
      if (std::isnan(rows[199][f]))
        CHECK_MESSAGE((group == "microstructure" || plan.names()[f] == "trend_x_imbalance"), plan.names()[f]);
    }
  CHECK(missing == 18);
}

TEST_CASE("columns along history are the rows bar by bar, to the bit, however they are cut") {
  auto plan = Plan::everything();
  auto bars = test::random_bars(700, 16);
  bars[300].after_gap = true;
  auto rows = test::run(plan, bars);
  auto width = plan.names().size();
  for (std::size_t piece : {700U, 64U, 137U, 1U}) {
    SeriesCalculator calculator{plan, {1}, test::some_instrument()};
    std::vector<double> columns(width * bars.size(), 1);
    for (std::size_t from = 0; from < bars.size(); from += piece)
      calculator.update(std::span{bars}.subspan(from, std::min(piece, bars.size() - from)),
                        columns.data() + from, bars.size());
    for (std::size_t i = 0; i < bars.size(); ++i) {
      std::vector<double> row;
      for (std::size_t f = 0; f < width; ++f)
        row.push_back(columns[f * bars.size() + i]);
      REQUIRE(same_bits(row, rows[i]));
    }
    CHECK(same_bits(rows.back(), {calculator.row().begin(), calculator.row().end()}));
  }
}
