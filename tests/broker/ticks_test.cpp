#include "actors/accounting/order_id.hpp"
#include "actors/broker/account.hpp"
#include "tests/broker/tape.hpp"

#include <doctest/doctest.h>

using namespace finch;
using namespace finch::broker;
using namespace finch::test;
using fb::ExitReason;

namespace {

AccountConfig free_config() {
  AccountConfig config;
  config.first_round = start;
  config.costs.spread.fallback_bps = 0;
  config.costs.impact.y = 0;
  config.latency = {0, 0, 100, 0};
  return config;
}

/// One account fed from one tape, round by round; every round has a print that gives it a mark and liquidity.
struct Scene {
  explicit Scene(AccountConfig config = free_config(), market::Instrument instrument = perp())
      : account{std::move(config), {std::move(instrument)}} {}

  fb::OrderFields entry(market::Round round, int side, fb::Bracket bracket = {},
                        std::int64_t quantity = 100'000'000) {
    return {
        accounting::order_id(round, 1, 0), round, 1, static_cast<std::int8_t>(side), 0, quantity, bracket};
  }
  fb::OrderFields exit(market::Round round, int reduce = 1) {
    return {accounting::order_id(round, 1, 0), round, 1, 0, static_cast<std::uint8_t>(reduce), 0, {}};
  }

  /// Plays rounds up to `last`, submitting the orders given for each.
  void play(market::Round last, const std::vector<fb::OrderFields>& orders = {}) {
    for (const auto& block : tape.blocks(account.next_round(), last))
      REQUIRE(account.consume(block));
    while (account.next_round() <= last) {
      auto round = account.next_round();
      REQUIRE(account.ready(round));
      account.close_round(round);
      std::vector<fb::OrderFields> now;
      for (const auto& order : orders)
        if (order.round() == round)
          now.push_back(order);
      account.submit(round, now);
      for (const auto& refusal : account.summary().refusals)
        refusals.push_back(refusal.reason);
      for (const auto& fill : account.summary().fills)
        fills.push_back(fill);
    }
  }

  const fb::Trade& only_trade() {
    REQUIRE(account.trades().size() == 1);
    return account.trades()[0];
  }

  Tape tape;
  Account account;
  std::vector<Reason> refusals;
  std::vector<Fill> fills;
};

constexpr std::int64_t ms = market::ns_per_ms;

} // namespace

