#include "actors/consensus/consensus.hpp"
#include "actors/statistics/random.hpp"
#include "tests/consensus/blocks.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <ctime>

using namespace finch;
using namespace finch::consensus;
using finch::test::feature_block;
using finch::test::some_instruments;
using finch::test::vote;
using finch::test::vote_block;
using market::Round;
using market::Timeframe;

namespace {

constexpr Round start = 28'000'000 / 60 * 60;

// A desk in miniature: one vote rule per voter, one price rule, windows of any size.
struct Desk {
  std::vector<Voter> voters;
  std::vector<test::VoteAt> rules;
  std::vector<market::Instrument> instruments = some_instruments(3);
  test::CloseAt close = [](Round, std::size_t) { return 100.0; };
  Config config{.close_feature = 1, .timeframes = {Timeframe{1}, Timeframe{5}, Timeframe{60}}};

  void voter(int minutes, test::VoteAt rule, int tier = 2) {
    voters.push_back(
        {static_cast<std::uint32_t>(7 * voters.size() + 2), Timeframe{minutes}, tier, true, 1.5, 12});
    rules.push_back(std::move(rule));
  }

  std::vector<fb::Decision> run(Round rounds, Round window, Consensus& core) const {
    std::vector<fb::Decision> result;
    for (auto first = start; first < start + rounds; first += window) {
      auto last = std::min(first + window, start + rounds) - 1;
      CHECK_FALSE(core.ready(first, last));
      for (std::size_t v = 0; v < voters.size(); ++v)
        REQUIRE(core.add(vote_block(voters[v], instruments, first, last, rules[v])).has_value());
      for (auto timeframe : config.timeframes)
        REQUIRE(core.add(feature_block(timeframe.minutes, instruments, first, last, close)).has_value());
      REQUIRE(core.ready(first, last));
      auto block = core.decide(first, last);
      CHECK(block->decisions()->size() == block->provisional()->size());
      for (const auto* decision : *block->decisions())
        result.push_back(*decision);
    }
    return result;
  }
  std::vector<fb::Decision> run(Round rounds, Round window = 1'000'000) const {
    Consensus core{config, voters, instruments};
    return run(rounds, window, core);
  }
};

test::VoteAt random_votes(std::uint64_t seed) {
  return [seed](Round round, std::size_t slot) {
    statistics::Draws draws{seed, static_cast<std::uint64_t>(round) * 64 + slot};
    auto side = static_cast<int>(draws.below(4)) - 1;
    return vote(side > 1 ? 0 : side, 0.5 + 0.5 * draws.uniform(), draws.below(5) == 0, draws.below(5) == 0);
  };
}

test::CloseAt random_walk(std::uint64_t seed) {
  return [seed](Round round, std::size_t slot) {
    statistics::Draws draws{seed, static_cast<std::uint64_t>(round) * 64 + slot};
    return 100 * std::exp(0.01 * draws.normal());
  };
}

// Knows the price five rounds ahead, says so with 0.8, and stays silent three rounds of four.
test::VoteAt oracle(const test::CloseAt& close) {
  return [close](Round round, std::size_t slot) {
    if (round % 4 != 0)
      return vote(0);
    return vote(close(round + 5, slot) > close(round, slot) ? 1 : -1, 0.8);
  };
}

Desk random_desk() {
  Desk desk;
  desk.instruments = some_instruments(5);
  desk.close = random_walk(1);
  for (std::uint64_t seed = 10; seed < 14; ++seed)
    desk.voter(seed == 12 ? 5 : seed == 13 ? 60 : 1, random_votes(seed));
  desk.voter(1, oracle(desk.close));
  return desk;
}

} // namespace

