/// A live session killed at any point: nothing acknowledged is lost, nothing is doubled, and it goes on where
/// it was.
#include "actors/storage/columns.hpp"
#include "tests/contracts/live_session.hpp"
#include "tests/storage/child_process.hpp"

#include <csignal>

using namespace finch;
using namespace finch::contracts;
using storage::test::ChildProcess;
using storage::test::tell_parent;
using storage::test::variable;

namespace {

constexpr int kills = 26;
constexpr market::Round rounds_a_life = 20; ///< at most, so that no life sees the end but the last
constexpr market::Round session = kills * rounds_a_life;

/// Two busy symbols; the session begins ninety minutes before midnight, so that the day changes under it.
feed::FillConfig busy_config() {
  auto config = seeded_config();
  config.exchange.symbols = 2;
  config.exchange.ticks_per_second = 2;
  config.exchange.start += 30 * market::ns_per_minute;
  config.days = config.tick_days = 1;
  return config;
}

Market market_of(const fs::path& path) {
  auto config = busy_config();
  auto first = market::round_of(config.exchange.start);
  return {open_store(path), first, first, first + config.days * market::rounds_per_day - 1};
}

/// The last round that every instrument's recording closed.
market::Round recorded_until(const Market& market) {
  auto until = market.last + session;
  for (const auto& instrument : market.store->instruments())
    until = std::min(
        until, must(storage::next_live_round(*market.store, instrument.id)).value_or(market.last + 1) - 1);
  return until;
}

template <class C>
C all_rows(storage::Reader<C> reader) {
  C all, batch;
  while (must(reader.next(batch)))
    storage::append_rows(all, batch, 0, batch.size());
  return all;
}

} // namespace

TEST_CASE("child: a live session" * doctest::skip()) {
  auto market = market_of(variable("FINCH_TEST_DIRECTORY"));
  if (!market.store->losses().empty() || !market.store->quarantined().empty())
    ::_exit(11);
  auto round = recorded_until(market);
  if (round < std::stoll(variable("FINCH_TEST_ACKNOWLEDGED")))
    ::_exit(12);
  tell_parent(static_cast<std::uint64_t>(round));
  std::mt19937_64 random{static_cast<std::uint64_t>(round)};
  LiveSession live{market, busy_config().exchange};
  auto job = replay_job(market);
  job.desk.instances.resize(1);
  job.desk.first = job.desk.trade_from = market.last - 10;
  auto desk = live.join(job.desk);
  auto end = market.last + session;
  for (auto until = variable("FINCH_TEST_LAST_LIFE").empty() ? std::min(end, round + rounds_a_life) : end;
       round < until;) {
    ++round;
    live_through(live, *desk, round, round, random);
    live.sync();
    tell_parent(static_cast<std::uint64_t>(round));
  }
  if (round < end)
    ::pause();
}

TEST_CASE("durability: a live session killed at 26 points equals one that was never interrupted") {
  Folder killed, whole;
  auto config = busy_config();
  (void)fill(killed.path, config);
  auto expected = fill(whole.path, config);
  auto last = expected.last + session;
  {
    std::mt19937_64 random{1};
    LiveSession live{expected, config.exchange};
    auto desk = live.join(replay_job(expected).desk);
    live_through(live, *desk, expected.last + 1, last, random);
    live.sync();
    desk->stop();
  }

  std::mt19937_64 random{std::random_device{}()};
  auto acknowledged = static_cast<std::uint64_t>(expected.last);
  for (int life = 0; life <= kills; ++life) {
    CAPTURE(life);
    ChildProcess child{"child: a live session",
                       {{"FINCH_TEST_DIRECTORY", killed.path.string()},
                        {"FINCH_TEST_ACKNOWLEDGED", std::to_string(acknowledged)},
                        {"FINCH_TEST_LAST_LIFE", life == kills ? "1" : ""}}};
    auto told = acknowledged;
    CHECK(child.read(told));
    if (life < kills) {
      for (auto more = random() % 4; more > 0 && child.read(told); --more)
        acknowledged = std::max(acknowledged, told);
      ::usleep(static_cast<useconds_t>(random() % 4'000));
      ::kill(child.pid(), SIGKILL);
    }
    while (child.read(told))
      acknowledged = std::max(acknowledged, told);
    CHECK(child.wait() == (life < kills ? -SIGKILL : 0));
  }
  CHECK(acknowledged == static_cast<std::uint64_t>(last));

  auto market = market_of(killed.path);
  CHECK(market.store->losses().empty());
  CHECK(market.store->verify().problems.empty());
  CHECK(recorded_until(market) == last);
  for (const auto& instrument : market.store->instruments()) {
    CAPTURE(market::format_name(instrument.name));
    auto same_rows = [&](auto read) {
      auto is = all_rows(read(*market.store)), was = all_rows(read(*expected.store));
      CHECK(is.size() == was.size());
      auto same = true;
      storage::each_pair(is, was, [&](const auto& a, const auto& b) { same &= a == b; });
      CHECK(same);
    };
    same_rows([&](const auto& store) { return store.ticks(instrument.id, 0, INT64_MAX); });
    same_rows([&](const auto& store) { return store.quotes(instrument.id, 0, INT64_MAX); });
    same_rows([&](const auto& store) { return store.funding(instrument.id, 0, INT64_MAX); });
  }
  market.last = expected.last = last;
  auto job = replay_job(market);
  job.desk.first = job.desk.trade_from = last - session - 60;
  check_same(run(expected, job), run(market, job));
}
