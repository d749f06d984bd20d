#include "actors/feed/simulated/random.hpp"
#include "actors/feed/simulated/simulated_exchange.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

using namespace finch;
using namespace finch::feed;
using namespace finch::market;

namespace {

SimulatedConfig small(std::uint64_t seed = 7) {
  SimulatedConfig config;
  config.seed = seed;
  config.start = *parse_time("2024-08-01");
  return config;
}

/// Log-returns of every bar-to-bar mid of one slot.
std::vector<double> returns(const SimulatedConfig& config, std::size_t slot, int minutes) {
  auto symbol = SimulatedInstrument::make(config, slot);
  std::vector<double> out;
  for (int i = 0; i < minutes; ++i) {
    auto plan = symbol->advance();
    out.push_back(std::log(plan.mid_close / plan.mid_open));
  }
  return out;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double correlation(const std::vector<double>& a, const std::vector<double>& b, std::size_t lag = 0) {
  auto ma = mean(a), mb = mean(b);
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = lag; i < a.size(); ++i) {
    ab += (a[i - lag] - ma) * (b[i] - mb);
    aa += (a[i - lag] - ma) * (a[i - lag] - ma);
    bb += (b[i] - mb) * (b[i] - mb);
  }
  return ab / std::sqrt(aa * bb);
}

} // namespace

TEST_CASE("the fast normal quantile is the normal distribution's") {
  for (auto x : {-6.0, -3.1, -1.0, -0.2, 0.0, 0.4, 1.7, 2.5, 5.0})
    CHECK(normal_quantile(0.5 * std::erfc(-x / std::sqrt(2.0))) == doctest::Approx(x).epsilon(1e-7));
}

TEST_CASE("every instrument is synthetic and has the facts to trade it") {
  auto exchange = SimulatedExchange::make(small());
  REQUIRE(exchange.has_value());
  REQUIRE(exchange->instruments().size() == 36);
  CHECK(format_name(exchange->instruments()[0].name) == "sim.perp/BTC-USDT");
  for (const auto& instrument : exchange->instruments()) {
    CHECK(instrument.synthetic);
    CHECK(instrument.can_short());
    CHECK(instrument.funding_interval_min == 480);
  }
}

TEST_CASE("the same configuration gives the same minutes, another seed gives others") {
  auto one = SimulatedExchange::make(small()), two = SimulatedExchange::make(small()),
       other = SimulatedExchange::make(small(8));
  bool differs = false;
  for (int i = 0; i < 600; ++i) {
    const auto& plans = one->advance();
    REQUIRE(plans == two->advance());
    differs |= plans != other->advance();
  }
  CHECK(differs);
}

TEST_CASE("an instrument alone moves as it does among the others") {
  auto exchange = SimulatedExchange::make(small());
  auto alone = SimulatedInstrument::make(small(), 17);
  for (int i = 0; i < 600; ++i)
    REQUIRE(exchange->advance()[17] == alone->advance());
}

TEST_CASE("a snapshot resumes exactly where it was taken, and seeking equals advancing") {
  auto straight = SimulatedExchange::make(small()), resumed = SimulatedExchange::make(small()),
       sought = SimulatedExchange::make(small());
  for (int i = 0; i < 300; ++i)
    static_cast<void>(straight->advance());
  REQUIRE(resumed->resume(straight->snapshot()).has_value());
  REQUIRE(sought->seek(straight->next_round()).has_value());
  for (int i = 0; i < 200; ++i) {
    auto expected = straight->advance();
    REQUIRE(resumed->advance() == expected);
    REQUIRE(sought->advance() == expected);
  }
  CHECK(sought->seek(round_of(small().start)).error().category == Category::failed);
}

TEST_CASE("a snapshot of another exchange, or no snapshot at all, is refused") {
  auto exchange = SimulatedExchange::make(small()), other = SimulatedExchange::make(small(8));
  auto before = exchange->snapshot();
  CHECK(exchange->resume(other->snapshot()).error().category == Category::bad_input);
  CHECK(exchange->resume("nonsense").error().category == Category::bad_input);
  CHECK(exchange->resume(before.substr(0, before.size() - 1)).error().category == Category::bad_input);
  CHECK(exchange->snapshot() == before);
}

TEST_CASE("impossible configurations are refused with the value") {
  auto config = small();
  config.symbols = 37;
  CHECK(SimulatedExchange::make(config).error().message.find("37") != std::string::npos);
  config = small();
  config.ticks_per_second = std::nan("");
  CHECK(SimulatedExchange::make(config).error().category == Category::usage);
  config = small();
  config.late_probability = -0.1;
  CHECK(SimulatedExchange::make(config).error().category == Category::usage);
  CHECK(SimulatedInstrument::make(small(), 36).error().category == Category::usage);
}