TEST_CASE("nothing is traded before thirty values of S, then a steady opinion is") {
  Desk desk;
  for (int i = 0; i < 3; ++i)
    desk.voter(1, [](Round round, std::size_t slot) {
      return vote(slot == 1 && round >= start + 30 ? -1 : 0, 0.6);
    });
  auto decisions = desk.run(40);
  REQUIRE_FALSE(decisions.empty());
  CHECK(decisions.front().round() == start + 30);
  CHECK(decisions.front().instrument() == desk.instruments[1].id);
  CHECK(decisions.front().side() == -1);
  CHECK(decisions.front().s() == doctest::Approx(-0.2));
  CHECK(decisions.front().threshold() == doctest::Approx(0.015));
  CHECK(decisions.front().confidence_pct() == doctest::Approx(100));
  CHECK(decisions.front().reference_price() == 100);

  for (auto& rule : desk.rules)
    rule = [](Round, std::size_t slot) { return vote(slot == 1 ? 1 : 0); };
  auto early = desk.run(31);
  REQUIRE(early.size() == 1);
  CHECK(early[0].round() == start + 30);
}

TEST_CASE("the threshold grows with the spread of earlier S, the current value excluded") {
  Desk desk;
  for (int i = 0; i < 3; ++i)
    desk.voter(1, [](Round round, std::size_t) { return vote(round % 2 == 0 ? 1 : -1, 0.9); });
  for (const auto& decision : desk.run(60)) {
    auto n = static_cast<double>(decision.round() - start);
    // S alternates between ±0.8, so the sample deviation over an even count is 0.8·√(n/(n-1)).
    if (std::fmod(n, 2) == 0 && n <= 100)
      CHECK(decision.threshold() == doctest::Approx(0.75 * 0.8 * std::sqrt(n / (n - 1))));
  }
}

TEST_CASE("a vote stands until its timeframe's next bar closes") {
  Desk desk;
  desk.voter(1, [](Round, std::size_t) { return vote(0); });
  desk.voter(
      5, [](Round round, std::size_t slot) { return vote(slot == 0 && round == start + 44 ? 1 : 0, 0.9); });
  desk.voter(60, [](Round, std::size_t) { return vote(0); });
  auto decisions = desk.run(80);
  REQUIRE(decisions.size() == 5);
  CHECK(decisions.front().round() == start + 44);
  CHECK(decisions.back().round() == start + 48);
  CHECK(decisions.front().bracket().max_hold_rounds() == 12 * 5);
  CHECK(decisions.front().bracket().instance() == desk.voters[1].instance);
  CHECK(decisions.front().bracket().break_even_r() == 1.5);
}

TEST_CASE("within a round the strongest goes first, ties by instrument") {
  Desk desk;
  desk.instruments = some_instruments(4);
  for (int i = 0; i < 3; ++i)
    desk.voter(1, [](Round round, std::size_t slot) {
      return vote(round < start + 35 ? 0 : 1, slot == 2 ? 0.9 : slot == 0 ? 0.55 : 0.7);
    });
  auto decisions = desk.run(36);
  REQUIRE(decisions.size() == 4);
  CHECK(decisions[0].instrument() == desk.instruments[2].id);
  CHECK(decisions[1].instrument() == desk.instruments[1].id);
  CHECK(decisions[2].instrument() == desk.instruments[3].id);
  CHECK(decisions[3].instrument() == desk.instruments[0].id);
}

TEST_CASE("the leading voter's exit rule is passed on, even without a side") {
  Desk desk;
  desk.voter(1, [](Round round, std::size_t slot) {
    return vote(0, 0.5, slot == 2 && round == start + 3, slot == 1);
  });
  desk.voter(1, [](Round, std::size_t) { return vote(0, 0.5, true, true); });
  auto decisions = desk.run(5);
  REQUIRE(decisions.size() == 6);
  for (const auto& decision : decisions) {
    CHECK(decision.side() == 0);
    CHECK(decision.close_long() == (decision.instrument() == desk.instruments[2].id));
    CHECK(decision.close_short() == (decision.instrument() == desk.instruments[1].id));
  }
}

