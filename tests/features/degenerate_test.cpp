/// Degenerate markets over the whole way from trades to joined blocks: outages, quiet benchmarks, one trade a
/// bar, prices that never move.
#include "actors/features/calculator.hpp"
#include "actors/features/join.hpp"
#include "tests/features/market_blocks.hpp"
#include "tests/features/vectors.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace finch;
using namespace finch::features;

namespace {

constexpr market::Round midnight = 28'000'000 / 1'440 * 1'440;

/// One block per timeframe of a universe.
std::vector<Frame<fb::FeatureBlock>> blocks_of(const std::vector<market::Instrument>& universe,
                                               const std::vector<test::Script>& scripts, const Plan& plan,
                                               const std::vector<market::Timeframe>& frames) {
  Join join{universe, plan, frames};
  for (std::size_t i = 0; i < universe.size(); ++i) {
    InstrumentCalculator calculator{universe[i], plan, frames};
    calculator.consume(*test::one_block(scripts[i], universe[i].id));
    join.add(calculator.take(scripts[0].front().round, scripts[0].back().round));
  }
  return join.take();
}

struct View {
  const fb::FeatureBlock& block;
  const Plan& plan;

  [[nodiscard]] double operator()(std::string_view name, std::size_t row, std::size_t instrument = 0) const {
    auto rows = block.rounds()->size(), lanes = block.instruments()->size();
    return block.values()->data()[(*plan.index(name) * rows + row) * lanes + instrument];
  }
};

/// `count` rounds with `trades` trades each at prices from `price(round, trade)`.
template <class Price>
test::Script trading(std::size_t count, int trades, Price price) {
  test::Script out;
  for (std::size_t i = 0; i < count; ++i) {
    test::ScriptRound round;
    round.round = midnight + static_cast<market::Round>(i);
    for (int k = 0; k < trades; ++k)
      round.ticks.push_back({market::round_begin(round.round) + k * market::ns_per_s, price(i, k),
                             100 + static_cast<std::int64_t>(i % 7),
                             static_cast<std::int8_t>(k % 2 ? -1 : 1)});
    out.push_back(std::move(round));
  }
  return out;
}

void silence(test::Script& script, std::size_t from, std::size_t to) {
  for (auto i = from; i < to; ++i)
    script[i].ticks.clear();
}

} // namespace

