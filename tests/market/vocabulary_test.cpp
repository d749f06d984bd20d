#include "actors/market/decimal.hpp"
#include "actors/market/instrument.hpp"
#include "actors/market/money.hpp"
#include "actors/market/timeframe.hpp"

#include <doctest/doctest.h>

using namespace finch::market;

TEST_CASE("times are read and written in ISO-8601 UTC") {
  CHECK(parse_time("1970-01-01") == 0);
  CHECK(*parse_time("2024-08-09T00:00:00Z") == 1'723'161'600 * ns_per_s);
  CHECK(*parse_time("2024-08-09 02:30:00+02:30") == 1'723'161'600 * ns_per_s);
  CHECK(*parse_time("2024-08-09T00:00:00.000001") == 1'723'161'600 * ns_per_s + 1'000);
  CHECK(*parse_time("1723161600000") == 1'723'161'600 * ns_per_s);
  CHECK(*parse_time("1723161600000000") == 1'723'161'600 * ns_per_s);
  for (auto bad : {"", "2024-13-01", "2024-02-30", "yesterday", "2024-08-09T25:00", "2024-08-09T00:00:00Zx"})
    CHECK_FALSE(parse_time(bad).has_value());
  CHECK(format_time(1'723'161'600 * ns_per_s) == "2024-08-09T00:00:00Z");
  CHECK(format_time(1'723'161'600 * ns_per_s + 120'000'000) == "2024-08-09T00:00:00.12Z");
  CHECK(format_time(-ns_per_s) == "1969-12-31T23:59:59Z");
  CHECK(round_of(-1) == -1);
}

TEST_CASE("timeframes divide a day") {
  CHECK(parse_timeframe("1h")->minutes == 60);
  CHECK(format_timeframe({60}) == "60m");
  for (auto bad : {"7m", "0m", "m", "2d", "1w", ""})
    CHECK_FALSE(parse_timeframe(bad).has_value());
  CHECK(Timeframe{5}.closes_at(4));
  CHECK_FALSE(Timeframe{5}.closes_at(5));
}

TEST_CASE("decimals keep what was printed") {
  CHECK(*parse_decimal("0.00141342") == Decimal{141342, 8});
  CHECK(*parse_decimal("23.00000000") == Decimal{23, 0});
  CHECK(*parse_decimal("1236.7526000000000000") == Decimal{12367526, 4});
  CHECK(*parse_decimal("1E-8") == Decimal{1, 8});
  CHECK(*parse_decimal("-2.5e3") == Decimal{-2500, 0});
  CHECK(*parse_decimal("17724364.4400000013") == Decimal{177243644400000013, 10});
  CHECK(*parse_decimal("1000") == Decimal{1000, 0});
  CHECK(*parse_decimal("0.0") == Decimal{});
  for (auto bad :
       {"", "-", ".", "1..2", "nan", "inf", "1e", "0x10", "1e400", "99999999999999999999", "1e-19", "1 "})
    CHECK_FALSE(parse_decimal(bad).has_value());
  CHECK(format_decimal(141342, 8) == "0.00141342");
  CHECK(format_decimal(-2500, 3) == "-2.5");
  CHECK(format_decimal(0, 8) == "0");
  CHECK(*rescale({25, 1}, 8) == 250'000'000);
  CHECK_FALSE(rescale({25, 1}, 0).has_value());
}

TEST_CASE("money rounds half to even, once, and refuses overflow") {
  CHECK(divide_half_even(5, 2) == 2);
  CHECK(divide_half_even(7, 2) == 4);
  CHECK(divide_half_even(-5, 2) == -2);
  CHECK(notional(6'183'763, 2, 2'000'000, 8)->units == 123'675'260'000);
  CHECK(notional(15, 8, 1, 1)->units == 2);
  CHECK_FALSE(notional(INT64_MAX, 0, INT64_MAX, 0).has_value());
  CHECK(scale(Money{100'000'000}, 50'000)->units == 50'000);
}

TEST_CASE("instruments are found by full name or by an unambiguous symbol") {
  Instrument spot{.id = 1, .name = {"binance", "spot", "BTC", "USDT"}};
  Instrument perp{.id = 2, .name = {"binance", "um", "BTC", "USDT"}};
  Instrument eth{.id = 3, .name = {"binance", "um", "ETH", "USDT"}};
  std::vector known{spot, perp, eth};
  CHECK(resolve("ETHUSDT", known)->id == 3);
  CHECK(resolve("eth/usdt", known)->id == 3);
  CHECK(resolve("binance.um/BTC-USDT", known)->id == 2);
  auto ambiguous = resolve("BTC-USDT", known);
  REQUIRE_FALSE(ambiguous.has_value());
  CHECK(ambiguous.error().remedy == "name one of binance.spot/BTC-USDT, binance.um/BTC-USDT");
  CHECK(resolve("DOGE-USDT", known).error().category == finch::Category::usage);
  CHECK(split_symbol("SPY")->second == "USD");
}
