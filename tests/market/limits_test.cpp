#include "actors/market/decimal.hpp"
#include "actors/market/money.hpp"
#include "actors/market/time.hpp"

#include <doctest/doctest.h>

#include <limits>

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
