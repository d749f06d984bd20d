/// A live paper session, recorded and replayed, has the same digest.
#include "tests/contracts/live_session.hpp"

using namespace finch;
using namespace finch::contracts;

namespace {

/// Three symbols, a day of ticks behind them, the live session beginning two hours before midnight.
feed::FillConfig evening_config() {
  auto config = seeded_config();
  config.exchange.symbols = 3;
  config.days = config.tick_days = 1;
  return config;
}

} // namespace

TEST_CASE("parity: a live session replays to the same digest, across midnight and with late ticks") {
  Folder folder;
  auto config = evening_config();
  auto market = fill(folder.path, config);
  auto last = market.last + 300;
  auto job = replay_job(market);
  job.desk.first = market.last - 400;
  job.desk.trade_from = market.last - 100;
  job.desk.window = 16;
  job.last = last;
  auto name = job.desk.instances.front().instance.id();
  job.desk.events = {{market.last + 7, 0, fb::ControlKind::promotion, name, "active, tier 1, weighted"},
                     {market.last + 7, 1, fb::ControlKind::kill, "desk", "on"}};
  desk::DeskResult lived;
  std::mt19937_64 random{7};
  {
    LiveSession session{market, config.exchange};
    auto desk = session.join(job.desk);
    live_through(session, *desk, market.last + 1, last, random);
    lived = must(desk->result(true));
    session.sync();
    desk->stop();
  }
  CHECK(trades_of(lived) > 100);
  std::size_t marks = 0, late = 0;
  for (auto day :
       {market::day_of(market::round_begin(market.last)), market::day_of(market::round_begin(last))})
    if (auto stored = must(market.store->marks(1, day))) {
      marks += stored->marks.size();
      late += stored->marks.front().previous_day_rows > 0;
    }
  CHECK(marks == 300);
  CHECK(late > 0);
  check_same(lived, run(market, job));
  job.threads = 1;
  job.limits.ticks = 5;
  job.desk.window = 64;
  check_same(lived, run(market, job));

  // A control event is part of what happened to the desk and to the book it names.
  auto events = std::exchange(job.desk.events, {});
  auto without = run(market, job);
  CHECK(without.digest != lived.digest);
  CHECK(digest_of(without.desk) != digest_of(lived.desk));
  CHECK(digest_of(without.books[0]) != digest_of(lived.books[0]));
  CHECK(digest_of(without.books[1]) == digest_of(lived.books[1]));
  job.desk.events = events;

  // The recording survives its process.
  market.store.reset();
  market.store = open_store(folder.path);
  CHECK(market.store->losses().empty());
  check_same(lived, run(market, job));
}

TEST_CASE("parity: a desk that joins late hears the recorded past first, then what is live") {
  Folder folder;
  auto config = evening_config();
  auto market = fill(folder.path, config);
  auto change = market.last + 90, last = market.last + 240;
  auto job = replay_job(market);
  job.desk.first = job.desk.trade_from = market.last - 60;
  job.last = last;
  std::mt19937_64 random{8};
  desk::DeskResult lived;
  {
    LiveSession session{market, config.exchange};
    auto before = session.join(job.desk);
    live_through(session, *before, market.last + 1, change, random);
    session.poll(market::round_begin(change + 1) + 20 * market::ns_per_s);
    auto after = session.join(job.desk);
    session.poll(market::round_begin(change + 1) + 40 * market::ns_per_s);
    live_through(session, *after, change + 1, last, random);
    lived = must(after->result(true));
    session.sync();
    after->stop();
    before->stop();
  }
  check_same(lived, run(market, job));
}
