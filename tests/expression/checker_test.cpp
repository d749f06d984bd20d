#include "actors/expression/checker.hpp"
#include "tests/expression/support.hpp"

#include <doctest/doctest.h>

using namespace finch::expression;

namespace {

const test::World world;

std::string problem(std::string_view text) {
  auto parsed = parse(text);
  REQUIRE_MESSAGE(parsed.has_value(), text);
  auto checked = check_condition(*parsed, world);
  return checked ? "" : checked.error().message.substr(0, checked.error().message.find('\n'));
}

Checked number(std::string_view text) {
  auto checked = check(*parse(text), world);
  REQUIRE_MESSAGE(checked.has_value(), checked.error().message);
  return *checked;
}

} // namespace

TEST_CASE("units of price, volume and time do not mix") {
  struct Row {
    const char* text;
    const char* message; // empty: accepted
  };
  const Row rows[] = {
      {"close > open", ""},
      {"close / open > 1.01", ""},
      {"close - open > 0", ""},
      {"close * volume > open * volume", ""},
      {"mins_to_funding < 30", ""},
      {"mins_to_funding / 60 < 2 * level", ""},
      {"rsi_14 < 30 or rsi_14@60m > 70", ""},
      {"abs(close - open) / close > level", ""},
      {"zscore(volume, 20) > 2", ""},
      {"is_weekend and not is_weekend", ""},
      {"if(is_weekend, close, 0) > open", ""},
      {"if(is_weekend, close > open, is_weekend)", ""},
      {"is_weekend * 2 > 1", ""},
      {"sqrt(close * open) > close", ""},
      {"max(0, close - open) >= 0", ""},
      {"period > 3 and level < 2", ""},
      {"close > 100", "column 9: expected both sides of '>' in one unit, found a price and a plain number"},
      {"100 < close", "column 1: expected both sides of '<' in one unit, found a plain number and a price"},
      {"close > volume", "column 7: expected both sides of '>' in one unit, found a price and a volume"},
      {"close + rsi_14 > 0",
       "column 7: expected both sides of '+' in one unit, found a price and a unitless number"},
      {"close * volume > close",
       "column 16: expected both sides of '>' in one unit, found a price·volume and a price"},
      {"close / volume > mins_to_funding",
       "column 16: expected both sides of '>' in one unit, found a price/volume and a time"},
      {"clamp(close, 0, volume) > 0",
       "column 1: expected both sides of 'clamp' in one unit, found a price and a volume"},
      {"log(close) > 0", "column 5: expected a unitless number in log, found a price"},
      {"sqrt(close) > 0", "column 6: expected a unitless number or a square in sqrt, found a price"},
      {"close", "column 1: expected a condition, found a price"},
      {"rsi_14 and close > open", "column 1: expected a condition, found a unitless number"},
      {"not 3", "column 5: expected a condition, found a plain number"},
      {"(close > open) + 1 > 0", "column 8: expected a number, found a condition"},
      {"if(rsi_14, 1, 0) > 0", "column 4: expected a condition, found a unitless number"},
      {"if(is_weekend, close > open, 3)", "column 30: expected a condition, found a plain number"},
      {"nothing > 1", "column 1: expected a feature, found 'nothing'"},
      {"lag(close, rsi_14) > 0", "column 12: expected a window of 1 to 1000 rows in lag, found 'rsi_14', "
                                 "which changes from row to row"},
      {"lag(close, 2.5) > 0", "column 12: expected a window of 1 to 1000 rows in lag, found 2.5"},
      {"mean(close, 1) > 0", "column 13: expected a window of 2 to 1000 rows in mean, found 1"},
      {"mean(close, level) > 0", "column 13: expected a window of 2 to 1000 rows in mean, found 0.5"},
      {"mean(close, 2 * 3) > 0",
       "column 15: expected a window of 2 to 1000 rows in mean, found an expression"},
      {"mean(mean(close, 600), 600) > 0", "column 1: expected a lookback of at most 1000 rows, found 1198"},
      {"ema(close, 300) > 0", "column 1: expected a lookback of at most 1000 rows, found 1499"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(problem(row.text) == row.message);
  }
}

TEST_CASE("what is known about an expression") {
  CHECK(number("close / open").units == Units{});
  CHECK(format_units(number("close * close / volume").units) == "price²/volume");
  CHECK(format_units(number("1 / mins_to_funding").units) == "1/time");
  CHECK(number("rank(close, 10)").units == Units{});
  CHECK(number("2 * level").constant);
  CHECK_FALSE(number("2 * rsi_14").constant);
  CHECK(number("lag(mean(close, 20), 5)").lookback == 24);
  CHECK(number("cross_above(mean(close, 20), open)").lookback == 20);
  CHECK(number("delta(close, period)").lookback == 20); // the largest the parameter allows
  CHECK(number("ema(close, 10)").lookback == 49);
}

TEST_CASE("a number can be asked for in given units") {
  CHECK(check_number(*parse("2 * (close - open)"), world, {.price = 1}).has_value());
  CHECK(check_number(*parse("2.5"), world, {}).has_value());
  auto wrong = check_number(*parse("2.5 * ret_1"), world, {.price = 1});
  CHECK(wrong.error().message.find("column 5: expected a price number, found a unitless number") == 0);
}
