#include "actors/accounting/order_id.hpp"
#include "actors/broker/account.hpp"
#include "tests/broker/tape.hpp"

#include <doctest/doctest.h>

using namespace finch;
using namespace finch::broker;
using namespace finch::test;

namespace {

AccountConfig free_config(market::Round first = start) {
  AccountConfig config;
  config.first_round = first;
  config.costs.spread.fallback_bps = 0;
  config.costs.impact.y = 0;
  config.latency = accounting::no_latency;
  return config;
}

fb::OrderFields order(market::Round round, int side, int reduce = 0, market::InstrumentId instrument = 1) {
  return {accounting::order_id(round, instrument, 0), round,       instrument, static_cast<std::int8_t>(side),
          static_cast<std::uint8_t>(reduce),          100'000'000, {}};
}

void feed(Account& account, const Tape& tape, market::Round last) {
  for (const auto& block : tape.blocks(account.next_round(), last))
    REQUIRE(account.consume(block));
}

} // namespace

TEST_CASE("the day's figures start over at midnight") {
  constexpr market::Round midnight = 28'000'800;
  static_assert(midnight % market::rounds_per_day == 0);
  Tape tape;
  for (int round = -6; round < 4; ++round)
    tape.tick(midnight + round, second, 10'000 - 100 * (round + 6), 1'000'000'000'000);
  Account account{free_config(midnight - 6), {perp()}};
  feed(account, tape, midnight + 3);
  std::vector<fb::OrderFields> orders{order(midnight - 6, 1), order(midnight - 5, 0, 1),
                                      order(midnight - 3, 1)};
  for (auto round = midnight - 6; round < midnight + 3; ++round) {
    account.close_round(round);
    auto state = account.state();
    if (round == midnight - 4) { // bought at 99, sold at 98
      CHECK(state->realised_today_units() == -1'00000000);
      CHECK(state->losses_in_a_row() == 1);
    }
    if (round == midnight - 1) { // bought at 96, marked at 95
      CHECK(state->day_start_equity_units() == 9'998'00000000);
      CHECK(state->peak_today_units() == 9'998'00000000);
      CHECK(state->realised_today_units() == 0);
    }
    if (round == midnight + 1) {
      CHECK(state->day_start_equity_units() == 9'998'00000000);
      CHECK(state->equity_units() == 9'996'00000000);
    }
    std::vector<fb::OrderFields> now;
    for (const auto& one : orders)
      if (one.round() == round)
        now.push_back(one);
    REQUIRE(account.submit(round, now));
  }
}

TEST_CASE("an order block carries orders, refusals and the flatten switch") {
  Tape tape;
  for (int round = 0; round < 4; ++round)
    tape.tick(start + round, second, 10'000, 1'000'000'000'000);
  Account account{free_config(), {perp()}};
  feed(account, tape, start + 3);
  auto block = [](market::Round round, std::vector<fb::OrderFields> orders,
                  std::vector<fb::RefusalFields> refusals, bool flatten) {
    flatbuffers::FlatBufferBuilder builder;
    auto order_column = builder.CreateVectorOfStructs(orders);
    auto refusal_column = builder.CreateVectorOfStructs(refusals);
    return Frame<fb::OrderBlock>::own(
        builder, fb::CreateOrderBlock(builder, round, order_column, refusal_column, flatten));
  };
  account.close_round(start);
  auto wrong = account.submit(*block(start + 1, {}, {}, false));
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().message.find(std::to_string(start)) != std::string::npos);
  REQUIRE(account.submit(*block(start, {order(start, 1), order(start, 1, 0, 7)}, {{start, 1, 5}}, false)));
  REQUIRE(account.summary().refusals.size() == 2);
  CHECK(account.summary().refusals[0].reason == static_cast<Reason>(5));
  CHECK(account.summary().refusals[1].reason == Reason::unknown_instrument);
  CHECK_FALSE(account.submit(start, {}));
  account.close_round(start + 1);
  CHECK(account.summary().fills.size() == 1);
  REQUIRE(account.submit(*block(start + 1, {}, {}, true)));
  account.close_round(start + 2);
  REQUIRE(account.trades().size() == 1);
  CHECK(account.trades()[0].exit_reason() == fb::ExitReason::flatten);
}

TEST_CASE("prints after a close wait until its orders are in") {
  Tape tape;
  tape.tick(start, second, 10'000, 1'000'000'000'000);
  tape.tick(start + 1, second, 10'010);
  tape.tick(start + 1, 2 * second, 9'000);
  Account account{free_config(), {perp()}};
  auto blocks = tape.blocks(start, start + 1, 1);
  REQUIRE(account.consume(blocks[0]));
  REQUIRE(account.consume(blocks[1]));
  account.close_round(start);
  CHECK(account.find(1)->mark() ==
        10'000); // the second block holds the close and the next round's first print
  fb::OrderFields entry{accounting::order_id(start, 1, 0), start, 1, 1, 0, 100'000'000, {1, 0, 0, 0, 0, 0}};
  REQUIRE(account.submit(start, {&entry, 1}));
  CHECK(account.find(1)->mark() == 10'010);
  CHECK(account.find(1)->position().is_open());
  CHECK(*account.consume(blocks[2]) == 1); // the stop, at once
  CHECK_FALSE(account.find(1)->position().is_open());
}

TEST_CASE("records keep order, and what is recorded changes the digest") {
  Digest one, two, empty;
  one.add(RecordKind::equity, std::int64_t{1}, std::int64_t{2});
  auto early = one.value();
  two.add(RecordKind::equity, std::int64_t{2}, std::int64_t{1});
  CHECK(early != two.value());
  CHECK(early != empty.value());
  for (int record = 0; record < 5'000; ++record) {
    one.add(RecordKind::control, record);
    if (record == 2'500)
      CHECK(one.value() != early);
  }
  Digest again;
  again.add(RecordKind::equity, std::int64_t{1}, std::int64_t{2});
  for (int record = 0; record < 5'000; ++record)
    again.add(RecordKind::control, record);
  CHECK(one.value() == again.value());
  CHECK(format_digest({0xAB, 1}) == "000000000000000100000000000000ab");
}

TEST_CASE("liquidity is a day's volume and volatility as of the last closed round") {
  Liquidity liquidity;
  CHECK(liquidity.day_volume() == 0);
  CHECK(liquidity.day_sigma() == 0);
  auto round = start;
  for (; round < start + 30; ++round)
    liquidity.close_round(round, 2, 9'990, 10'010, 1);
  CHECK(liquidity.day_volume() == doctest::Approx(2'880));
  CHECK(liquidity.day_sigma() == doctest::Approx(0.002 * std::sqrt(1'440 / (4 * std::log(2)))));
  for (; round < start + 2 * 1'440; ++round)
    liquidity.close_round(round, 3, 0, 0, 1);
  CHECK(liquidity.day_volume() == doctest::Approx(4'320));
  liquidity.close_round(round, 4, 0, 0, 1); // a new hour: 23 whole ones and one round of it
  CHECK(liquidity.day_volume() == doctest::Approx((23 * 60 * 3 + 4) * 1'440.0 / (23 * 60 + 1)));
  liquidity.note_spread(round, 7);
  CHECK(liquidity.spread_bps() == 7);
  liquidity.close_round(round + 60, 0, 0, 0, 1);
  CHECK(std::isnan(liquidity.spread_bps()));
  liquidity.close_round(round + 100'000, 0, 0, 0, 1);
  CHECK(liquidity.day_volume() == 0);
}