TEST_CASE("an order fills at the first print strictly after decision and latency") {
  Scene scene;
  scene.tape.tick(start, 0, 10'000, 1'000'000'000'000);
  scene.tape.tick(start + 1, 50 * ms, 10'001);
  scene.tape.tick(start + 1, 100 * ms, 10'002); // at the arrival itself: not yet
  scene.tape.tick(start + 1, 100 * ms + 1, 10'003);
  scene.tape.tick(start + 1, 200 * ms, 10'004);
  scene.play(start + 1, {scene.entry(start, 1)});
  REQUIRE(scene.fills.size() == 1);
  CHECK(scene.fills[0].price == 10'003);
  CHECK(scene.fills[0].time_ns == market::round_begin(start + 1) + 100 * ms + 1);
  CHECK(scene.fills[0].value.units == 100'03000000);
  CHECK(scene.account.equity().units == 10'000'00000000 + 1'000000); // marked one cent higher
  CHECK(scene.account.summary().cash.units == 10'000'00000000 - 100'03000000);
}

TEST_CASE("late prints are played in stream order and never fill an order that arrives after them") {
  Scene scene;
  scene.tape.tick(start, 0, 10'000, 1'000'000'000'000);
  scene.tape.tick(start + 1, -5 * second, 9'000);
  scene.tape.tick(start + 1, 90 * ms, 9'500);
  scene.tape.tick(start + 1, second, 10'010);
  scene.play(start + 1, {scene.entry(start, 1, {5, 0, 0, 0, 0, 0})});
  REQUIRE(scene.fills.size() == 1);
  CHECK(scene.fills[0].price == 10'010);
}

TEST_CASE("an entry without a print in its bar is cancelled and counted") {
  auto config = free_config();
  Scene scene{config};
  scene.tape.tick(start, 0, 10'000, 1'000'000'000'000);
  scene.tape.tick(start + 2, second, 10'010);
  scene.play(start + 2, {scene.entry(start, 1)});
  CHECK(scene.fills.empty());
  CHECK(scene.refusals == std::vector{Reason::expired});

  config.instance_minutes = {5}; // the bracket's instance trades 5m bars: the order lives on
  Scene patient{config};
  patient.tape = scene.tape;
  patient.play(start + 2, {patient.entry(start, 1)});
  REQUIRE(patient.fills.size() == 1);
  CHECK(patient.fills[0].price == 10'010);
}

TEST_CASE("a stop fills at the print that gaps through it, with its costs in separate accounts") {
  auto config = free_config();
  config.costs.spread.fallback_bps = 4;
  auto instrument = perp();
  instrument.taker_fee_e8 = 50'000;
  instrument.maker_fee_e8 = 20'000;
  Scene scene{config, instrument};
  scene.tape.tick(start, 0, 10'000, 1'000'000'000'000);
  scene.tape.tick(start + 1, second, 10'000);
  scene.tape.tick(start + 1, 2 * second, 10'050);
  scene.tape.tick(start + 2, second, 9'700);
  scene.play(start + 2, {scene.entry(start, 1, {2, 10, 0, 0, 0, 0})});
  const auto& trade = scene.only_trade();
  CHECK(trade.exit_reason() == ExitReason::stop);
  CHECK(trade.entry_price() == 10'000);
  CHECK(trade.exit_price() == 9'700);
  CHECK(trade.stop_price() == 9'800);
  CHECK(trade.gross_units() == -3'00000000);
  CHECK(trade.fees_units() == 5'000000 + 4'850000);
  CHECK(trade.spread_units() == 2'000000 + 1'940000);
  CHECK(trade.slippage_units() == 0);
  CHECK(trade.net_units() == -3'00000000 - 9'850000 - 3'940000);
  CHECK(trade.mfe() == 50);
  CHECK(trade.mae() == 300);
  CHECK(trade.planned_risk_units() == 2'00000000);
  CHECK(scene.account.equity().units == 10'000'00000000 + trade.net_units());
  CHECK(scene.account.ledger().balance(accounting::Entry::fees).units == trade.fees_units());
  CHECK(scene.account.ledger().balance(accounting::Entry::position).units == 0);
}

TEST_CASE("a target fills at its limit as maker, for longs and shorts") {
  for (int side : {1, -1}) {
    auto instrument = perp();
    instrument.maker_fee_e8 = 20'000;
    Scene scene{free_config(), instrument};
    scene.tape.tick(start, 0, 10'000, 1'000'000'000'000);
    scene.tape.tick(start + 1, second, 10'000);
    scene.tape.tick(start + 1, 2 * second, 10'000 + side * 100); // touched, not passed
    scene.tape.tick(start + 1, 3 * second, 10'000 - side * 30);
    scene.tape.tick(start + 1, 4 * second, 10'000 + side * 130);
    scene.play(start + 1, {scene.entry(start, side, {2, 1, 0, 0, 0, 0})});
    const auto& trade = scene.only_trade();
    CHECK(trade.exit_reason() == ExitReason::target);
    CHECK(trade.exit_price() == 10'000 + side * 100);
    CHECK(trade.exit_time_ns() == market::round_begin(start + 1) + 4 * second);
    CHECK(trade.gross_units() == 1'00000000);
    CHECK(trade.fees_units() == (side > 0 ? 2'020000 : 1'980000));
    CHECK(trade.mfe() == 100);
    CHECK(trade.mae() == 30);
    CHECK(scene.fills.back().maker);
  }
}

TEST_CASE("trailing and break-even stops move with each print") {
  Scene scene;
  scene.tape.tick(start, 0, 10'000, 1'000'000'000'000);
  scene.tape.ticks(start + 1) = {{market::round_begin(start + 1) + second, 10'000, 1},
                                 {market::round_begin(start + 1) + 2 * second, 10'080, 1},
                                 {market::round_begin(start + 1) + 3 * second, 10'031, 1},
                                 {market::round_begin(start + 1) + 4 * second, 10'029, 1}};
  scene.play(start + 1, {scene.entry(start, 1, {1, 0, 0.5, 0, 0, 0})});
  CHECK(scene.only_trade().exit_reason() == ExitReason::trailing);
  CHECK(scene.only_trade().exit_price() == 10'029);

  Scene even;
  even.tape.tick(start, 0, 10'000, 1'000'000'000'000);
  even.tape.tick(start + 1, second, 10'000);
  even.tape.tick(start + 1, 2 * second, 10'100);
  even.tape.tick(start + 2, 2 * second, 9'990);
  even.play(start + 2, {even.entry(start, 1, {1, 0, 0, 1, 0, 0})});
  CHECK(even.only_trade().exit_reason() == ExitReason::break_even);
  CHECK(even.only_trade().exit_price() == 9'990);
}

TEST_CASE("maximum hold, rules, opposites and flatten are orders with latency") {
  Scene scene;
  for (int round = 0; round < 8; ++round)
    for (int tick = 0; tick < 3; ++tick)
      scene.tape.tick(start + round, tick * 50 * ms + 10 * ms, 10'000 + round * 10 + tick, 1'000'000'000'000);
  Scene hold;
  hold.tape = scene.tape;
  hold.play(start + 7, {hold.entry(start, 1, {50, 0, 0, 0, 3, 0})});
  CHECK(hold.only_trade().exit_reason() == ExitReason::max_hold);
  CHECK(hold.only_trade().entry_price() == 10'012);
  CHECK(hold.only_trade().exit_price() == 10'042); // entered in round 1, due at the close of 3, filled in 4

  Scene rule;
  rule.tape = scene.tape;
  rule.play(start + 7, {rule.entry(start, 1), rule.exit(start + 4, 1), rule.exit(start + 6, 1)});
  CHECK(rule.only_trade().exit_reason() == ExitReason::rule);
  CHECK(rule.only_trade().exit_price() == 10'052);
  CHECK(rule.refusals == std::vector{Reason::nothing_open});

  Scene opposite;
  opposite.tape = scene.tape;
  opposite.play(start + 7, {opposite.entry(start, -1), opposite.exit(start + 4, 2)});
  CHECK(opposite.only_trade().exit_reason() == ExitReason::opposite);
  CHECK(opposite.only_trade().net_units() == -40000000);

  Scene flat;
  flat.tape = scene.tape;
  flat.play(start + 3, {flat.entry(start, 1)});
  for (const auto& block : flat.tape.blocks(start + 4, start + 5))
    REQUIRE(flat.account.consume(block));
  flat.account.close_round(start + 4);
  flat.account.submit(start + 4, {}, true);
  flat.account.close_round(start + 5);
  CHECK(flat.only_trade().exit_reason() == ExitReason::flatten);
  CHECK(flat.only_trade().exit_price() == 10'052);
}

TEST_CASE("funding is paid at its instant on the position held then") {
  for (bool held : {true, false}) {
    Scene scene;
    scene.tape.tick(start, 0, 10'000, 1'000'000'000'000);
    scene.tape.tick(start + 1, second, 10'000);
    scene.tape.tick(start + 1, 30 * second, 12'000);
    scene.tape.tick(start + 1, 40 * second, 12'500);
    scene.tape.funding(start + 1, held ? 30 * second : 500 * ms, 0.0001);
    scene.play(start + 1, {scene.entry(start, 1)});
    CHECK(scene.account.ledger().balance(accounting::Entry::funding).units == (held ? 1'200000 : 0));
  }
  Scene received;
  received.tape.tick(start, 0, 10'000, 1'000'000'000'000);
  received.tape.tick(start + 1, second, 10'000);
  received.tape.funding(start + 2, 0, 0.0002);
  received.tape.tick(start + 3, second, 10'000);
  received.play(start + 4, {received.entry(start, -1), received.exit(start + 2)});
  CHECK(received.only_trade().funding_units() == -2'000000);
  CHECK(received.only_trade().net_units() == 2'000000);
}

TEST_CASE("spread comes from the last closed round's quotes, impact from a day's volume and volatility") {
  auto config = free_config();
  config.costs.impact.y = 1;
  Scene scene{config};
  scene.tape.tick(start, second, 9'990, 50'000'000'000);
  scene.tape.tick(start, 2 * second, 10'010, 50'000'000'000);
  scene.tape.quote(start, 3 * second, 9'995, 10'005);
  scene.tape.tick(start + 1, second, 10'000);
  scene.tape.quote(start + 1, 0, 9'000, 11'000); // not known yet when the order was decided
  scene.play(start + 1, {scene.entry(start, 1)});
  REQUIRE(scene.fills.size() == 1);
  CHECK(scene.fills[0].spread.units == 5'000000); // half of 10 bps on 100
  // Parkinson on one round: σ² = 0.002² / (4 ln 2) a minute; V_day = 1,000 × 1,440.
  auto sigma = 0.002 / std::sqrt(4 * std::log(2)) * std::sqrt(1'440.0);
  auto impact = 100 * sigma * std::sqrt(1.0 / 1'440'000);
  CHECK(scene.fills[0].slippage.value() == doctest::Approx(impact).epsilon(1e-4));
}

TEST_CASE("what cannot be traded is refused with its reason") {
  auto instrument = spot();
  instrument.lot_size = 1'000'000;
  instrument.min_notional_e8 = 10'00000000;
  Scene scene{free_config(), instrument};
  for (int round = 1; round < 9; ++round)
    scene.tape.tick(start + round, second, 10'000, round == 1 ? 100 : 1'000'000'000'000);
  auto big = scene.entry(start + 6, 1, {}, 80'000'000'000'000'000);
  auto absurd = scene.entry(start + 5, 1, {}, INT64_MAX);
  scene.play(start + 8, {absurd, scene.entry(start, 1), scene.entry(start + 1, 1), scene.entry(start + 2, -1),
                         scene.entry(start + 3, 1, {}, 999'999), scene.entry(start + 4, 1, {}, 1'000'000),
                         big, scene.entry(start + 7, 1)});
  CHECK(scene.refusals == std::vector{Reason::no_price, Reason::no_liquidity, Reason::no_short,
                                      Reason::zero_quantity, Reason::below_min_notional, Reason::too_large,
                                      Reason::position_open});
  REQUIRE(scene.fills.size() == 1);
  CHECK(scene.fills[0].quantity % instrument.lot_size == 0);
  CHECK(scene.fills[0].quantity < big.quantity()); // one hundredth of a day's volume
}

TEST_CASE("a leveraged position is liquidated at its margin") {
  auto config = free_config();
  config.leverage = 10;
  Scene scene{config};
  scene.tape.tick(start, 0, 10'000, 1'000'000'000'000);
  scene.tape.tick(start + 1, second, 10'000);
  scene.tape.tick(start + 1, 2 * second, 8'000);
  scene.play(start + 1, {scene.entry(start, 1)});
  CHECK(scene.only_trade().exit_reason() == ExitReason::liquidation);
  CHECK(scene.only_trade().net_units() == -10'00000000);

  Scene near{config};
  near.tape = scene.tape;
  near.play(start + 1, {near.entry(start, 1, {9, 0, 0, 0, 0, 0})});
  CHECK(near.refusals == std::vector{Reason::near_liquidation});
}

TEST_CASE("the end of a run closes what is open at its mark") {
  Scene scene;
  scene.tape.tick(start, 0, 10'000, 1'000'000'000'000);
  scene.tape.tick(start + 1, second, 10'000);
  scene.tape.tick(start + 1, 2 * second, 10'040);
  scene.play(start + 1, {scene.entry(start, 1), scene.exit(start + 1)});
  scene.account.finish();
  CHECK(scene.only_trade().exit_reason() == ExitReason::end);
  CHECK(scene.only_trade().net_units() == 40000000);
  CHECK(scene.account.summary().cash == scene.account.equity());
}

TEST_CASE("the account's state tells risk what it needs") {
  Scene scene;
  scene.tape.tick(start, 0, 10'000, 1'000'000'000'000);
  scene.tape.tick(start + 1, second, 10'000);
  scene.tape.tick(start + 1, 2 * second, 10'100);
  scene.play(start, {scene.entry(start, 1, {2, 0, 0, 0, 0, 0})});
  auto before = scene.account.state();
  REQUIRE(before->positions()->size() == 1);
  CHECK(before->positions()->Get(0)->quantity() == 0);
  CHECK(before->positions()->Get(0)->pending() == 1);
  scene.play(start + 1);
  auto state = scene.account.state();
  const auto* position = state->positions()->Get(0);
  CHECK(state->round() == start + 1);
  CHECK(position->quantity() == 100'000'000);
  CHECK(position->stop_price() == 9'800);
  CHECK(position->mark_price() == 10'100);
  CHECK(position->open_risk_units() == 3'00000000);
  CHECK(position->pending() == 0);
  CHECK(state->equity_units() == 10'001'00000000);
  CHECK(state->peak_today_units() == 10'001'00000000);
  CHECK(state->day_start_equity_units() == 10'000'00000000);
}

TEST_CASE("blocks that cannot be right are refused and change nothing") {
  Scene scene;
  scene.tape.tick(start, 0, 10'000);
  scene.play(start);
  auto again = scene.tape.blocks(start, start).front();
  auto refused = scene.account.consume(again);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().category == Category::bad_input);
  CHECK(refused.error().message.find("already closed") != std::string::npos);

  flatbuffers::FlatBufferBuilder builder;
  std::vector<fb::Segment> segments{{start + 1, 7, 0, 0, 0, 1, 1, fb::RoundStatus::ok, 1}};
  auto column = builder.CreateVectorOfStructs(segments);
  fb::MarketBlockBuilder table{builder};
  table.add_instrument(1);
  table.add_segments(column);
  CHECK_FALSE(scene.account.consume(Frame<fb::MarketBlock>::own(builder, table.Finish())));
  CHECK_FALSE(scene.account.ready(start + 1));
}
