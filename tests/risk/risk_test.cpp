#include "actors/risk/risk.hpp"
#include "actors/statistics/random.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <map>
#include <set>

using namespace finch;
using namespace finch::risk;
using market::Round;

namespace {

constexpr Round day0 = 20'000 * market::rounds_per_day;

market::Instrument instrument(std::uint32_t id, const char* base, const char* venue_market = "perp",
                              const char* currency = "USDT") {
  return {.id = id,
          .name = {"sim", venue_market, base, currency},
          .price_decimals = 2,
          .quantity_decimals = 3,
          .lot_size = 10,
          .min_notional_e8 = 500'000'000};
}

std::vector<market::Instrument> desk() {
  return {instrument(1, "BTC"), instrument(2, "ETH"),         instrument(3, "SOL", "spot"),
          instrument(4, "XRP"), instrument(5, "BTC", "spot"), instrument(6, "ADA", "perp", "BTC")};
}

fb::Bracket bracket(double stop, double target = 0) { return {stop, target, 0, 0, 0, 7}; }

fb::Decision decision(std::uint32_t id, int side, double s = 0.4, fb::Bracket exits = bracket(2, 4),
                      double price = 100, double threshold = 0.1, Round round = day0) {
  return {round, id, static_cast<std::int8_t>(side), 0, 0, side < 0 ? -s : s, threshold, 50, price, exits};
}

// An account in plain values; `frame` keeps the buffer alive.
struct Account {
  double equity = 10'000, day_start = 10'000, peak = 10'000;
  int losses = 0;
  std::vector<fb::PositionFields> positions;

  void hold(std::uint32_t id, double quantity, double mark = 100, double risk = 0, bool pending = false) {
    positions.emplace_back(id, std::llround(quantity * 1e3), std::llround(mark * 1e2),
                           std::llround(mark * 1e2), 0, std::llround(risk * 1e8), pending);
  }
  [[nodiscard]] Frame<fb::AccountState> frame(Round round) const {
    auto units = [](double value) { return std::llround(value * 1e8); };
    flatbuffers::FlatBufferBuilder b;
    auto p = b.CreateVectorOfStructs(positions);
    return Frame<fb::AccountState>::own(b,
                                        fb::CreateAccountState(b, round, units(equity), units(equity),
                                                               units(day_start), units(peak), 0, p, losses));
  }
};

Frame<fb::OrderBlock> settle(Risk& risk, const std::vector<fb::Decision>& decisions,
                             const Account& account = {}, Round round = day0) {
  return risk.settle(round, decisions, *account.frame(round));
}

Reason only_refusal(const Frame<fb::OrderBlock>& block) {
  CHECK(block->orders()->size() == 0);
  REQUIRE(block->refusals()->size() == 1);
  return static_cast<Reason>(block->refusals()->Get(0)->reason());
}

Reason refused(const fb::Decision& d, const Account& account = {}, Config config = {}) {
  Risk risk{config, desk()};
  return only_refusal(settle(risk, {d}, account));
}

} // namespace

