#include "actors/accounting/order_id.hpp"
#include "actors/broker/book.hpp"
#include "tests/broker/tape.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace finch;
using namespace finch::broker;
using namespace finch::test;

namespace {

/// Tapes of several instruments: walks with jumps, quiet rounds, late prints, funding, quotes; the last has
/// bars only.
std::vector<Tape> random_market(int instruments, int rounds, int ticks, std::uint64_t seed) {
  std::mt19937_64 draw{seed};
  std::vector<Tape> tapes;
  for (int id = 1; id <= instruments; ++id) {
    Tape tape{static_cast<market::InstrumentId>(id)};
    std::int64_t price = 10'000;
    auto step = [&] {
      auto width = draw() % 200 == 0 ? 201U : 11U;
      price += static_cast<std::int64_t>(draw() % width) - static_cast<std::int64_t>(width / 2);
      return price = std::max<std::int64_t>(price, 2'000);
    };
    for (auto round = start; round < start + rounds; ++round) {
      tape.touch(round);
      if (round % 480 == 0)
        tape.funding(round, 0, static_cast<double>(draw() % 7) * 1e-4 - 3e-4);
      if (draw() % 3 == 0)
        tape.quote(round, 0, price - static_cast<std::int64_t>(draw() % 5), price + 2);
      if (draw() % 10 == 0)
        continue;
      if (id == instruments) {
        auto open = step(), a = step(), b = step(), close = step();
        tape.bar(round, open, std::max({open, a, b, close}), std::min({open, a, b, close}), close, 1e4);
        continue;
      }
      auto offset = static_cast<std::int64_t>(draw() % 3) == 0 ? -2 * second : 0;
      for (int tick = 0; tick < ticks; ++tick) {
        tape.tick(round, offset, step(), static_cast<std::int64_t>(1 + draw() % 1'000) * 10'000'000);
        offset += static_cast<std::int64_t>(
            draw() % (120 * static_cast<std::uint64_t>(second) / static_cast<std::uint64_t>(ticks)));
      }
    }
    tapes.push_back(std::move(tape));
  }
  return tapes;
}

std::vector<market::Instrument> instruments_of(const std::vector<Tape>& tapes) {
  std::vector<market::Instrument> instruments;
  for (const auto& tape : tapes) {
    auto instrument = tape.instrument() % 4 == 3 ? spot(tape.instrument()) : perp(tape.instrument());
    instrument.taker_fee_e8 = 50'000;
    instrument.maker_fee_e8 = 20'000;
    instrument.lot_size = 1'000;
    instrument.tick_size = tape.instrument() % 2 ? 1 : 5;
    instruments.push_back(instrument);
  }
  return instruments;
}

/// Random orders of one round, keyed by round and instrument so that they do not depend on anything else.
std::vector<fb::OrderFields> random_orders(market::Round round, std::size_t instruments) {
  std::vector<fb::OrderFields> orders;
  for (std::uint32_t id = 1; id <= instruments; ++id) {
    std::mt19937_64 draw{static_cast<std::uint64_t>(round) * 1'000 + id};
    if (draw() % 4 != 0)
      continue;
    auto distance = [&] { return draw() % 3 == 0 ? 0.0 : static_cast<double>(draw() % 200) / 100; };
    fb::Bracket bracket{
        distance(), distance(), distance(), draw() % 2 ? 1.5 : 0, static_cast<std::int32_t>(draw() % 20), 0};
    auto reduce = static_cast<std::uint8_t>(draw() % 5 == 0 ? 1 + draw() % 2 : 0);
    orders.emplace_back(accounting::order_id(round, id, 0), round, id,
                        static_cast<std::int8_t>(draw() % 2 ? 1 : -1), reduce,
                        static_cast<std::int64_t>(draw() % 500'000'000), bracket);
  }
  return orders;
}

AccountConfig config_of(double leverage = 1) {
  AccountConfig config;
  config.first_round = start;
  config.seed = 11;
  config.leverage = leverage;
  return config;
}

struct Split {
  std::size_t ticks = SIZE_MAX, rounds = SIZE_MAX;
  bool with_volume = true, interleaved = false;
};

/// Digest after every round.
std::vector<DigestValue> digests_of(const std::vector<Tape>& tapes, int rounds, const Split& split) {
  Account account{config_of(), instruments_of(tapes)};
  std::vector<DigestValue> digests;
  auto settle = [&] {
    while (account.ready(account.next_round())) {
      auto round = account.next_round();
      account.close_round(round);
      account.submit(round, random_orders(round, tapes.size()), round % 97 == 0);
      digests.push_back(account.digest());
    }
  };
  std::vector<std::vector<Frame<fb::MarketBlock>>> blocks;
  for (const auto& tape : tapes)
    blocks.push_back(tape.blocks(start, start + rounds - 1, split.ticks, split.rounds, split.with_volume));
  if (split.interleaved) {
    for (std::size_t at = 0;
         std::any_of(blocks.begin(), blocks.end(), [&](auto& b) { return at < b.size(); }); ++at)
      for (const auto& one : blocks)
        if (at < one.size()) {
          REQUIRE(account.consume(one[at]));
          settle();
        }
  } else {
    for (const auto& one : blocks)
      for (const auto& block : one)
        REQUIRE(account.consume(block));
    settle();
  }
  REQUIRE(account.next_round() == start + rounds);
  REQUIRE(account.status());
  CHECK(account.trades().size() > 50);
  return digests;
}

} // namespace

TEST_CASE("one digest however the market is cut into blocks") {
  constexpr int rounds = 600;
  auto tapes = random_market(5, rounds, 20, 5);
  auto whole = digests_of(tapes, rounds, {});
  CHECK(whole == digests_of(tapes, rounds, {}));
  CHECK(whole == digests_of(tapes, rounds, {.ticks = 1, .interleaved = true}));
  CHECK(whole == digests_of(tapes, rounds, {.ticks = 17, .interleaved = true}));
  CHECK(whole == digests_of(tapes, rounds, {.ticks = 17, .with_volume = false}));
  CHECK(whole == digests_of(tapes, rounds, {.rounds = 1, .interleaved = true}));
  CHECK(whole == digests_of(tapes, rounds, {.rounds = 7, .with_volume = false, .interleaved = true}));
  CHECK(whole != digests_of(random_market(5, rounds, 20, 6), rounds, {}));
}

TEST_CASE("changing later prints changes nothing earlier") {
  constexpr int rounds = 300;
  auto tapes = random_market(3, rounds, 20, 8);
  auto before = digests_of(tapes, rounds, {});
  for (int at : {40, 150, 290}) {
    auto mutated = tapes;
    auto& ticks = mutated[0].ticks(start + at);
    if (ticks.empty())
      mutated[0].tick(start + at, second, 1'000);
    for (auto& tick : ticks)
      tick.price -= 900, tick.quantity *= 3;
    auto after = digests_of(mutated, rounds, {.rounds = 1, .interleaved = true});
    auto parting = std::mismatch(before.begin(), before.end(), after.begin()).first - before.begin();
    CHECK(parting >= at);
    CHECK(parting < rounds);
  }
}

TEST_CASE("a million random operations through an account conserve money exactly") {
  constexpr int rounds = 4'800, ticks = 30;
  auto tapes = random_market(9, rounds, ticks, 21);
  auto instruments = instruments_of(tapes);
  Account account{config_of(3), instruments};
  for (const auto& tape : tapes)
    for (const auto& block : tape.blocks(start, start + rounds - 1, SIZE_MAX, 100))
      REQUIRE(account.consume(block));

  market::Int128 cash = account.config().start_equity.units, net = 0;
  std::uint64_t fills = 0;
  using accounting::Entry;
  auto balance = [&](Entry entry) { return market::Int128{account.ledger().balance(entry).units}; };
  for (auto round = start; round < start + rounds; ++round) {
    REQUIRE(account.ready(round));
    const auto& summary = account.close_round(round);
    for (const auto& fill : summary.fills)
      cash -= market::Int128{fill.side * fill.value.units} + fill.fee.units + fill.spread.units +
              fill.slippage.units;
    fills += summary.fills.size();
    for (const auto& trade : summary.trades)
      net += trade.net_units();

    market::Int128 held = 0, marked = 0, open = 0;
    for (const auto& instrument : instruments) {
      const auto* execution = account.find(instrument.id);
      held += execution->cost().units;
      if (!execution->position().is_open())
        continue;
      ++open;
      marked += market::notional(execution->mark(), 2, execution->position().signed_quantity(), 8)->units;
    }
    bool conserved = account.ledger().total() == 0 && balance(Entry::position) == held &&
                     balance(Entry::cash) == cash - balance(Entry::funding) &&
                     account.equity().units == balance(Entry::cash) + marked;
    if (open == 0)
      conserved = conserved && balance(Entry::cash) == account.config().start_equity.units + net;
    if (!conserved)
      FAIL("money was made or lost in round " << round);
    account.submit(round, random_orders(round, tapes.size()), round % 500 == 0);
  }
  account.finish();
  for (const auto& trade : account.summary().trades)
    net += trade.net_units();
  auto result = account.result();
  REQUIRE(account.status());
  CHECK(result->equity_end_units() == account.config().start_equity.units + net);
  CHECK(result->equity_end_units() == account.summary().cash.units);
  CHECK(result->ticks() + result->bars() + result->orders() + result->fills() > 1'000'000);
  CHECK(fills > 5'000);
  CHECK(result->funding_units() != 0);
  std::array<int, 10> reasons{};
  for (const auto& trade : account.trades())
    ++reasons[static_cast<std::size_t>(trade.exit_reason())];
  for (auto reason :
       {fb::ExitReason::stop, fb::ExitReason::target, fb::ExitReason::trailing, fb::ExitReason::break_even,
        fb::ExitReason::max_hold, fb::ExitReason::rule, fb::ExitReason::opposite, fb::ExitReason::flatten})
    CHECK(reasons[static_cast<std::size_t>(reason)] > 0);
}

TEST_CASE("an account that overflows says so and posts nothing more") {
  auto config = config_of();
  config.start_equity = Money{INT64_MAX - 100};
  Account account{config, {perp()}};
  Tape tape;
  tape.tick(start, 0, 10'000, 1'000'000'000'000);
  tape.tick(start + 1, second, 10'000);
  tape.tick(start + 2, second, 20'000);
  for (const auto& block : tape.blocks(start, start + 2))
    REQUIRE(account.consume(block));
  account.close_round(start);
  fb::OrderFields order{accounting::order_id(start, 1, 0), start, 1, -1, 0, 100'000'000, {}};
  account.submit(start, {&order, 1});
  account.close_round(start + 1);
  REQUIRE_FALSE(account.status());
  CHECK(account.status().error().message.find("account desk") != std::string::npos);
  CHECK(account.ledger().balance(accounting::Entry::cash).units == INT64_MAX - 100);
  CHECK(account.ledger().total() == 0);
}
