#include "actors/features/round_statistics.hpp"
#include "tests/features/market_blocks.hpp"
#include "tests/features/vectors.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cmath>

using namespace finch;
using namespace finch::features;

TEST_CASE("the trade tape gives the figures of the vectors") {
  auto tape = test::read_columns("trade_tape.csv");
  std::ifstream file{test::vector_path("microstructure.json")};
  auto expected = nlohmann::json::parse(file)["expected"];
  auto want = [&](const char* name) { return expected[name].get<double>(); };
  auto count = tape["price"].size();
  REQUIRE(count == 120);

  Vpin vpin{5};
  vpin.set_bucket_volume(want("vpin_bucket_volume"));
  Comoments<119> kyle_window, hasbrouck_window;
  Comoments<118> moves_window; // each price change beside the one before it
  Joint<> kyle, hasbrouck, moves;
  std::vector<double> values;
  std::vector<std::int64_t> time, price, quantity;
  std::vector<std::int8_t> side;
  for (std::size_t i = 0; i < count; ++i) {
    auto p = tape["price"][i], q = tape["qty"][i], s = tape["aggressor_side"][i];
    auto buckets = vpin.buckets_filled();
    vpin.add(q, s > 0 ? 1 : 0);
    if (vpin.buckets_filled() != buckets && !std::isnan(vpin.value()))
      values.push_back(vpin.value());
    if (i > 0) {
      auto index = static_cast<std::int64_t>(i) - 1;
      kyle = kyle_window.update(s * q, p - tape["price"][i - 1], index);
      if (i > 1)
        moves = moves_window.update(tape["price"][i - 1] - tape["price"][i - 2], p - tape["price"][i - 1],
                                    index - 1);
      hasbrouck = hasbrouck_window.update(s * std::sqrt(p * q), std::log(p / tape["price"][i - 1]), index);
    }
    time.push_back(static_cast<std::int64_t>(tape["ts_ms"][i]) * market::ns_per_ms);
    price.push_back(std::llround(p * 100)), quantity.push_back(std::llround(q * 1000));
    side.push_back(static_cast<std::int8_t>(s));
  }
  CHECK(vpin.buckets_filled() == expected["n_buckets"].get<int>());
  REQUIRE(values.size() == expected["vpin_count"].get<std::size_t>());
  CHECK(values.front() == doctest::Approx(want("vpin_first")).epsilon(1e-9));
  CHECK(values.back() == doctest::Approx(want("vpin_last")).epsilon(1e-9));
  CHECK(kyle.slope() == doctest::Approx(want("kyle_lambda")).epsilon(1e-9));
  CHECK(2 * std::sqrt(std::max(0.0, -moves.xy / 118)) ==
        doctest::Approx(want("roll_spread_abs")).epsilon(1e-9));
  CHECK(hasbrouck.slope() == doctest::Approx(want("hasbrouck_lambda")).epsilon(1e-9));

  auto instrument = test::some_instrument();
  instrument.price_decimals = 2, instrument.quantity_decimals = 3;
  market::MinuteBuilder builder{instrument, {true, true, false}};
  builder.add(time, price, quantity, side);
  auto bar = builder.finish(market::round_of(time.front()));
  SeriesCalculator calculator{
      *Plan::make(std::vector<std::string>{"signed_volume", "trade_imbalance", "tick_imbalance", "vwap_day",
                                           "interarrival_cv"}),
      {1},
      instrument};
  calculator.update(bar);
  auto row = calculator.row();
  CHECK(row[1] == doctest::Approx(want("signed_volume_total")).epsilon(1e-9));
  CHECK(row[2] == doctest::Approx(want("trade_imbalance")).epsilon(1e-9));
  CHECK(row[3] == doctest::Approx(want("tick_imbalance")).epsilon(1e-9));
  CHECK(row[4] == doctest::Approx(want("vwap")).epsilon(1e-9));
  CHECK(row[5] == doctest::Approx(want("interarrival_cv")).epsilon(1e-9));
  CHECK(bar.interarrival_mean_ns / 1e6 == doctest::Approx(want("interarrival_mean_ms")).epsilon(1e-9));
}

TEST_CASE("a trade larger than all buckets leaves only itself in them") {
  Vpin vpin;
  vpin.set_bucket_volume(10);
  vpin.add(499, 1);
  CHECK(std::isnan(vpin.value()));
  vpin.add(1, 0);
  CHECK(vpin.value() == doctest::Approx((49 + 0.8) / 50));
  vpin.add(1e12, 0);
  CHECK(vpin.value() == 1);
  vpin.add(500, 0.5);
  CHECK(vpin.value() == 0);
}

TEST_CASE("vpin needs one whole day to know its bucket, and falls back on price changes without sides") {
  ToxicityStatistics sided, unsided;
  market::RoundState a, b;
  std::mt19937 random{3};
  auto price = 100.0;
  for (market::Round round = -200; round < 3 * 1'440; ++round) {
    std::vector<std::int64_t> quantity{10, 30};
    std::vector<std::int8_t> buys{1, 1}, none{0, 0};
    sided.add_ticks(quantity, buys);
    unsided.add_ticks(quantity, none);
    price += static_cast<double>(random() % 21) - 10;
    sided.close(round, price, a);
    unsided.close(round, price, b);
    if (round < 1'440 + 1'000) // a bucket of 1/50 day fills in 28.8 rounds of equal volume
      CHECK(std::isnan(a.vpin));
  }
  CHECK(a.vpin == doctest::Approx(1));
  CHECK(b.vpin > 0);
  CHECK(b.vpin < 0.9);
}

TEST_CASE("spreads are weighted by time and held; funding is scored in 90 settlements") {
  QuoteStatistics quotes{1};
  market::RoundState state;
  quotes.close(0, state);
  CHECK(std::isnan(state.spread_bps));
  auto at = [](market::Round round, int second) {
    return market::round_begin(round) + second * market::ns_per_s;
  };
  quotes.add(1, {at(1, 0), 9'999, 5, 10'001, 15});
  quotes.add(1, {at(1, 45), 9'998, 5, 10'002, 15});
  quotes.close(1, state);
  CHECK(state.spread_bps == doctest::Approx(2 * 0.75 + 4 * 0.25));
  // The bid fell: its 5 units left; the ask rose: its 15 units left.
  CHECK(state.order_flow == -5 + 15);
  CHECK(state.mean_depth == 10);
  CHECK(state.microprice_dev == doctest::Approx(((10'002 * 5 + 9'998 * 15) / 20.0 - 10'000) / 10'000));
  quotes.close(2, state);
  CHECK(state.spread_bps == doctest::Approx(4));
  CHECK(state.order_flow == 0);

  FundingStatistics funding;
  market::RoundState none;
  funding.close(none);
  CHECK(std::isnan(none.funding_rate));
  double sum = 0, squares = 0;
  for (int i = 0; i < 100; ++i) {
    auto rate = 1e-4 * (i * 7 % 11);
    funding.add(rate);
    if (i >= 10)
      sum += rate, squares += rate * rate;
    funding.close(state);
    CHECK(std::isnan(state.funding_z) == (i < 89));
  }
  auto deviation = std::sqrt((squares - sum * sum / 90) / 89);
  CHECK(state.funding_rate == doctest::Approx(1e-4 * (99 * 7 % 11)));
  CHECK(state.funding_z == doctest::Approx((state.funding_rate - sum / 90) / deviation).epsilon(1e-9));
}