TEST_CASE("an entry risks one percent and carries its bracket") {
  Risk risk{{}, desk()};
  auto block = settle(risk, {decision(1, 1, 0.4, bracket(10, 20))});
  REQUIRE(block->orders()->size() == 1);
  const auto* order = block->orders()->Get(0);
  // 100 quote of risk over a stop of 10 plus 0.16 of costs (2·5 fee, 3 spread, 2 impact, 1 funding bps of
  // 100).
  CHECK(order->quantity() == 9'840);
  CHECK(order->side() == 1);
  CHECK(order->reduce() == 0);
  CHECK(order->round() == day0);
  CHECK(order->bracket().stop_distance() == 10);
  CHECK(order->bracket().instance() == 7);
  CHECK_FALSE(block->flatten());
  CHECK(block->refusals()->size() == 0);
}

TEST_CASE("same side holds, opposite side closes, nothing does nothing") {
  Risk risk{{}, desk()};
  Account account;
  account.hold(1, 2);
  CHECK(settle(risk, {decision(1, 1)}, account)->orders()->size() == 0);
  CHECK(settle(risk, {decision(1, 1)}, account)->refusals()->size() == 0);
  auto closing = settle(risk, {decision(1, -1)}, account);
  REQUIRE(closing->orders()->size() == 1);
  CHECK(closing->orders()->Get(0)->side() == -1);
  CHECK(closing->orders()->Get(0)->reduce() == 2);
  CHECK(closing->orders()->Get(0)->quantity() == 2'000);
  CHECK(settle(risk, {decision(2, 0)}, account)->orders()->size() == 0);
  CHECK(settle(risk, {}, account)->orders()->size() == 0);
}

TEST_CASE("an exit rule closes its side only, and not while the consensus wants it held") {
  Risk risk{{}, desk()};
  Account account;
  account.hold(1, -2);
  auto exits = [](int side, int close_long, int close_short) {
    return fb::Decision{day0,
                        1,
                        static_cast<std::int8_t>(side),
                        static_cast<std::uint8_t>(close_long),
                        static_cast<std::uint8_t>(close_short),
                        0,
                        0.1,
                        0,
                        100,
                        bracket(2)};
  };
  CHECK(settle(risk, {exits(0, 1, 0)}, account)->orders()->size() == 0);
  CHECK(settle(risk, {exits(-1, 0, 1)}, account)->orders()->size() == 0);
  auto closing = settle(risk, {exits(0, 0, 1)}, account);
  REQUIRE(closing->orders()->size() == 1);
  CHECK(closing->orders()->Get(0)->side() == 1);
  CHECK(settle(risk, {exits(0, 1, 1)})->refusals()->size() == 0);
}

TEST_CASE("each refusal has its reason") {
  CHECK(refused(decision(9, 1)) == Reason::unknown_instrument);
  CHECK(refused(decision(6, 1)) == Reason::currency);
  CHECK(refused(decision(3, -1)) == Reason::short_on_spot);
  CHECK(refused(decision(1, 1, 0.4, bracket(2, 4), std::nan(""))) == Reason::no_price);
  CHECK(refused(decision(1, 1, 0.4, bracket(0, 4))) == Reason::no_stop);
  CHECK(refused(decision(1, 1, 0.4, bracket(std::nan(""), 4))) == Reason::no_stop);
  CHECK(refused(decision(1, 1, 0.4, bracket(120, 4))) == Reason::no_stop);
  CHECK(refused(decision(1, 1, 0.9, bracket(38, 90))) == Reason::stop_past_liquidation);
  CHECK(refused(decision(1, 1, 0.02, bracket(1, 1))) == Reason::edge);
  CHECK(refused(decision(1, 1, 0.4, bracket(2, 4), 5e6)) == Reason::edge);

  Account broke;
  broke.equity = broke.day_start = broke.peak = 0;
  CHECK(refused(decision(1, 1), broke) == Reason::no_equity);
  Account small;
  small.equity = small.day_start = small.peak = 5;
  CHECK(refused(decision(1, 1), small) == Reason::below_min_notional);
  small.equity = small.day_start = small.peak = 0.5;
  CHECK(refused(decision(1, 1), small) == Reason::below_lot);

  Account coin;
  coin.hold(5, 25);
  CHECK(refused(decision(1, 1), coin) == Reason::coin_cap);
  Account levered;
  levered.hold(2, 200);
  CHECK(refused(decision(1, 1), levered) == Reason::leverage);
  Account risky;
  risky.hold(2, 1, 100, 250);
  CHECK(refused(decision(1, 1), risky) == Reason::open_risk);
  Account waiting;
  waiting.hold(1, 0, 100, 0, true);
  CHECK(refused(decision(1, 1), waiting) == Reason::pending);
  waiting.positions.clear();
  waiting.hold(1, 3, 100, 0, true);
  CHECK(refused(decision(1, -1), waiting) == Reason::pending);

  std::set<std::string_view> texts;
  for (std::uint16_t i = 0; i < reason_count; ++i)
    texts.insert(text(static_cast<Reason>(i)));
  CHECK(texts.size() == reason_count);
  CHECK(text(static_cast<Reason>(999)) == "unknown");
}

TEST_CASE("the strongest decision is served first when the day's risk is short") {
  Account account;
  account.hold(4, 1, 100, 149.99);
  Risk risk{{}, desk()};
  auto block =
      settle(risk, {decision(2, 1, 0.4, bracket(10, 20)), decision(1, 1, 0.8, bracket(10, 20))}, account);
  REQUIRE(block->orders()->size() == 1);
  CHECK(block->orders()->Get(0)->instrument() == 1);
  CHECK(static_cast<Reason>(block->refusals()->Get(0)->reason()) == Reason::below_lot);

  Risk tied{{}, desk()};
  auto both = settle(tied, {decision(2, 1), decision(1, 1)});
  REQUIRE(both->orders()->size() == 2);
  CHECK(both->orders()->Get(0)->instrument() == 1);
}

TEST_CASE("the daily stop ends entries until the next UTC day, exits go on") {
  Risk risk{{}, desk()};
  Account account;
  account.equity = 9'750;
  account.hold(2, 1);
  auto block = settle(risk, {decision(1, 1), decision(2, -1)}, account);
  CHECK(block->orders()->size() == 1);
  CHECK(static_cast<Reason>(block->refusals()->Get(0)->reason()) == Reason::daily_stop);
  CHECK_FALSE(block->flatten());
  account.equity = 10'000;
  account.positions.clear();
  CHECK(only_refusal(settle(risk, {decision(1, 1)}, account, day0 + 5)) == Reason::daily_stop);
  CHECK(settle(risk, {decision(1, 1)}, account, day0 + 1'440)->orders()->size() == 1);
}

TEST_CASE("the drawdown breaker flattens; twice in a week it waits for a person") {
  Config config;
  Risk risk{config, desk()};
  Account account;
  account.peak = 10'400;
  account.equity = 10'080;
  account.hold(2, 1);
  auto block = settle(risk, {decision(2, -1), decision(1, 1)}, account);
  CHECK(block->flatten());
  CHECK(only_refusal(block) == Reason::drawdown);
  account.positions.clear();
  CHECK_FALSE(settle(risk, {}, account, day0 + 1)->flatten());

  account.peak = 10'100;
  CHECK(settle(risk, {decision(1, 1)}, account, day0 + 1'440)->orders()->size() == 1);
  account.peak = 10'400;
  settle(risk, {}, account, day0 + 2'000);
  account.peak = 10'080;
  CHECK(only_refusal(settle(risk, {decision(1, 1)}, account, day0 + 3 * 1'440)) == Reason::acknowledgement);
  CHECK(only_refusal(settle(risk, {decision(1, 1)}, account, day0 + 30 * 1'440)) == Reason::acknowledgement);
  risk.breakers().acknowledge();
  CHECK(settle(risk, {decision(1, 1)}, account, day0 + 30 * 1'440 + 1)->orders()->size() == 1);
  CHECK(risk.breakers().trips() == 2);
}

TEST_CASE("in replay an acknowledgement is granted after its time and counted") {
  Config config;
  config.acknowledge_after_hours = 24;
  Risk risk{config, desk()};
  Account account;
  account.equity = 9'600;
  settle(risk, {}, account);
  settle(risk, {}, account, day0 + 1'440);
  account.equity = 10'000;
  CHECK(only_refusal(settle(risk, {decision(1, 1)}, account, day0 + 2 * 1'440 - 1)) == Reason::drawdown);
  CHECK(settle(risk, {decision(1, 1)}, account, day0 + 2 * 1'440)->orders()->size() == 1);
  CHECK(risk.breakers().granted() == 1);
}

TEST_CASE("a streak of losses and defence halve the size, together not more") {
  auto quantity = [](int losses, bool defence, Round round = day0) {
    Risk risk{{}, desk()};
    risk.defend(1, defence);
    Account account;
    account.losses = losses;
    settle(risk, {}, account, day0);
    auto block = settle(risk, {decision(1, 1, 0.4, bracket(10, 20))}, account, round);
    REQUIRE(block->orders()->size() == 1);
    return block->orders()->Get(0)->quantity();
  };
  CHECK(quantity(2, false) == 9'840);
  CHECK(quantity(3, false) == 4'920);
  CHECK(quantity(3, true) == 4'920);
  CHECK(quantity(0, true) == 4'920);
  CHECK(quantity(3, false, day0 + 1'439) == 4'920);
  CHECK(quantity(3, false, day0 + 1'440) == 9'840);

  Risk risk{{}, desk()};
  risk.defend(1, true);
  CHECK(only_refusal(settle(risk, {decision(1, 1, 0.15)})) == Reason::defence);
}

TEST_CASE("the kill switch flattens, latches, and only a person releases it") {
  Risk risk{{}, desk()};
  Account account;
  account.hold(2, 1);
  risk.breakers().kill();
  auto block = settle(risk, {decision(1, 1)}, account);
  CHECK(block->flatten());
  CHECK(only_refusal(block) == Reason::killed);
  CHECK(settle(risk, {}, account, day0 + 100 * 1'440)->flatten());
  risk.breakers().resume();
  CHECK(settle(risk, {decision(1, 1)}, account, day0 + 100 * 1'440 + 1)->orders()->size() == 1);
}

TEST_CASE("bad data stops entries, and together with a drawdown kills") {
  Risk risk{{}, desk()};
  risk.breakers().set_data(true);
  CHECK(only_refusal(settle(risk, {decision(1, 1)})) == Reason::data);
  risk.breakers().set_data(false);
  CHECK(settle(risk, {decision(1, 1)})->orders()->size() == 1);
  risk.breakers().set_data(true);
  Account account;
  account.equity = 9'600;
  settle(risk, {}, account);
  CHECK(risk.breakers().killed());
}

TEST_CASE("an order on its way counts until the account has settled it") {
  Risk risk{{}, desk()};
  auto first = settle(risk, {decision(1, 1, 0.4, bracket(10, 20)), decision(2, 1, 0.4, bracket(10, 20))});
  REQUIRE(first->orders()->size() == 2);
  Account account;
  account.hold(1, 0, 100, 0, true);
  account.hold(2, 0, 100, 0, true);
  // 200 of 250 are committed, so the third may risk 50 only.
  auto third = settle(risk, {decision(4, 1, 0.4, bracket(10, 20))}, account, day0 + 1);
  REQUIRE(third->orders()->size() == 1);
  CHECK(third->orders()->Get(0)->quantity() < 5'000);
  account.positions.clear();
  auto after = settle(risk, {decision(4, 1, 0.4, bracket(10, 20))}, account, day0 + 2);
  CHECK(after->orders()->Get(0)->quantity() == 9'840);
}

TEST_CASE("a block's decisions are found by round") {
  flatbuffers::FlatBufferBuilder b;
  std::vector<fb::Decision> all;
  for (Round round : {3, 3, 5, 9})
    all.push_back(decision(1, 1, 0.4, bracket(1), 100, 0.1, round));
  auto v = b.CreateVectorOfStructs(all);
  auto frame = Frame<fb::DecisionBlock>::own(b, fb::CreateDecisionBlock(b, 0, 9, v));
  CHECK(decisions_of(*frame, 3).size() == 2);
  CHECK(decisions_of(*frame, 4).empty());
  CHECK(decisions_of(*frame, 9).size() == 1);
}

TEST_CASE("a senseless limit is refused by name") {
  CHECK(validate({}).has_value());
  Config config;
  config.max_leverage = -1;
  REQUIRE_FALSE(validate(config).has_value());
  CHECK(validate(config).error().message == "risk.max_leverage is -1");
  config = {};
  config.risk_per_trade = std::nan("");
  CHECK_FALSE(validate(config).has_value());
}

TEST_CASE("a hundred thousand random decisions never breach a limit, and repeat exactly") {
  struct Open {
    std::int64_t quantity = 0;
    double price = 0, risk = 0;
  };
  auto run = [](std::uint64_t seed) {
    statistics::Draws draws{seed, 0};
    Config config;
    config.acknowledge_after_hours = 24;
    auto instruments = desk();
    Risk risk{config, instruments};
    std::map<std::uint32_t, Open> open;
    std::vector<std::uint64_t> ids;
    double equity = 10'000, start = equity, peak = equity;
    int losses = 0, entries = 0;
    for (Round round = day0; round < day0 + 20'000; ++round) {
      if (round % 1'440 == 0)
        start = peak = equity;
      equity *= 1 + 0.001 * (draws.uniform() - 0.5);
      peak = std::max(peak, equity);
      losses = static_cast<int>(draws.below(5));
      Account account{equity, start, peak, losses, {}};
      double gross = 0, at_risk = 0;
      std::map<std::string, double> coins;
      for (auto& [id, position] : open) {
        if (position.quantity == 0)
          continue;
        account.hold(id, static_cast<double>(position.quantity) / 1e3, position.price, position.risk);
        auto notional = std::abs(static_cast<double>(position.quantity)) / 1e3 * position.price;
        gross += notional;
        at_risk += position.risk;
        coins[instruments[id - 1].name.base] += notional;
      }
      std::vector<fb::Decision> decisions;
      for (std::uint32_t id = 1; id <= 6; ++id)
        if (draws.below(6) != 0)
          decisions.push_back(decision(id, static_cast<int>(draws.below(3)) - 1, draws.uniform(),
                                       bracket(0.2 + 8 * draws.uniform(), 20 * draws.uniform()), 100, 0.1,
                                       round));
      auto block = settle(risk, decisions, account, round);
      if (block->flatten())
        open.clear();
      std::set<std::uint32_t> once;
      for (const auto* order : *block->orders()) {
        CHECK(once.insert(order->instrument()).second);
        ids.push_back(order->id() ^ static_cast<std::uint64_t>(order->quantity()));
        auto& position = open[order->instrument()];
        if (order->reduce()) {
          REQUIRE(order->quantity() == std::abs(position.quantity));
          position = {};
          continue;
        }
        const auto& traded = instruments[order->instrument() - 1];
        auto base = static_cast<double>(order->quantity()) / 1e3;
        // Costs of a round trip: 15 bps, and one of funding where there is funding.
        auto cost = traded.can_short() ? 0.0016 : 0.0015;
        auto loss = base * (order->bracket().stop_distance() + cost * 100);
        ++entries;
        gross += base * 100;
        at_risk += loss;
        coins[traded.name.base] += base * 100;
        REQUIRE(position.quantity == 0);
        REQUIRE(order->quantity() % traded.lot_size == 0);
        REQUIRE(order->quantity() > 0);
        REQUIRE((order->side() > 0 || traded.can_short()));
        REQUIRE(base * 100 >= 5);
        REQUIRE(loss <= 0.01 * equity * (losses >= 3 ? 0.5 : 1) * 1.001);
        REQUIRE(gross <= 2 * equity * (1 + 1e-9));
        REQUIRE(at_risk <= 0.025 * start * (1 + 1e-9));
        REQUIRE(coins[traded.name.base] <= 0.25 * equity * (1 + 1e-9));
        REQUIRE(equity - start > -0.025 * start);
        REQUIRE(peak - equity < 0.03 * peak);
        position = {order->side() * order->quantity(), 100, loss};
      }
      CHECK(block->orders()->size() + block->refusals()->size() <= decisions.size());
    }
    CHECK(entries > 3'000);
    return ids;
  };
  CHECK(run(1) == run(1));
  CHECK(run(1) != run(2));
}
