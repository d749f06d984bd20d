#include "actors/broker/book.hpp"
#include "tests/broker/tape.hpp"

#include <doctest/doctest.h>

using namespace finch;
using namespace finch::broker;
using namespace finch::test;
using fb::ExitReason;

namespace {

BookConfig free_book() {
  BookConfig config;
  config.account.instance = 3;
  config.account.name = "momentum/1m";
  config.account.first_round = start;
  config.account.costs.spread.fallback_bps = 0;
  config.account.costs.impact.y = 0;
  config.account.latency = {0, 0, 100, 0};
  return config;
}

/// A print every ten seconds at 100.00 plus one cent a round.
Tape steady(int rounds) {
  Tape tape;
  for (int round = 0; round < rounds; ++round)
    for (int tick = 0; tick < 6; ++tick)
      tape.tick(start + round, tick * 10 * second + second, 10'000 + round, 1'000'000'000'000);
  return tape;
}

std::vector<fb::Trade> run(Book& book, const Tape& tape, int rounds,
                           const std::map<market::Round, fb::Vote>& votes) {
  for (const auto& block : tape.blocks(start, start + rounds - 1))
    REQUIRE(book.consume(block));
  REQUIRE(book.votes(vote_block(1, book.config().account.minutes, start, start + rounds - 1, votes)));
  CHECK(book.advance() == start + rounds - 1);
  auto trades = book.account().trades();
  return {trades.begin(), trades.end()};
}

fb::Vote vote(int side, double stop = 2, double target = 0) {
  return {static_cast<std::int8_t>(side), 0, 0, 0.6F, stop, target, 0};
}
const fb::Vote close_long{0, 1, 0, 0.5F, 0, 0, 0};

} // namespace

TEST_CASE("a book risks one percent of its start equity, at most one start equity of notional") {
  Book book{free_book(), {perp()}};
  auto trades = run(book, steady(6), 6, {{start, vote(1, 2)}, {start + 3, close_long}});
  REQUIRE(trades.size() == 1);
  CHECK(trades[0].quantity() == 5'000'000'000); // 100 / 2.00
  CHECK(trades[0].planned_risk_units() == 100'00000000);
  CHECK(trades[0].exit_reason() == ExitReason::rule);
  CHECK(trades[0].entry_price() == 10'001);
  CHECK(trades[0].exit_price() == 10'004);
  CHECK(trades[0].net_units() == 1'50000000);

  Book tight{free_book(), {perp()}};
  trades = run(tight, steady(6), 6, {{start, vote(1, 0.5)}, {start + 3, close_long}});
  REQUIRE(trades.size() == 1);
  CHECK(trades[0].quantity() == 10'000'000'000); // 10,000 / 100.00
}

TEST_CASE("costs count into the risk of a trade") {
  auto config = free_book();
  config.account.costs.spread.fallback_bps = 10;
  auto instrument = perp();
  instrument.taker_fee_e8 = 50'000;
  Book book{config, {instrument}};
  auto trades = run(book, steady(6), 6, {{start, vote(1, 2)}, {start + 3, close_long}});
  REQUIRE(trades.size() == 1);
  CHECK(trades[0].quantity() == 4'545'454'545); // 100 / (2.00 + 100 · 20 bps)
}

TEST_CASE("an opposite vote closes, and re-entry waits for the next row") {
  Book book{free_book(), {perp()}};
  auto trades = run(book, steady(10), 10,
                    {{start, vote(1)}, {start + 2, vote(-1)}, {start + 3, vote(0)}, {start + 5, vote(-1)}});
  REQUIRE(trades.size() == 1);
  CHECK(trades[0].exit_reason() == ExitReason::opposite);
  CHECK(trades[0].exit_price() == 10'003);
  CHECK(book.account().find(1)->position().side() == -1);
  CHECK(book.account().find(1)->position().entry_price() == 10'006);
}

TEST_CASE("same-side votes hold, contradictory and stale votes do nothing") {
  Book book{free_book(), {perp()}};
  auto both = vote(1);
  both = {1, 1, 0, 0.6F, 2, 0, 0};
  auto trades = run(book, steady(10), 10,
                    {{start, both}, {start + 3, vote(1)}, {start + 4, vote(1)}, {start + 5, vote(1)}});
  CHECK(trades.empty());
  CHECK(book.result()->fills() == 1);
  CHECK(book.account().find(1)->position().entry_price() == 10'004);
}

TEST_CASE("cooldown, warm-up and maximum hold count in bars of the instance") {
  auto config = free_book();
  config.rules.cooldown_bars = 3;
  config.rules.max_hold_bars = 2;
  config.trade_from = start + 2;
  Book book{config, {perp()}};
  std::map<market::Round, fb::Vote> votes;
  for (int round = 0; round < 20; ++round)
    votes[start + round] = vote(1);
  auto trades = run(book, steady(20), 20, votes);
  REQUIRE(trades.size() >= 2);
  CHECK(trades[0].entry_price() == 10'003);
  CHECK(trades[0].exit_reason() == ExitReason::max_hold);
  CHECK(trades[0].exit_price() == 10'005);
  CHECK(trades[1].entry_price() == 10'009); // out in round 5, voting again at the close of round 8
  CHECK(book.result()->votes() == 18);
}

TEST_CASE("what a book cannot enter it refuses with a reason") {
  Book book{free_book(), {spot()}};
  run(book, steady(6), 6, {{start, vote(-1)}, {start + 1, vote(1, 0)}, {start + 2, vote(1, 1e11)}});
  CHECK(book.account().trades().empty());
  CHECK(book.result()->refusals() == 3);
  CHECK(book.result()->orders() == 0);
  CHECK(book.result()->decisions() == 3);
}

TEST_CASE(
    "rounds wait for votes as well as for data, and instruments outside their listing are not waited for") {
  Book book{free_book(), {perp(1), perp(2)}};
  auto tape = steady(6);
  for (const auto& block : tape.blocks(start, start + 5))
    REQUIRE(book.consume(block));
  REQUIRE(book.votes(vote_block(1, 1, start, start + 2, {})));
  CHECK(book.advance() == start - 1);
  book.set_listing(2, start + 5, INT64_MAX);
  CHECK(book.advance() == start + 2);
  REQUIRE(book.votes(vote_block(1, 1, start + 3, start + 9, {})));
  CHECK(book.advance() == start + 4);
  CHECK_FALSE(book.votes(vote_block(1, 1, start + 12, start + 14, {})));
}

TEST_CASE("a result holds the account to the last unit") {
  auto config = free_book();
  Book book{config, {perp()}};
  Tape tape = steady(130);
  run(book, tape, 130, {{start, vote(1)}, {start + 100, close_long}, {start + 110, vote(-1)}});
  auto result = book.result();
  CHECK(result->instance() == 3);
  CHECK(result->name()->str() == "momentum/1m");
  CHECK(result->rounds() == 130);
  CHECK(result->ticks() == 130 * 6);
  CHECK(result->fills() == 3);
  REQUIRE(result->equity()->size() == 3); // two hours and the last round
  CHECK(result->equity()->Get(0)->round() == start + 59);
  CHECK(result->equity()->Get(2)->round() == start + 129);
  CHECK(result->equity()->Get(2)->equity_units() == result->equity_end_units());
  CHECK(result->trades()->Get(0)->net_units() == 50'00000000);
  CHECK(result->equity_end_units() == 10'000'00000000 + 50'00000000 - 9'00000000);
  CHECK(result->max_drawdown() == doctest::Approx(9.0 / 10'050));
  CHECK(result->digest_low() != 0);
}