TEST_CASE("the ticks of a minute make its bar, are ordered, on the grid and positive") {
  auto config = small();
  config.ticks_per_second = 0.3; // so that minutes with none, one, two and three trades occur
  auto exchange = SimulatedExchange::make(config);
  std::vector<int> counts(5);
  for (int minute = 0; minute < 400; ++minute) {
    const auto& plans = exchange->advance();
    for (const auto& plan : plans) {
      const auto& instrument = exchange->instruments()[plan.slot];
      auto tape = exchange->tape(plan.slot);
      auto ticks = tick_columns(instrument);
      auto quotes = quote_columns(instrument);
      tape.draw(plan, ticks, quotes);
      REQUIRE(ticks.size() == static_cast<std::size_t>(plan.trade_count));
      ++counts[std::min<std::size_t>(ticks.size(), 4)];
      std::int64_t volume = 0, bought = 0, high = 0, low = std::numeric_limits<std::int64_t>::max();
      for (std::size_t i = 0; i < ticks.size(); ++i) {
        REQUIRE(round_of(ticks.time_ns[i]) == plan.round);
        REQUIRE((i == 0 || ticks.time_ns[i] >= ticks.time_ns[i - 1]));
        REQUIRE(ticks.id[i] == plan.first_id + i);
        REQUIRE(ticks.price[i] > 0);
        REQUIRE(ticks.price[i] % instrument.tick_size == 0);
        REQUIRE(ticks.quantity[i] >= instrument.lot_size);
        REQUIRE(ticks.quantity[i] % instrument.lot_size == 0);
        high = std::max(high, ticks.price[i]);
        low = std::min(low, ticks.price[i]);
        volume += ticks.quantity[i];
        bought += ticks.side[i] == Side::buy ? ticks.quantity[i] : 0;
      }
      REQUIRE(volume == plan.volume);
      REQUIRE(bought == plan.buy_volume);
      if (plan.trade_count > 0) {
        REQUIRE(ticks.price.front() == plan.open);
        REQUIRE(ticks.price.back() == plan.close);
        REQUIRE(high == plan.high);
        REQUIRE(low == plan.low);
      }
      REQUIRE(quotes.size() == 12);
      for (std::size_t i = 0; i < quotes.size(); ++i) {
        REQUIRE(round_of(quotes.time_ns[i]) == plan.round);
        REQUIRE(quotes.bid_price[i] > 0);
        REQUIRE(quotes.bid_price[i] < quotes.ask_price[i]);
        REQUIRE(quotes.bid_quantity[i] >= instrument.lot_size);
        REQUIRE(quotes.ask_quantity[i] >= instrument.lot_size);
      }
    }
  }
  for (auto count : counts)
    CHECK(count > 0);
}

TEST_CASE("bars, count and volumes of the plan are what bars-only history stores") {
  auto exchange = SimulatedExchange::make(small());
  auto bars = bar_columns(exchange->instruments()[4]);
  FundingColumns funding;
  for (int i = 0; i < 1'440; ++i) {
    const auto& plan = exchange->advance()[4];
    auto before = bars.size();
    append_bar(plan, bars);
    append_funding(plan, funding);
    REQUIRE(bars.size() == before + (plan.trade_count > 0 ? 1 : 0));
    if (plan.trade_count > 0) {
      CHECK(bars.high.back() >= std::max(bars.open.back(), bars.close.back()));
      CHECK(bars.low.back() <= std::min(bars.open.back(), bars.close.back()));
    }
  }
  REQUIRE(funding.size() == 3);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(funding.time_ns[i] == small().start + static_cast<TimeNs>(i) * 8 * ns_per_hour);
}

TEST_CASE("returns have what markets have: correlation with BTC, fat tails, clustered volatility, no memory "
          "of sign") {
  auto config = small();
  auto btc = returns(config, 0, 20'000);
  for (std::size_t slot : {1U, 8U, 35U}) {
    auto other = returns(config, slot, 20'000);
    CHECK(correlation(btc, other) > 0.4);
    CHECK(correlation(btc, other) < 0.95);
  }
  double square = 0, fourth = 0;
  std::vector<double> size;
  for (auto value : btc) {
    square += value * value;
    fourth += value * value * value * value;
    size.push_back(std::abs(value));
  }
  auto n = static_cast<double>(btc.size());
  CHECK(fourth / n / (square / n * square / n) > 5); // 3 in a normal distribution
  for (std::size_t lag : {1U, 10U, 60U})
    CHECK(correlation(size, size, lag) > 0.05);
  CHECK(std::abs(correlation(btc, btc, 1)) < 0.05);
  auto a_year = std::sqrt(square / n * 525'600);
  CHECK(a_year > 0.25);
  CHECK(a_year < 1.0);
}

TEST_CASE("trading is as busy as configured, and BTC busier than the tail") {
  auto config = small();
  auto exchange = SimulatedExchange::make(config);
  constexpr int minutes = 7 * 1'440;
  std::vector<double> counts(36);
  for (int i = 0; i < minutes; ++i)
    for (const auto& plan : exchange->advance())
      counts[plan.slot] += plan.trade_count;
  auto average = std::accumulate(counts.begin(), counts.end(), 0.0) / (36.0 * minutes * 60);
  MESSAGE("ticks per second and instrument: " << average << ", BTC " << counts[0] / (minutes * 60.0));
  CHECK(average > 0.7);
  CHECK(average < 1.4);
  CHECK(counts[0] > 10 * counts[32]);
}

TEST_CASE("regimes come, last and go: all four within weeks, trends for hours") {
  MarketState state;
  auto round = round_of(small().start);
  std::array<int, 4> minutes{}, spells{};
  auto last = state.wander.regime;
  for (int i = 0; i < 120 * 1'440; ++i) {
    static_cast<void>(advance(state, 3, round++));
    auto now = state.wander.regime;
    ++minutes[static_cast<std::size_t>(now)];
    spells[static_cast<std::size_t>(now)] += now != last ? 1 : 0;
    last = now;
  }
  for (auto regime : {Regime::range, Regime::trend_up, Regime::trend_down, Regime::panic}) {
    auto at = static_cast<std::size_t>(regime);
    REQUIRE(spells[at] > 5);
    auto spell = minutes[at] / spells[at];
    CHECK(spell > (regime == Regime::panic ? 20 : 150));
    CHECK(spell < (regime == Regime::panic ? 120 : 800));
  }
}
