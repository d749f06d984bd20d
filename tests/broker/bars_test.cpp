#include "actors/accounting/order_id.hpp"
#include "actors/broker/account.hpp"
#include "tests/broker/tape.hpp"

#include <doctest/doctest.h>

using namespace finch;
using namespace finch::broker;
using namespace finch::test;
using fb::ExitReason;

namespace {

/// An account on bars alone; the first bar gives it a mark and liquidity.
Account account_of(int minutes = 1) {
  AccountConfig config;
  config.first_round = start;
  config.minutes = minutes;
  config.costs.spread.fallback_bps = 0;
  config.costs.impact.y = 0;
  return {config, {perp()}};
}

std::vector<Reason> play(Account& account, const Tape& tape, market::Round last, market::Round decided,
                         int side, fb::Bracket bracket) {
  std::vector<Reason> refusals;
  for (const auto& block : tape.blocks(account.next_round(), last))
    REQUIRE(account.consume(block));
  while (account.ready(account.next_round()) && account.next_round() <= last) {
    auto round = account.next_round();
    account.close_round(round);
    std::vector<fb::OrderFields> orders;
    if (round == decided)
      orders.emplace_back(accounting::order_id(round, 1, 0), round, 1, static_cast<std::int8_t>(side), 0,
                          100'000'000, bracket);
    account.submit(round, orders);
    for (const auto& refusal : account.summary().refusals)
      refusals.push_back(refusal.reason);
  }
  return refusals;
}

Tape tape_of(std::initializer_list<std::array<std::int64_t, 4>> bars) {
  Tape tape;
  tape.bar(start, 10'000, 10'000, 10'000, 10'000, 1e6);
  auto round = start;
  for (const auto& [open, high, low, close] : bars)
    tape.bar(++round, open, high, low, close);
  return tape;
}

} // namespace

