#include "actors/expression/parser.hpp"
#include "tests/expression/support.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace finch::expression;

namespace {

std::string canonical(std::string_view text) {
  auto parsed = parse(text);
  REQUIRE_MESSAGE(parsed.has_value(), text << ": " << parsed.error().message);
  return format(parsed->root);
}

/// Place and first line of the error.
std::string problem(std::string_view text) {
  auto parsed = parse(text);
  REQUIRE_MESSAGE(!parsed.has_value(), text);
  return parsed.error().message.substr(0, parsed.error().message.find('\n'));
}

} // namespace

TEST_CASE("one spelling for each expression") {
  CHECK(canonical("close>open and(volume) >0") == "close > open and volume > 0");
  CHECK(canonical("a-(b-c)-(d*e)") == "a - (b - c) - d * e");
  CHECK(canonical("((a-b))-c") == "a - b - c");
  CHECK(canonical("-(a+b)*-c") == "-(a + b) * -c");
  CHECK(canonical("--a") == "--a");
  CHECK(canonical("not (a > b) and not(x or y)") == "not a > b and not (x or y)");
  CHECK(canonical("a and (b and c) or d") == "a and (b and c) or d");
  CHECK(canonical("(a > b) == (c > d)") == "(a > b) == (c > d)");
  CHECK(canonical("1.50 * 1e3 + .25") == "1.5 * 1000 + 0.25");
  CHECK(canonical("ret_5[BTC-USDT]@1h") == "ret_5@60m[BTC-USDT]");
  CHECK(canonical("if( a>0 , min(a,b , c) , x )") == "if(a > 0, min(a, b, c), x)");
}

TEST_CASE("every reference form is parsed") {
  CHECK(canonical("rsi_14 @60m < 30") == "rsi_14@60m < 30");
  CHECK(canonical("model.direction.p_up > 0.6") == "model.direction.p_up > 0.6");
  CHECK(canonical("votes(2, 'a', \"b\") > 0") == "votes(2, \"a\", \"b\") > 0");
}

TEST_CASE("parse, print and parse again is the identity on random trees") {
  test::Generator generator{20240809};
  int checked = 0;
  for (int i = 0; i < 4'000; ++i) {
    auto tree = generator.anything(1 + i % 6);
    if (count_nodes(tree) > max_nodes)
      continue;
    auto text = format(tree);
    auto parsed = parse(text);
    REQUIRE_MESSAGE(parsed.has_value(), text << "\n" << parsed.error().message);
    REQUIRE_MESSAGE(parsed->root == tree, text);
    REQUIRE(format(parsed->root) == text);
    ++checked;
  }
  CHECK(checked > 3'000);
}

TEST_CASE("errors name the column, what was expected and what was found") {
  struct Row {
    const char* text;
    const char* message;
  };
  const Row rows[] = {
      {"", "column 1: expected a value, found the end"},
      {"   ", "column 4: expected a value, found the end"},
      {"close >", "column 8: expected a value, found the end"},
      {"close > and open", "column 9: expected a value, found 'and'"},
      {"close open", "column 7: expected an operator or the end, found 'open'"},
      {"(close > open", "column 14: expected an operator or ')', found the end"},
      {"close > open)", "column 13: expected an operator or the end, found ')'"},
      {"a < b < c", "column 7: expected 'and', 'or' or the end, found '<'"},
      {"a && b", "column 3: expected an operator, found '&'"},
      {"a = b", "column 3: expected a comparison, found '='"},
      {"3x", "column 2: expected an operator after the number, found 'x'"},
      {"1.2.3", "column 4: expected an operator after the number, found '.'"},
      {"1e999", "column 1: expected a number a double can hold"},
      {"lag(close)", "column 10: expected 2 arguments for lag, found ')'"},
      {"lag(close, 1, 2)", "column 15: expected 2 arguments for lag, found an argument more"},
      {"min(close)", "column 10: expected 2 to 8 arguments for min, found ')'"},
      {"lag + 1", "column 5: expected '(' after the function lag, found '+'"},
      {"laag(close, 2)", "column 1: expected a function, found 'laag'"},
      {"a + not b", "column 5: expected a value, found 'not'"},
      {"rsi_14@7m > 1", "column 7: expected a timeframe such as @60m, found '@7m'"},
      {"rsi_14@", "column 8: expected a timeframe such as 60m after '@', found the end"},
      {"rsi_14[BTC USDT]", "column 11: expected a symbol such as BTC-USDT, closed by ']', found ' '"},
      {"x@5m@5m", "column 5: expected one timeframe and one symbol at most, found '@5m'"},
      {"votes(0, \"a\")",
       "column 7: expected how many votes are needed, a whole number of at least 1, found '0'"},
      {"votes(2, \"a\")", "column 7: expected at most 1 (the strategies named), found 2"},
      {"votes(1, a)", "column 10: expected a strategy's name in quotes, found 'a'"},
      {"close > 5 €", "column 11: expected a value or operator, found a character outside the language"},
      {"close # 5", "column 7: expected a value or operator, found '#'"},
      {"true()", "column 5: expected an operator or the end, found '('"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(problem(row.text) == row.message);
  }
}

TEST_CASE("the caret stands under the column") {
  auto error = parse("close > (open + ) * 2").error();
  CHECK(error.message ==
        "column 17: expected a value, found ')'\n  close > (open + ) * 2\n                  ^");
  CHECK(error.category == finch::Category::bad_input);
  CHECK(parse("meen(close, 2)").error().remedy == "did you mean mean?");
}

TEST_CASE("limits hold, however hostile the text") {
  std::string sum = "a", deep = "a", parentheses(3'000, '('), minus(4'000, '-'), nots;
  for (int i = 0; i < 300; ++i)
    sum += "*a";
  for (int i = 0; i < 40; ++i)
    deep = "abs(" + deep + ")";
  for (int i = 0; i < 1'000; ++i)
    nots += "not ";
  CHECK(problem(sum).find("expected at most 256 nodes") != std::string::npos);
  CHECK(problem(deep).find("expected at most 32 levels of nesting, found 41") != std::string::npos);
  CHECK(problem(parentheses).find("expected at most 32 levels") != std::string::npos);
  CHECK(problem(minus).find("expected at most 32 levels") != std::string::npos);
  CHECK(problem(nots).find("expected at most 32 levels") != std::string::npos);
  CHECK(problem(std::string(5'000, 'a')).find("expected at most 4096 bytes, found 5000") !=
        std::string::npos);
}

TEST_CASE("random bytes never do worse than an error") {
  std::mt19937_64 random{7};
  const std::string alphabet = "abz_0159.@[]()\"'<>=!+-*/, \n\tandornot\xE2\x82\xAC\x01";
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto length = random() % 40; length > 0; --length)
      text += alphabet[random() % alphabet.size()];
    auto parsed = parse(text);
    if (parsed)
      REQUIRE(parse(format(parsed->root))->root == parsed->root);
    else
      REQUIRE(parsed.error().message.substr(0, 7) == "column ");
  }
}
