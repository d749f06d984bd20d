/// Where screen and exact part, and why.
#include "tests/backtest/support.hpp"

using namespace finch;
using namespace finch::backtest;
using namespace finch::backtest::test;

namespace {

market::Instrument coin() {
  market::Instrument instrument;
  instrument.id = 1;
  instrument.name = {"test", "perp", "BTC", "USDT"};
  instrument.quantity_decimals = 3;
  return instrument;
}

/// Quiet minutes at 100, then what `path` says of the minutes after minute 35: low, high and close in cents.
struct Minute {
  std::int64_t low, high, close;
};
BarMarket written(const std::vector<Minute>& path) {
  BarMarket market;
  market.instruments = {coin()};
  market.funding.resize(1);
  market.first = 20'089 * market::rounds_per_day;
  std::vector<Minute> minutes(35, {9'995, 10'005, 10'000});
  minutes.insert(minutes.end(), path.begin(), path.end());
  auto& bars = market.bars.emplace_back();
  std::int64_t open = 10'000;
  for (std::size_t i = 0; i < minutes.size(); ++i) {
    const auto& minute = minutes[i];
    bars.emplace_back(market::round_begin(market.first + static_cast<market::Round>(i)), open,
                      std::max({minute.high, open, minute.close}), std::min({minute.low, open, minute.close}),
                      minute.close, 5'000.0, std::nan(""), std::nan(""), 10, 1);
    open = minute.close;
  }
  market.last = market.first + static_cast<market::Round>(minutes.size()) - 1;
  return market;
}

/// Long after a bar that rose by half a percent, one percent to stop and target.
strategies::Spec bracket(std::string_view exits = {}) {
  return spec_of(fmt::format(R"({{"name": "bracket", "family": "momentum", "description": "A test.",
    "timeframes": ["5m"], "universe": "all", "parameters": {{}}, "enter_long": "close_open_ratio > 1.005",
    "confidence": "0.6", "exits": {{"stop_loss": {{"pct": 1}}, "take_profit": {{"pct": 1}}{}}}}})",
                             exits));
}

} // namespace

TEST_CASE("inside a longer bar the screen takes the stop before the target, whichever came first") {
  // Minutes 36 to 40 close the row that votes; in the next bar the target is met first, the stop later.
  auto market = written({{10'000, 10'010, 10'010},
                         {10'010, 10'020, 10'020},
                         {10'020, 10'050, 10'050},
                         {10'050, 10'080, 10'080},
                         {10'080, 10'100, 10'100},
                         {10'090, 10'110, 10'100},
                         {10'100, 10'300, 10'280},
                         {9'800, 10'280, 9'850},
                         {9'840, 9'860, 9'850},
                         {9'840, 9'860, 9'850}});
  auto both = run_both(market.sources(), market.instruments, {{bracket(), {5}}}, market.first, market.first,
                       market.last);
  const auto &exact = *both.exact[0]->trades(), &screened = *both.screened[0]->trades();
  REQUIRE(exact.size() == 1);
  REQUIRE(screened.size() == 1);
  // The same decision, entry and size.
  CHECK(exact.Get(0)->id() == screened.Get(0)->id());
  CHECK(exact.Get(0)->entry_price() == 10'100);
  CHECK(screened.Get(0)->entry_price() == 10'100);
  CHECK(exact.Get(0)->quantity() == screened.Get(0)->quantity());
  // The exact book saw the minutes in order; the screen saw one bar from 98.00 to 103.00.
  CHECK(exact.Get(0)->exit_reason() == fb::ExitReason::target);
  CHECK(screened.Get(0)->exit_reason() == fb::ExitReason::stop);
  CHECK(screened.Get(0)->net_units() < exact.Get(0)->net_units());
}

TEST_CASE("where the path inside the bar decides nothing, both agree on longer bars too") {
  auto market = written({{10'000, 10'010, 10'010},
                         {10'010, 10'020, 10'020},
                         {10'020, 10'050, 10'050},
                         {10'050, 10'080, 10'080},
                         {10'080, 10'100, 10'100},
                         {10'090, 10'110, 10'100},
                         {10'100, 10'300, 10'280},
                         {10'200, 10'280, 10'250},
                         {10'240, 10'260, 10'250},
                         {10'240, 10'260, 10'250}});
  auto both = run_both(market.sources(), market.instruments, {{bracket(), {5}}}, market.first, market.first,
                       market.last);
  REQUIRE(both.exact[0]->trades()->size() == 1);
  REQUIRE(both.screened[0]->trades()->size() == 1);
  const auto &exact = *both.exact[0]->trades()->Get(0), &screened = *both.screened[0]->trades()->Get(0);
  CHECK(exact.exit_reason() == fb::ExitReason::target);
  CHECK(screened.exit_reason() == fb::ExitReason::target);
  CHECK(exact.net_units() == screened.net_units());
  // The minute of the exit is known to the exact book only.
  CHECK(exact.exit_time_ns() < screened.exit_time_ns());
}

TEST_CASE("on ticks the exact book enters after its latency, the screen at the bar's open") {
  feed::SimulatedConfig config;
  config.symbols = 3;
  config.start = 20'089 * market::ns_per_day;
  auto exchange = must(feed::SimulatedExchange::make(config));
  auto first = exchange.next_round();
  auto sources = [&](const market::Instrument& instrument) {
    return feed::SimulatedSource::make(config, instrument, first).map([](auto source) {
      return std::unique_ptr<feed::Source>{std::move(source)};
    });
  };
  auto busy = library().back();
  auto both = run_both(sources, exchange.instruments(), {{busy, {1}}}, first, first, first + 479);
  const auto &exact = *both.exact[0]->trades(), &screened = *both.screened[0]->trades();
  REQUIRE(exact.size() > 20);
  REQUIRE(screened.size() > 20);
  std::size_t matched = 0;
  for (const auto* trade : exact)
    for (const auto* other : screened)
      if (trade->id() == other->id()) {
        ++matched;
        auto decided = market::round_close(static_cast<market::Round>(trade->id() >> 32U));
        CHECK(trade->entry_time_ns() > decided + 50 * market::ns_per_ms);
        CHECK(market::round_of(other->entry_time_ns()) == market::round_of(decided));
        CHECK(trade->side() == other->side());
      }
  // Once an exit fell differently the books are out of step until both are flat again.
  CHECK(matched * 2 > exact.size());
}
