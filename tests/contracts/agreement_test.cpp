/// An instance's exact backtest equals its book in a full replay, trade for trade.
#include "actors/strategies/entry_features.hpp"
#include "tests/contracts/place.hpp"

#include <cmath>

using namespace finch;
using namespace finch::contracts;

namespace {

desk::DeskResult check_agreement(const Market& market, const desk::ReplayJob& job,
                                 const features::CheckpointShelf& checkpoints = {}) {
  auto replayed = run(market, job);
  for (const auto* trade : *replayed.desk->trades())
    CHECK(trade->entry_time_ns() >= market::round_close(job.desk.trade_from));
  backtest::ExactJob exact;
  exact.checkpoints = checkpoints;
  exact.instruments = job.desk.instruments;
  exact.timeframes = job.desk.timeframes;
  for (const auto& instance : job.desk.instances)
    exact.instances.push_back(instance.instance);
  exact.first = job.desk.first;
  exact.trade_from = job.desk.trade_from;
  exact.last = job.last;
  exact.account = job.desk.account;
  for (auto [threads, window] : {std::pair{1U, 240}, {4U, 1'441}}) {
    CAPTURE(window);
    exact.threads = threads;
    exact.window = window;
    auto results = must(backtest::exact_backtest(exact, backtest::stored_sources(market.store)));
    REQUIRE(results.size() == replayed.books.size());
    for (std::size_t i = 0; i < results.size(); ++i)
      check_same_trading(replayed.books[i], results[i]);
  }
  return replayed;
}

/// How many values of other timeframes and of reference symbols a book's trades remember of their entries.
std::size_t seen_aside(const ResultFrame& book, const strategies::Spec& spec) {
  auto features = strategies::entry_features(spec);
  auto trades = book->trades()->size();
  REQUIRE(book->entry_features()->size() == trades * features.size());
  std::size_t seen = 0;
  for (flatbuffers::uoffset_t i = 0; i < book->entry_features()->size(); ++i) {
    const auto& feature = features[i % features.size()];
    auto aside = feature.minutes > 0 || !feature.symbol.empty();
    seen += aside && std::isfinite(book->entry_features()->Get(i)) ? 1 : 0;
  }
  return seen;
}

} // namespace

TEST_CASE("agreement: the exact backtest equals the books of the full replay") {
  const auto& market = seeded_market();
  auto job = replay_job(market);
  SUBCASE("from the first round on") {}
  SUBCASE("trading later than features begin") { job.desk.trade_from = job.desk.first + 1'000; }
  SUBCASE("a short run in the middle, cut in the middle of an hour") {
    job.desk.first = market.ticks_from - 333;
    job.desk.trade_from = market.ticks_from + 17;
    job.last = market.ticks_from + 401;
  }
  auto replayed = check_agreement(market, job);
  // Votes passed between strategies were seen to arrive.
  std::size_t aside = 0;
  for (std::size_t i = 0; i < replayed.books.size(); ++i) {
    const auto& instance = job.desk.instances[i].instance;
    if (instance.id() == "chorus@1m")
      CHECK(replayed.books[i]->trades()->size() > 0);
    aside += seen_aside(replayed.books[i], instance.spec);
  }
  CHECK(aside > 0);
}

TEST_CASE("agreement: books that begin with a checkpoint equal those that begin with the data") {
  auto config = seeded_config();
  config.exchange.symbols = 4;
  config.days = 9;
  Folder folder;
  auto market = fill(folder.path, config);
  auto job = replay_job(market);
  job.desk.trade_from = market.ticks_from - 300;
  check_agreement(market, job);
  backtest::CheckpointJob midnights;
  midnights.instruments = job.desk.instruments;
  midnights.timeframes = job.desk.timeframes;
  midnights.to = market.last;
  REQUIRE(must(backtest::write_checkpoints(market.store, midnights)) > 6);
  std::vector<std::int32_t> asked;
  auto shelf = backtest::stored_checkpoints(market.store);
  auto counted = shelf;
  counted.get = [&](market::InstrumentId id, std::int32_t day) {
    asked.push_back(day);
    return shelf.get(id, day);
  };
  auto traded = check_agreement(market, job, counted);
  CHECK(trades_of(traded) > 50);
  // The newest that suits was there for all four instruments, in both runs.
  CHECK(asked.size() == 8);
}

TEST_CASE("agreement: recorded data") {
  auto data = recorded_data();
  if (data.empty())
    return;
  for (const std::string name : {"trades", "bars", "equity"}) {
    CAPTURE(name);
    Folder folder;
    auto market = recorded_market(data, folder.path, name);
    auto job = replay_job(market);
    job.desk.trade_from += (market.last - market.first) / 4;
    check_agreement(market, job);
  }
}