TEST_CASE("an outage of half an hour is a gap of minutes, and none of hours") {
  std::vector<std::string> names{"volume"};
  for (const auto& definition : catalogue())
    if (definition.available())
      names.emplace_back(definition.name);
  auto plan = *Plan::make(names);
  auto script = trading(2'400, 3, [](std::size_t i, int k) {
    return 100'000 + static_cast<std::int64_t>((i * 37 + static_cast<std::size_t>(k) * 11) % 400);
  });
  silence(script, 1'210, 1'240);
  auto blocks = blocks_of({test::some_instrument(1, "COIN")}, {script}, plan, {{1}, {60}});
  View minutes{*blocks[0], plan}, hours{*blocks[1], plan};
  // Three minutes are filled, flat and without volume; then there are no rows.
  CHECK(minutes("volume", 1'209) > 0);
  for (std::size_t row = 1'210; row < 1'213; ++row) {
    CHECK(minutes("volume", row) == 0);
    CHECK(minutes("close", row) == minutes("close", 1'209));
    CHECK(minutes("ret_1", row) == 0);
  }
  REQUIRE(blocks[0]->rounds()->Get(1'213) == midnight + 1'240);
  for (const auto* name : {"sma_20", "ema_20", "rsi_14", "atr_14", "volatility_60", "adx_14", "cvd_60"}) {
    auto warmup = static_cast<std::size_t>(plan.warmups()[*plan.index(name)]);
    for (std::size_t i = 0; i < 200; ++i)
      CHECK_MESSAGE(std::isnan(minutes(name, 1'213 + i)) == (i < warmup), name);
  }
  CHECK(std::isfinite(minutes("typical_price", 1'213)));
  CHECK(std::isfinite(minutes("on_balance_volume", 1'213)));
  // The recursion went on from its state: it is not the average a series beginning here would have.
  test::Script rest(script.begin() + 1'240, script.end());
  auto fresh = blocks_of({test::some_instrument(1, "COIN")}, {rest}, plan, {{1}});
  View restarted{*fresh[0], plan};
  CHECK(minutes("sma_20", 1'213 + 19) == doctest::Approx(restarted("sma_20", 19)).epsilon(1e-12));
  CHECK(minutes("ema_200", 1'213 + 199) != restarted("ema_200", 199));
  REQUIRE(blocks[1]->rounds()->size() == 40);
  for (std::size_t row = 1; row < 40; ++row)
    CHECK(std::isfinite(hours("ret_1", row)));
  CHECK(std::isfinite(hours("sma_20", 30)));
}

TEST_CASE("a round marked down has no row, and the next bar begins anew") {
  auto plan = *Plan::make(std::vector<std::string>{"ret_1", "sma_5", "vwap_day"});
  auto script = trading(100, 2, [](std::size_t i, int) { return 1'000 + static_cast<std::int64_t>(i); });
  script[50].ticks.clear();
  script[50].status = fb::RoundStatus::down;
  auto blocks = blocks_of({test::some_instrument()}, {script}, plan, {{1}});
  View view{*blocks[0], plan};
  REQUIRE(blocks[0]->rounds()->size() == 99);
  CHECK(std::isnan(view("ret_1", 50)));
  CHECK(std::isnan(view("sma_5", 53)));
  CHECK(std::isfinite(view("sma_5", 54)));
  CHECK(std::isfinite(view("vwap_day", 50))); // the day's totals go on
}

TEST_CASE("features against a benchmark are missing while it is, and until their windows are full again") {
  auto plan = Plan::everything();
  std::vector<market::Instrument> universe{test::some_instrument(1, "COIN"), test::some_instrument(2, "BTC"),
                                           test::some_instrument(3, "ETH")};
  auto walk = [](unsigned seed) {
    return trading(600, 1, [seed](std::size_t i, int) {
      return 50'000 + static_cast<std::int64_t>((i * (i + seed) * 2'654'435'761U >> 7) % 900);
    });
  };
  std::vector<test::Script> scripts{walk(3), walk(5), walk(11)};
  silence(scripts[1], 300, 330);
  auto blocks = blocks_of(universe, scripts, plan, {{1}});
  View view{*blocks[0], plan};
  REQUIRE(blocks[0]->rounds()->size() == 600);
  const std::vector<std::pair<const char*, std::size_t>> against{
      {"btc_correlation", 60}, {"market_beta", 60}, {"rel_strength_btc_20", 20},
      {"btc_ret_1_lag_1", 2},  {"resid_ret_1", 61}, {"lead_lag_btc_60", 61}};
  for (auto [name, warmup] : against) {
    CAPTURE(std::string{name});
    CHECK(std::isfinite(view(name, 302)));
    // After three filled minutes BTC has no bar; its last one is still what these two look back on.
    auto looks_back =
        name == std::string_view{"btc_ret_1_lag_1"} || name == std::string_view{"lead_lag_btc_60"};
    for (std::size_t row = looks_back ? 304 : 303; row < 330; ++row)
      CHECK(std::isnan(view(name, row)));
    // BTC's first bar back, in row 330, has no return yet.
    for (std::size_t i = 0; i < 100; ++i)
      CHECK(std::isnan(view(name, 330 + i)) == (i < warmup));
    // BTC itself, and the two others against each other, are as they should be.
    for (std::size_t row = 303; row < 330; ++row)
      CHECK(std::isnan(view(name, row, 1)));
  }
  for (std::size_t row = 300; row < 400; ++row) {
    CHECK(std::isfinite(view("eth_correlation", row)));
    CHECK(std::isfinite(view("eth_beta", row)));
    CHECK(std::isfinite(view("breadth_up", row)));
  }
}

TEST_CASE("markets that do not move are neutral to each other") {
  auto plan = Plan::everything();
  std::vector<market::Instrument> universe{test::some_instrument(1, "COIN"), test::some_instrument(2, "BTC"),
                                           test::some_instrument(3, "ETH")};
  auto still = trading(200, 1, [](std::size_t, int) { return 5'000; });
  auto blocks = blocks_of(universe, {still, still, still}, plan, {{1}});
  View view{*blocks[0], plan};
  for (const auto& definition : catalogue())
    if (definition.group == "cross_asset")
      for (auto row = static_cast<std::size_t>(definition.warmup); row < 200; ++row)
        CHECK_MESSAGE(view(definition.name, row) == definition.neutral, definition.name);
  CHECK(view("btc_correlation", 199, 1) == 1);
  CHECK(view("eth_correlation", 199, 2) == 1);
}

TEST_CASE("bars of one trade, prices of one tick and jumps of a million are numbers") {
  auto plan = Plan::everything();
  std::vector<market::Instrument> universe{test::some_instrument(1, "COIN"), test::some_instrument(2, "BTC"),
                                           test::some_instrument(3, "ETH")};
  for (auto& instrument : universe)
    instrument.price_decimals = 8;
  auto quoted = [](test::Script script) {
    for (auto& round : script) {
      round.quotes.emplace_back(market::round_begin(round.round), 1, 10, 3, 10);
      if (round.round % 60 == 0)
        round.funding.emplace_back(market::round_begin(round.round), 1e-4);
    }
    return script;
  };
  // A coin that trades at 1 or 2 units of 1e-8; one that jumps a million times; one that stands still.
  auto coin = quoted(
      trading(7'000, 1, [](std::size_t i, int) { return 1 + static_cast<std::int64_t>(i * 7 % 13 % 2); }));
  auto jump =
      quoted(trading(7'000, 1, [](std::size_t i, int) { return i / 50 % 2 ? 2'000'000'000LL : 2'000LL; }));
  auto flat = quoted(trading(7'000, 1, [](std::size_t, int) { return 77LL; }));
  auto blocks = blocks_of(universe, {coin, jump, flat}, plan, {{1}, {15}});
  for (std::size_t t = 0; t < 2; ++t) {
    View view{*blocks[t], plan};
    auto rows = blocks[t]->rounds()->size();
    for (const auto& name : plan.names()) {
      std::size_t infinite = 0, unknown = 0;
      for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t i = 0; i < 3; ++i) {
          auto x = view(name, row, i);
          infinite += std::isinf(x);
          // The tape is too short for ten thousand trades.
          unknown += std::isnan(x) && row > rows - 20 && name != "large_trade_share";
        }
      CHECK_MESSAGE(infinite == 0, name);
      CHECK_MESSAGE(unknown == 0, name);
    }
  }
}