TEST_CASE("voters that know the future get the weight, random ones lose it") {
  auto desk = random_desk();
  for (int i = 0; i < 2; ++i)
    desk.voter(1, [inner = oracle(desk.close), i](Round round, std::size_t slot) {
      return (static_cast<std::size_t>(round) + slot) % 3 == static_cast<std::size_t>(i) ? inner(round, slot)
                                                                                         : vote(0);
    });
  Consensus core{desk.config, desk.voters, desk.instruments};
  CHECK(core.provisional());
  auto decisions = desk.run(1'500, 60, core);
  CHECK_FALSE(core.provisional());
  auto status = core.status();
  CHECK(status[4].hit_rate > 0.95);
  CHECK(status[4].reliability > 0.7);
  CHECK(status[0].reliability < 0.1);
  CHECK(status[4].weight + status[5].weight + status[6].weight > 0.85);
  double right = 0, all = 0;
  for (const auto& decision : decisions) {
    if (decision.side() == 0 || decision.round() < start + 500 || decision.round() % 4 != 0)
      continue;
    auto slot = (decision.instrument() - 10) / 3;
    auto move = desk.close(decision.round() + 5, slot) - desk.close(decision.round(), slot);
    right += (move > 0) == (decision.side() > 0) ? 1 : 0;
    ++all;
  }
  CHECK(all > 500);
  CHECK(right / all > 0.9);
}

TEST_CASE("fewer than three reliable voters share weight equally and decisions are provisional") {
  Desk desk;
  desk.close = random_walk(3);
  desk.voter(1, oracle(desk.close));
  desk.voter(1, oracle(desk.close));
  Consensus core{desk.config, desk.voters, desk.instruments};
  auto decisions = desk.run(300, 300, core);
  CHECK(core.provisional());
  CHECK(core.status()[0].weight == 0.5);
  CHECK(core.status()[0].reliability > 0.5);

  desk.voter(1, oracle(desk.close), 1);
  for (auto& voter : desk.voters)
    voter.tier = 1;
  Consensus no_tier_two{desk.config, desk.voters, desk.instruments};
  desk.run(300, 300, no_tier_two);
  CHECK(no_tier_two.provisional());
  CHECK(no_tier_two.status()[0].weight == doctest::Approx(1.0 / 3));

  Consensus promoted{desk.config, desk.voters, desk.instruments};
  desk.voters[1].tier = 2;
  promoted.assign(desk.voters);
  desk.run(300, 300, promoted);
  CHECK_FALSE(promoted.provisional());
  desk.voters[0].weighted = false;
  Consensus shadowed{desk.config, desk.voters, desk.instruments};
  desk.run(300, 300, shadowed);
  CHECK(shadowed.status()[0].weight == 0);
  CHECK(shadowed.status()[0].resolved > 100);
}

TEST_CASE("twins share one voice under the correlation penalty") {
  Desk desk;
  desk.instruments = some_instruments(6);
  desk.close = random_walk(4);
  auto part = [&](std::size_t mine) {
    return [inner = oracle(desk.close), mine](Round round, std::size_t slot) {
      return slot % 3 == mine ? inner(round, slot) : vote(0);
    };
  };
  desk.voter(1, part(0));
  desk.voter(1, part(0));
  desk.voter(1, part(1));
  desk.voter(1, part(2));
  Consensus penalised{desk.config, desk.voters, desk.instruments};
  desk.run(1'000, 100, penalised);
  auto w = penalised.status();
  CHECK(w[0].weight == doctest::Approx(w[1].weight));
  CHECK(w[0].weight < 0.6 * w[2].weight);
  desk.config.penalise_correlation = false;
  Consensus plain{desk.config, desk.voters, desk.instruments};
  desk.run(1'000, 100, plain);
  CHECK(plain.status()[0].weight == doctest::Approx(0.25).epsilon(0.05));
}

TEST_CASE("decisions do not depend on how windows cut the rounds") {
  auto desk = random_desk();
  auto whole = desk.run(700);
  CHECK(whole.size() > 500);
  for (Round window : {1, 7, 60, 333}) {
    auto cut = desk.run(700, window);
    REQUIRE(cut.size() == whole.size());
    CHECK(std::memcmp(cut.data(), whole.data(), whole.size() * sizeof(fb::Decision)) == 0);
  }
}

TEST_CASE("a vote or price after a round changes nothing at or before it") {
  auto desk = random_desk();
  auto before = desk.run(400);
  auto changed = start + 200;
  for (std::size_t v = 0; v < 4; ++v)
    desk.rules[v] = [rule = desk.rules[v], changed, v](Round round, std::size_t slot) {
      return round > changed ? random_votes(90 + v)(round, slot) : rule(round, slot);
    };
  desk.close = [close = desk.close, changed](Round round, std::size_t slot) {
    return close(round, slot) * (round > changed ? 1.5 : 1);
  };
  auto after = desk.run(400);
  auto upto = [&](const std::vector<fb::Decision>& all) {
    return std::count_if(all.begin(), all.end(), [&](const auto& d) { return d.round() <= changed; });
  };
  REQUIRE(upto(before) == upto(after));
  CHECK(std::memcmp(before.data(), after.data(),
                    static_cast<std::size_t>(upto(before)) * sizeof(fb::Decision)) == 0);
  CHECK(before.size() != after.size());
}

TEST_CASE("an instrument without a price, a stranger and a NaN confidence do no harm") {
  Desk desk;
  desk.close = [](Round, std::size_t slot) { return slot == 0 ? std::nan("") : 100.0; };
  for (int i = 0; i < 3; ++i)
    desk.voter(1, [](Round, std::size_t slot) { return vote(1, slot == 1 ? std::nan("") : 0.8); });
  auto all = desk.instruments;
  Consensus core{desk.config, desk.voters, {all[0], all[1]}};
  CHECK(desk.run(60, 60, core).empty());
}

TEST_CASE("blocks out of turn and of strangers are refused by name") {
  Desk desk;
  desk.voter(1, [](Round, std::size_t) { return vote(1); });
  Consensus core{desk.config, desk.voters, desk.instruments};
  auto block = [&](Round first, Round last) {
    return vote_block(desk.voters[0], desk.instruments, first, last, desk.rules[0]);
  };
  CHECK(core.add(block(start, start + 9)).has_value());
  CHECK_FALSE(core.add(block(start, start + 9)).has_value());
  CHECK_FALSE(core.add(block(start + 11, start + 19)).has_value());
  CHECK(core.add(block(start + 10, start + 19)).has_value());
  Voter stranger{99, Timeframe{1}, 1, true, 0, 0};
  auto refused = core.add(vote_block(stranger, desk.instruments, start, start + 9, desk.rules[0]));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message.find("99") != std::string::npos);
  CHECK_FALSE(core.add(feature_block(3, desk.instruments, start, start + 9, desk.close)).has_value());
}

TEST_CASE("two days of 24 voters on 36 instruments are decided in a blink") {
  Desk desk;
  desk.instruments = some_instruments(36);
  desk.close = random_walk(1);
  desk.config.timeframes = {Timeframe{1}};
  for (std::uint64_t seed = 0; seed < 24; ++seed)
    desk.voter(1, random_votes(seed));
  constexpr Round rounds = 2'829;
  Consensus core{desk.config, desk.voters, desk.instruments};
  for (std::size_t v = 0; v < desk.voters.size(); ++v)
    REQUIRE(core.add(vote_block(desk.voters[v], desk.instruments, start, start + rounds - 1, desk.rules[v]))
                .has_value());
  REQUIRE(core.add(feature_block(1, desk.instruments, start, start + rounds - 1, desk.close)).has_value());
  auto before = std::clock();
  auto block = core.decide(start, start + rounds - 1);
  auto took = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
  CHECK(block->decisions()->size() > 1'000);
  MESSAGE("decided " << rounds << " rounds in " << took << " s of processor time");
}

TEST_CASE("rounds before the first decided one warm up, and decide nothing") {
  Desk desk;
  for (std::uint64_t seed = 1; seed <= 4; ++seed)
    desk.voter(seed % 2 ? 1 : 5, random_votes(seed));
  desk.close = random_walk(9);
  auto all = desk.run(2'000);
  desk.config.decide_from = start + 777;
  desk.config.keep_voices = true;
  auto later = desk.run(2'000, 100);
  std::erase_if(all, [&](const fb::Decision& decision) { return decision.round() < start + 777; });
  REQUIRE(all.size() > 100);
  REQUIRE(later.size() == all.size());
  CHECK(std::memcmp(later.data(), all.data(), all.size() * sizeof(fb::Decision)) == 0);
}
