#include "actors/market/bar_builder.hpp"
#include "actors/market/decimal.hpp"
#include "actors/market/money.hpp"
#include "actors/market/time.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <vector>

using namespace finch::market;

TEST_CASE("times past what nanoseconds hold are refused or held at the end, never wrapped") {
  CHECK(!parse_time("9999-12-31").has_value());
  CHECK(!parse_time("1600-01-01T00:00:00Z").has_value());
  CHECK(parse_time("2261-12-31T23:59:59Z").has_value());
  CHECK(from_unix(99'999'999'999) == 9'223'372'036 * ns_per_s);
  CHECK(from_unix(99'999'999'999'999) == 9'223'372'036 * ns_per_s);
  CHECK(from_unix(-99'999'999'999) == -9'223'372'036 * ns_per_s);
  CHECK(format_time(from_unix(1'767'225'600'000)) == "2026-01-01T00:00:00Z");
}

TEST_CASE("decimals print at both ends of their range") {
  CHECK(format_decimal(std::numeric_limits<std::int64_t>::min(), 18) == "-9.223372036854775808");
  CHECK(format_decimal(std::numeric_limits<std::int64_t>::max(), 0) == "9223372036854775807");
  CHECK(format_decimal(-5, 18) == "-0.000000000000000005");
  CHECK(format_decimal(-1'200, 2) == "-12");
}

TEST_CASE("a notional past 128 bits is nothing") {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  CHECK(!notional(most, 0, most, 0).has_value());
  CHECK(!notional(most, 0, 1, 0).has_value());
  CHECK(notional(3, 0, 2, 0) == Money{600'000'000});
}

TEST_CASE("a minute's sums are exact for prices far apart, absurd quantities, and more ticks than vectors "
          "take at once") {
  Instrument instrument;
  instrument.price_decimals = instrument.quantity_decimals = 0;
  std::vector<TimeNs> times(3'000);
  std::vector<std::int64_t> price(3'000), quantity(3'000);
  std::vector<std::int8_t> side(3'000);
  struct Case {
    std::int64_t price_step, quantity_step;
  };
  for (auto [price_step, quantity_step] : {Case{1, 7}, Case{1 << 20, 3}, Case{5, std::int64_t{1} << 50}}) {
    Int128 volume = 0, bought = 0, turnover = 0;
    for (std::size_t i = 0; i < price.size(); ++i) {
      times[i] = static_cast<TimeNs>(i);
      price[i] = 1'000'000 + price_step * static_cast<std::int64_t>(i * i % 4'001);
      quantity[i] = quantity_step * static_cast<std::int64_t>(i % 97);
      side[i] = static_cast<std::int8_t>(static_cast<int>(i % 3) - 1);
      volume += quantity[i];
      bought += side[i] > 0 ? quantity[i] : 0;
      turnover += static_cast<Int128>(price[i]) * quantity[i];
    }
    MinuteBuilder builder{instrument};
    builder.add(times, price, quantity, side);
    auto bar = builder.finish(0);
    CHECK(bar.volume == static_cast<double>(volume));
    CHECK(bar.buy_volume == static_cast<double>(bought));
    CHECK(bar.quote_volume == static_cast<double>(turnover));
    CHECK(bar.high == static_cast<double>(*std::ranges::max_element(price)));
    CHECK(bar.low == static_cast<double>(*std::ranges::min_element(price)));
    CHECK((bar.buy_count == 1'000 && bar.sell_count == 1'000));
  }
}