TEST_CASE("an order fills at the next bar's open, after its latency") {
  auto account = account_of();
  play(account, tape_of({{10'020, 10'090, 10'010, 10'050}}), start + 1, start, 1, {});
  REQUIRE(account.summary().fills.size() == 1);
  CHECK(account.summary().fills[0].price == 10'020);
  CHECK(account.summary().fills[0].time_ns > market::round_begin(start + 1));
  CHECK(account.summary().fills[0].time_ns < market::round_begin(start + 1) + 10 * second);
  CHECK(account.equity().units == 10'000'30000000);
}

TEST_CASE("the fill bar itself may stop the position, and the stop comes before the target") {
  auto account = account_of();
  play(account, tape_of({{10'020, 10'200, 9'900, 10'150}}), start + 1, start, 1, {1, 1, 0, 0, 0, 0});
  REQUIRE(account.trades().size() == 1);
  CHECK(account.trades()[0].exit_reason() == ExitReason::stop);
  CHECK(account.trades()[0].exit_price() == 9'920);
  CHECK(account.trades()[0].exit_time_ns() == market::round_close(start + 1));
  CHECK(account.trades()[0].mfe() == 0);
  CHECK(account.trades()[0].mae() == 100);
}

TEST_CASE("a bar that opens beyond the stop fills at its open") {
  for (int side : {1, -1}) {
    auto account = account_of();
    auto far = 10'000 - side * 250;
    play(account, tape_of({{10'000, 10'040, 9'960, 10'000}, {far, far + 20, far - 20, far}}), start + 2,
         start, side, {1, 0, 0, 0, 0, 0});
    REQUIRE(account.trades().size() == 1);
    CHECK(account.trades()[0].exit_price() == far);
    CHECK(account.trades()[0].net_units() == -2'50000000);
  }
}

TEST_CASE("a target on bars needs a price strictly beyond it") {
  auto account = account_of();
  play(account, tape_of({{10'000, 10'100, 9'960, 10'050}, {10'050, 10'101, 9'950, 10'000}}), start + 2, start,
       1, {1, 1, 0, 0, 0, 0});
  REQUIRE(account.trades().size() == 1);
  CHECK(account.trades()[0].exit_reason() == ExitReason::target);
  CHECK(account.trades()[0].exit_price() == 10'100);
  CHECK(account.trades()[0].exit_time_ns() == market::round_close(start + 2));
  CHECK(account.trades()[0].mae() == 50);
}

TEST_CASE("trailing and break-even move at the bar's close") {
  auto account = account_of();
  // The first bar runs up 2.00 and back down through the level its high implies: the stop only moves
  // afterwards.
  play(account, tape_of({{10'000, 10'200, 9'960, 10'180}, {10'170, 10'175, 10'140, 10'150}}), start + 2,
       start, 1, {1, 0, 0.5, 0, 0, 0});
  REQUIRE(account.trades().size() == 1);
  CHECK(account.trades()[0].exit_reason() == ExitReason::trailing);
  CHECK(account.trades()[0].exit_price() == 10'150);

  auto even = account_of();
  play(even, tape_of({{10'000, 10'150, 9'950, 10'100}, {10'100, 10'120, 9'990, 10'000}}), start + 2, start, 1,
       {1, 0, 0, 1.5, 0, 0});
  REQUIRE(even.trades().size() == 1);
  CHECK(even.trades()[0].exit_reason() == ExitReason::break_even);
  CHECK(even.trades()[0].net_units() == 0);
}

TEST_CASE("maximum hold closes at the open after so many bars") {
  auto account = account_of();
  play(account,
       tape_of({{10'000, 10'010, 9'990, 10'000},
                {10'010, 10'020, 10'000, 10'010},
                {10'020, 10'030, 10'010, 10'020}}),
       start + 3, start, -1, {5, 0, 0, 0, 2, 0});
  REQUIRE(account.trades().size() == 1);
  CHECK(account.trades()[0].exit_reason() == ExitReason::max_hold);
  CHECK(account.trades()[0].exit_price() == 10'020);
}

TEST_CASE("five-minute bars fill at their open and expire with their bar") {
  Tape tape;
  tape.bar(start + 4, 10'000, 10'000, 10'000, 10'000, 1e6, 5);
  tape.bar(start + 9, 10'030, 10'060, 10'010, 10'050, 1e3, 5);
  auto account = account_of(5);
  auto refusals = play(account, tape, start + 9, start + 4, 1, {});
  CHECK(refusals.empty());
  REQUIRE(account.summary().fills.size() == 1);
  CHECK(account.summary().fills[0].price == 10'030);
  CHECK(market::round_of(account.summary().fills[0].time_ns) == start + 5);

  Tape gap;
  gap.bar(start + 4, 10'000, 10'000, 10'000, 10'000, 1e6, 5);
  gap.bar(start + 14, 10'030, 10'060, 10'010, 10'050, 1e3, 5);
  auto waiting = account_of(5);
  CHECK(play(waiting, gap, start + 14, start + 4, 1, {}) == std::vector{Reason::expired});
}

TEST_CASE("ticks outrank bars and one-minute bars outrank five-minute bars") {
  auto tape = tape_of({{9'000, 9'000, 9'000, 9'000}});
  tape.tick(start + 1, second, 10'040);
  auto account = account_of();
  play(account, tape, start + 1, start, 1, {});
  REQUIRE(account.summary().fills.size() == 1);
  CHECK(account.summary().fills[0].price == 10'040);
  CHECK(account.result()->bars() == 1);
  CHECK(account.result()->ticks() == 1);

  Tape both;
  for (int round = 0; round < 10; ++round)
    both.bar(start + round, 10'000 + round, 10'000 + round, 10'000 + round, 10'000 + round, 1e6);
  both.bar(start + 9, 5'000, 5'000, 5'000, 5'000, 1, 5);
  auto fine = account_of();
  play(fine, both, start + 9, start + 4, 1, {1, 0, 0, 0, 0, 0});
  CHECK(fine.trades().empty());
  CHECK(fine.result()->bars() == 10);
}

TEST_CASE("who holds into a bar pays its funding, who enters in it does not") {
  auto tape = tape_of({{10'000, 10'000, 10'000, 10'000}, {10'000, 10'000, 9'000, 9'000}});
  tape.funding(start + 1, 5'000'000, 0.001);
  tape.funding(start + 2, 0, 0.0001);
  auto account = account_of();
  play(account, tape, start + 2, start, 1, {2, 0, 0, 0, 0, 0});
  REQUIRE(account.trades().size() == 1);
  CHECK(account.trades()[0].funding_units() == 1'000000);
}
