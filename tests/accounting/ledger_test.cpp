#include "actors/accounting/ledger.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace finch::accounting;
using finch::market::Int128;
using finch::market::Money;

TEST_CASE("a round trip moves exactly the difference") {
  Ledger ledger{Money{10'000}};
  REQUIRE(
      post_fill(ledger, {.value = Money{500}, .fee = Money{3}, .spread = Money{2}, .slippage = Money{1}}));
  CHECK(ledger.balance(Entry::cash).units == 9'494);
  CHECK(ledger.balance(Entry::position).units == 500);
  REQUIRE(post_funding(ledger, Money{-4}));
  REQUIRE(
      post_fill(ledger, {.value = Money{-620}, .cost_closed = Money{500}, .fee = Money{5}, .closes = true}));
  CHECK(ledger.balance(Entry::cash).units == 10'000 + 120 - 3 - 2 - 1 + 4 - 5);
  CHECK(ledger.balance(Entry::position).units == 0);
  CHECK(ledger.balance(Entry::realised).units == -120);
  CHECK(ledger.balance(Entry::funding).units == -4);
  CHECK(ledger.total() == 0);
}

TEST_CASE("a short round trip realises its loss") {
  Ledger ledger{Money{1'000}};
  REQUIRE(post_fill(ledger, {.value = Money{-300}}));
  REQUIRE(post_fill(ledger, {.value = Money{350}, .cost_closed = Money{-300}, .closes = true}));
  CHECK(ledger.balance(Entry::cash).units == 950);
  CHECK(ledger.balance(Entry::realised).units == 50);
  CHECK(ledger.total() == 0);
}

TEST_CASE("what does not balance or does not fit is refused whole") {
  Ledger ledger{Money{INT64_MAX - 10}};
  CHECK_FALSE(ledger.post({{Entry::cash, Money{5}}, {Entry::fees, Money{-4}}}));
  auto refused = ledger.post({{Entry::position, Money{-11}}, {Entry::cash, Money{11}}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("cash") != std::string::npos);
  CHECK(ledger.balance(Entry::position).units == 0);
  CHECK_FALSE(post_funding(ledger, Money{INT64_MIN}));
  CHECK_FALSE(post_fill(ledger, {.value = Money{INT64_MAX}, .fee = Money{1}}));
  CHECK(ledger.total() == 0);
}

TEST_CASE("a million random operations conserve money exactly") {
  std::mt19937_64 draw{7};
  auto amount = [&](std::int64_t bound) {
    return Money{static_cast<std::int64_t>(draw() % static_cast<std::uint64_t>(2 * bound)) - bound};
  };
  constexpr std::int64_t start = 10'000'00000000;
  Ledger ledger{Money{start}};
  Int128 cash = start, gross = 0, fees = 0, spread = 0, slippage = 0, funding = 0;
  Money cost{};
  bool open = false;
  int refused = 0;
  for (int step = 0; step < 1'000'000; ++step) {
    bool conserved = false;
    if (draw() % 4 == 0) {
      auto payment = amount(1'000'000'000);
      conserved = post_funding(ledger, payment).has_value();
      funding += payment.units;
      cash -= payment.units;
    } else {
      // One fill in a thousand is absurdly large, so that refusals happen among the rest.
      auto value = amount(draw() % 1'000 == 0 ? INT64_MAX / 2 : 1'000'000'000'000);
      FillPosting fill{value, open ? cost : Money{}, amount(1'000'000), amount(1'000'000), amount(1'000'000),
                       open};
      if (post_fill(ledger, fill)) {
        conserved = true;
        fees += fill.fee.units, spread += fill.spread.units, slippage += fill.slippage.units;
        cash -= Int128{value.units} + fill.fee.units + fill.spread.units + fill.slippage.units;
        gross -= open ? Int128{value.units} + cost.units : 0;
        cost = open ? Money{} : value;
        open = !open;
      } else {
        ++refused;
        conserved = true;
      }
    }
    auto held = open ? Int128{cost.units} : Int128{0};
    if (!conserved || ledger.total() != 0 || ledger.balance(Entry::cash).units != cash ||
        ledger.balance(Entry::position).units != held ||
        cash + held != start + gross - fees - spread - slippage - funding)
      FAIL("money was made or lost at step " << step);
  }
  CHECK(refused > 0);
  CHECK(ledger.balance(Entry::realised).units == -gross);
  CHECK(ledger.balance(Entry::fees).units == fees);
  CHECK(ledger.balance(Entry::spread).units == spread);
  CHECK(ledger.balance(Entry::slippage).units == slippage);
  CHECK(ledger.balance(Entry::funding).units == funding);
}
