#include "actors/market/bar_builder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>

using namespace finch::market;

namespace {

Instrument instrument(std::string market = "perp") {
  Instrument out;
  out.id = 7;
  out.name = {"test", std::move(market), "BTC", "USDT"};
  out.price_decimals = 2;
  out.quantity_decimals = 3;
  return out;
}

struct Ticks {
  std::vector<TimeNs> time;
  std::vector<std::int64_t> price, quantity;
  std::vector<std::int8_t> side;
};

Ticks random_ticks(std::size_t count, unsigned seed) {
  std::mt19937 random{seed};
  Ticks out;
  TimeNs time = 0;
  std::int64_t price = 4'200'000;
  for (std::size_t i = 0; i < count; ++i) {
    out.time.push_back(time += static_cast<TimeNs>(random() % 400'000'000));
    out.price.push_back(price += static_cast<std::int64_t>(random() % 3) - 1);
    out.quantity.push_back(1 + static_cast<std::int64_t>(random() % 5'000));
    out.side.push_back(random() % 2 ? 1 : -1);
  }
  return out;
}

void feed(MinuteBuilder& builder, const Ticks& ticks, std::size_t from, std::size_t to) {
  auto part = [&](const auto& column) { return std::span{column}.subspan(from, to - from); };
  builder.add(part(ticks.time), part(ticks.price), part(ticks.quantity), part(ticks.side));
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

bool same(const Bar& a, const Bar& b) {
  return a.open == b.open && a.high == b.high && a.low == b.low && a.close == b.close &&
         a.volume == b.volume && a.quote_volume == b.quote_volume && a.buy_volume == b.buy_volume &&
         a.trade_count == b.trade_count && a.sqrt_flow == b.sqrt_flow &&
         a.interarrival_mean_ns == b.interarrival_mean_ns && a.interarrival_m2 == b.interarrival_m2 &&
         same(a.large_volume, b.large_volume);
}

Bar bar_at(Round round, double price, int minutes = 1) {
  Bar out;
  out.timeframe = {minutes};
  out.open_time_ns = round_begin(round - minutes + 1);
  out.open = out.high = out.low = out.close = price;
  out.volume = 1;
  out.trade_count = 1;
  return out;
}

/// Closes rounds [0, count): round r has a bar at price 100 + r unless `absent` says otherwise.
std::vector<Bar> run(BarAggregator& aggregator, Round count, auto absent,
                     RoundStatus silence = RoundStatus::quiet) {
  std::vector<Bar> out;
  for (Round round = 0; round < count; ++round) {
    auto bar = bar_at(round, 100.0 + static_cast<double>(round));
    auto missing = absent(round);
    aggregator.close_round(round, missing ? silence : RoundStatus::ok, std::span{&bar, missing ? 0U : 1U}, {},
                           out);
  }
  return out;
}

std::vector<Bar> of(const std::vector<Bar>& bars, int minutes) {
  std::vector<Bar> out;
  std::copy_if(bars.begin(), bars.end(), std::back_inserter(out),
               [&](const Bar& bar) { return bar.timeframe.minutes == minutes; });
  return out;
}

} // namespace

TEST_CASE("a minute bar does not depend on how its ticks are split") {
  auto ticks = random_ticks(25'000, 3);
  TickStatistics everything{true, true, true};
  MinuteBuilder whole{instrument(), everything}, single{instrument(), everything},
      odd{instrument(), everything};
  for (std::size_t from = 0; from < ticks.price.size(); from += 500) {
    feed(whole, ticks, from, from + 500);
    for (auto i = from; i < from + 500; ++i)
      feed(single, ticks, i, i + 1);
    for (auto i = from; i < from + 500; i += 17)
      feed(odd, ticks, i, std::min(i + 17, from + 500));
    auto expected = whole.finish(1);
    CHECK(same(expected, single.finish(1)));
    CHECK(same(expected, odd.finish(1)));
    CHECK(std::isnan(expected.large_volume) == (from < 10'000));
  }
}

TEST_CASE("a minute bar sums its ticks exactly") {
  MinuteBuilder builder{instrument(), {true, true, false}};
  Ticks ticks{{0, 10, 40}, {10'000, 10'100, 9'900}, {1'500, 500, 2'000}, {1, -1, 1}};
  feed(builder, ticks, 0, 3);
  auto bar = builder.finish(0);
  CHECK(bar.open == 100);
  CHECK(bar.high == 101);
  CHECK(bar.low == 99);
  CHECK(bar.close == 99);
  CHECK(bar.volume == 4);
  CHECK(bar.buy_volume == 3.5);
  CHECK(bar.quote_volume == 150 + 50.5 + 198);
  CHECK(bar.buy_count == 2);
  CHECK(bar.sell_count == 1);
  CHECK(bar.interarrival_mean_ns == 20);
  CHECK(bar.interarrival_m2 == 200);
  CHECK(bar.sqrt_flow == std::sqrt(150.0) - std::sqrt(50.5) + std::sqrt(198.0));
  CHECK(builder.empty());
}

TEST_CASE("large trades are judged by the exact 95th percentile of the sizes before them") {
  std::mt19937 random{11};
  LargeTrades large;
  std::vector<std::int64_t> sizes;
  for (int i = 0; i < 14'000; ++i) {
    if (i >= 10'000 && i % 97 == 0) {
      std::vector<std::int64_t> window(sizes.end() - 10'000, sizes.end());
      std::nth_element(window.begin(), window.begin() + 9'499, window.end());
      REQUIRE(large.threshold() == window[9'499]);
    }
    CHECK_MESSAGE(large.known() == (i >= 10'000), i);
    sizes.push_back(static_cast<std::int64_t>(random() % (i < 12'000 ? 50 : 9'000)));
    large.add(sizes.back());
  }
  LargeTrades again;
  again.restore(large.sizes());
  CHECK(again.threshold() == large.threshold());
  CHECK(again.sizes() == large.sizes());
}

TEST_CASE("longer bars are made of their minutes and come first") {
  BarAggregator aggregator{default_timeframes, false};
  auto bars = run(aggregator, 120, [](Round) { return false; });
  CHECK(of(bars, 1).size() == 120);
  CHECK(of(bars, 5).size() == 24);
  CHECK(of(bars, 60).size() == 2);
  auto hour = of(bars, 60)[1];
  CHECK(hour.open == 160);
  CHECK(hour.high == 219);
  CHECK(hour.low == 160);
  CHECK(hour.close == 219);
  CHECK(hour.volume == 60);
  CHECK(hour.open_time_ns == 60 * ns_per_minute);
  CHECK(bars[bars.size() - 4].timeframe.minutes == 60);
  CHECK(bars.back().timeframe.minutes == 1);
}

TEST_CASE("up to three missing minutes are filled, a fourth begins a gap") {
  BarAggregator three{default_timeframes, false}, four{default_timeframes, false};
  auto filled = of(run(three, 20, [](Round r) { return r >= 6 && r <= 8; }), 1);
  CHECK(filled.size() == 20);
  CHECK(filled[7].is_gap);
  CHECK(filled[7].close == 105);
  CHECK(filled[7].volume == 0);
  CHECK_FALSE(filled[9].after_gap);
  auto all = run(four, 20, [](Round r) { return r >= 6 && r <= 9; });
  auto minutes = of(all, 1);
  CHECK(minutes.size() == 19);
  CHECK(minutes[8].is_gap);
  CHECK(minutes[9].after_gap);
  CHECK(minutes[9].open == 110);
  // The 5m bar of minutes 5-9 has one minute with data: it exists, closes on time and holds that minute only.
  auto fives = of(all, 5);
  CHECK(fives.size() == 4);
  CHECK(fives[1].close == 105);
  CHECK(fives[1].volume == 1);
  CHECK(std::none_of(fives.begin(), fives.end(), [](const Bar& bar) { return bar.after_gap; }));
}

TEST_CASE("a longer bar is a gap only where none of its minutes exists") {
  BarAggregator aggregator{default_timeframes, false};
  auto all = run(aggregator, 180, [](Round r) { return r >= 14 && r <= 61; });
  auto fives = of(all, 5), quarters = of(all, 15), hours = of(all, 60);
  CHECK(hours.size() == 3);
  CHECK(std::none_of(hours.begin(), hours.end(), [](const Bar& bar) { return bar.after_gap; }));
  CHECK(fives[2].close == 113);
  CHECK(fives[3].after_gap);
  CHECK(fives[3].open_time_ns == 60 * ns_per_minute);
  CHECK(fives[3].open == 162);
  CHECK(quarters[1].after_gap);
  CHECK_FALSE(quarters[2].after_gap);
}

TEST_CASE("a venue that was down leaves a gap at once, a closed session none") {
  BarAggregator down{default_timeframes, false}, closed{default_timeframes, false},
      equity{default_timeframes, true};
  auto absent = [](Round r) { return r >= 60 && r < 360; };
  auto outage = of(run(
                       down, 400, [](Round r) { return r == 30; }, RoundStatus::down),
                   1);
  CHECK(outage.size() == 399);
  CHECK(outage[30].after_gap);
  auto session = run(closed, 400, absent, RoundStatus::closed);
  CHECK(of(session, 1).size() == 100);
  CHECK(std::none_of(session.begin(), session.end(), [](const Bar& bar) { return bar.after_gap; }));
  auto overnight = run(equity, 400, absent);
  CHECK(std::none_of(overnight.begin(), overnight.end(), [](const Bar& bar) { return bar.after_gap; }));
}

TEST_CASE("native bars set the lowest timeframe, and shorter ones outrank longer ones") {
  BarAggregator aggregator{default_timeframes, false};
  std::vector<Bar> out;
  for (Round round = 0; round < 120; ++round) {
    auto native = bar_at(round, 100.0 + static_cast<double>(round), 5);
    auto due = (round + 1) % 5 == 0 && round != 64;
    aggregator.close_round(round, RoundStatus::ok, std::span{&native, due ? 1U : 0U}, {}, out);
  }
  CHECK(of(out, 1).empty());
  CHECK(of(out, 5).size() == 23);
  CHECK(of(out, 5)[12].after_gap);
  CHECK(of(out, 60).size() == 2);
  BarAggregator mixed{default_timeframes, false};
  out.clear();
  for (Round round = 0; round < 5; ++round) {
    std::vector<Bar> bars{bar_at(round, 50)};
    if (round == 4)
      bars.push_back(bar_at(round, 90, 5));
    mixed.close_round(round, RoundStatus::ok, bars, {}, out);
  }
  CHECK(of(out, 5).front().close == 50);
}

TEST_CASE("rounds left out count as quiet, however many") {
  BarAggregator stepped{default_timeframes, false}, jumped{default_timeframes, false};
  std::vector<Bar> a, b;
  for (Round round : {0, 1, 2, 5'000'000, 5'000'001}) {
    auto bar = bar_at(round, 100);
    jumped.close_round(round, RoundStatus::ok, {&bar, 1}, {}, b);
  }
  for (Round round = 0; round < 200; ++round) {
    auto bar = bar_at(round, 100);
    stepped.close_round(round, RoundStatus::quiet, std::span{&bar, round < 3 ? 1U : 0U}, {}, a);
  }
  CHECK(a.size() == of(b, 1).size() - 2 + of(b, 60).size() + of(b, 15).size() + of(b, 5).size());
  CHECK(b.back().after_gap == false);
  CHECK(of(b, 1)[6].after_gap);
}

TEST_CASE("the waits of a longer bar include those between its minutes") {
  auto ticks = random_ticks(900, 5);
  MinuteBuilder minutes{instrument(), {false, true, false}}, whole{instrument(), {false, true, false}};
  BarAggregator aggregator{std::array{Timeframe{5}}, false};
  std::vector<Bar> out;
  feed(whole, ticks, 0, ticks.time.size());
  std::size_t at = 0;
  for (Round round = 0; round < 5; ++round) {
    auto from = at;
    while (at < ticks.time.size() && (round_of(ticks.time[at]) <= round || round == 4))
      ++at;
    feed(minutes, ticks, from, at);
    auto bar = minutes.finish(round);
    aggregator.close_round(round, RoundStatus::ok, {&bar, 1}, {}, out);
  }
  auto expected = whole.finish(0);
  CHECK(out.at(0).interarrival_mean_ns == doctest::Approx(expected.interarrival_mean_ns).epsilon(1e-12));
  CHECK(out.at(0).interarrival_m2 == doctest::Approx(expected.interarrival_m2).epsilon(1e-10));
}
