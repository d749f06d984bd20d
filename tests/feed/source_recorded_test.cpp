#include "actors/feed/recorded_source.hpp"
#include "actors/feed/simulated/fill.hpp"
#include "actors/feed/simulated/simulated_source.hpp"
#include "actors/storage/recorder.hpp"
#include "tests/feed/told.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

using namespace finch;
using namespace finch::feed;
using namespace finch::market;
using finch::feed::tests::Told;
using finch::storage::Kind;
using finch::storage::Mode;
using finch::storage::TickStore;

namespace {

/// A store in a directory of its own, gone when the test ends.
struct Place {
  std::filesystem::path directory;
  std::shared_ptr<TickStore> store;

  Place() {
    auto name = (std::filesystem::temp_directory_path() / "finch_recorded_XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    directory = name;
    auto opened = TickStore::open(directory, Mode::write);
    if (!opened)
      FAIL(opened.error().message);
    store = std::move(*opened);
  }
  ~Place() {
    store.reset();
    std::filesystem::remove_all(directory);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  /// Imports rows of one instrument at once; returns its id.
  template <class... Rows>
  InstrumentId import(const Instrument& facts, const Rows&... rows) {
    auto session = store->begin_import();
    REQUIRE(session.has_value());
    auto id = session->instrument(facts);
    REQUIRE(id.has_value());
    (add(*session, *id, rows), ...);
    auto report = session->finish();
    if (!report)
      FAIL(report.error().message);
    return *id;
  }

  template <class Rows>
  static void add(storage::ImportSession& session, InstrumentId id, const Rows& rows) {
    if constexpr (std::is_same_v<Rows, TickColumns>)
      REQUIRE(session.add(id, Kind::trades, rows).has_value());
    else
      REQUIRE(session.add(id, rows).has_value());
  }

  [[nodiscard]] Told read(InstrumentId id, Round first, Round last, Round window = 1'440,
                          BlockLimits limits = {}) const {
    auto source = RecordedSource::make(store, id, limits);
    REQUIRE(source.has_value());
    Told told;
    for (auto from = first; from <= last; from += window) {
      auto status = (*source)->read(from, std::min(last, from + window - 1), told.listener());
      if (!status)
        FAIL(status.error().message);
    }
    return told;
  }
};

constexpr std::size_t slot = 2;

SimulatedConfig configuration(double late = 0) {
  SimulatedConfig config;
  config.seed = 5;
  config.start = *parse_time("2024-08-01");
  config.late_probability = late;
  return config;
}

Instrument listed() { return SimulatedExchange::make(configuration())->instruments()[slot]; }

const Round evening = round_of(*parse_time("2024-08-01T22:30:00Z"));

/// Simulated history of the rounds [first, last] as columns.
struct History {
  TickColumns ticks = tick_columns(listed());
  QuoteColumns quotes = quote_columns(listed());
  BarColumns bars = bar_columns(listed());
  FundingColumns funding;

  History(Round first, Round last) {
    auto process = SimulatedInstrument::make(configuration(), slot);
    REQUIRE(process->seek(first).has_value());
    Tape tape{1, configuration().quote_interval_ns};
    for (auto round = first; round <= last; ++round) {
      auto plan = process->advance();
      tape.draw(plan, ticks, quotes);
      append_bar(plan, bars);
      append_funding(plan, funding);
    }
  }
};

/// A session polled live from `first` on, each block recorded as it is told.
Told record(Place& place, const Instrument& stored, Round first, int rounds) {
  auto source = SimulatedSource::make(configuration(0.4), stored, first);
  REQUIRE(source.has_value());
  storage::Recorder recorder{place.store};
  Told live;
  Emit emit = [&](MarketFrame frame) {
    auto kept = recorder.keep(*frame);
    if (!kept)
      FAIL(kept.error().message);
    live.take(frame);
  };
  for (int i = 0; i < rounds; ++i) {
    auto open = round_begin((*source)->round());
    for (auto now = open; now < open + ns_per_minute; now += 9 * ns_per_s)
      (*source)->poll(now, emit);
    (*source)->close(emit);
    REQUIRE(recorder.commit().has_value());
  }
  CHECK(recorder.ticks() == live.ticks);
  return live;
}

} // namespace

TEST_CASE("imported ticks, quotes and funding replay as the exchange told them, whatever window and batch") {
  Place place;
  History history{evening, evening + 179};
  auto id = place.import(listed(), history.ticks, history.quotes, history.funding);
  auto venue = SimulatedSource::make(configuration(), *place.store->instrument(id), evening);
  if (!venue)
    FAIL(venue.error().message);
  Told expected;
  REQUIRE((*venue)->read(evening, evening + 179, expected.listener()).has_value());
  auto whole = place.read(id, evening, evening + 179);
  CHECK(whole.closed == expected.closed);
  CHECK(whole.rounds == expected.rounds);
  for (auto limits : {BlockLimits{1, 1'440}, BlockLimits{17, 1'440}, BlockLimits{1U << 20U, 1}})
    for (Round window : {1, 45}) {
      auto cut = place.read(id, evening, evening + 179, window, limits);
      CHECK(cut.sequence_runs);
      CHECK(cut.closed == whole.closed);
      CHECK(cut.rounds == whole.rounds);
    }
  auto tail = place.read(id, evening + 100, evening + 179);
  CHECK(tail.rounds.at(evening + 100) == whole.rounds.at(evening + 100));
  CHECK(tail.rounds.size() == 80);
}

TEST_CASE(
    "a recorded live session replays round by round as it was lived, late ticks and midnight included") {
  Place place;
  History before{evening - 30, evening - 1};
  auto id = place.import(listed(), before.ticks, before.quotes);
  auto stored = *place.store->instrument(id);
  auto live = record(place, stored, evening, 150);
  std::size_t late = 0;
  for (const auto& [round, told] : live.rounds)
    late += static_cast<std::size_t>(std::ranges::count_if(
        told.ticks, [round = round](auto& tick) { return round_of(std::get<0>(tick)) != round; }));
  REQUIRE(late > 30);
  auto midnight = round_of(*parse_time("2024-08-02"));
  REQUIRE(round_of(std::get<0>(live.rounds.at(midnight).ticks.front())) ==
          midnight - 1); // late over midnight
  auto check = [&](Round first) {
    auto replay = place.read(id, first, evening + 149, 50);
    CHECK(replay.closed.size() == static_cast<std::size_t>(evening + 150 - first));
    for (auto round = std::max(first, evening); round < evening + 150; ++round) {
      CAPTURE(format_time(round_begin(round)));
      REQUIRE(replay.rounds.at(round) == live.rounds.at(round));
    }
  };
  check(evening - 30);
  check(evening);
  check(evening + 1);
  check(midnight - 1);
  check(midnight);
  check(midnight + 1);
  check(evening + 140);
}

TEST_CASE(
    "bars stand in where there are no ticks, the finer before the coarser, each in the round it closes") {
  Place place;
  auto day = round_of(*parse_time("2024-08-01"));
  History first_hour{day, day + 59}, ticks_hour{day + 60, day + 119};
  auto five = bar_columns(listed());
  five.timeframe = {5};
  for (Round open = day + 40; open < day + 80;
       open += 5) { // beside 1m bars until :59, beside ticks from 1:00
    five.open_time_ns.push_back(round_begin(open));
    five.open.push_back(10), five.high.push_back(12), five.low.push_back(9), five.close.push_back(11);
    five.volume.push_back(100), five.trade_count.push_back(3), five.buy_volume.push_back(50);
  }
  auto coarse = bar_columns(listed());
  coarse.timeframe = {5};
  storage::append_rows(coarse, five, 0, 4); // only what lies beside the 1m bars may be stored with them
  auto id = place.import(listed(), first_hour.bars, ticks_hour.ticks, coarse);
  auto told = place.read(id, day, day + 119);
  for (Round round = day; round < day + 60; ++round) {
    const auto& bars = told.rounds.at(round).bars;
    REQUIRE(bars.size() == 1);
    CHECK(std::get<0>(bars[0]) == round_begin(round));
    CHECK(std::get<3>(bars[0]) == 1);
    CHECK(told.rounds.at(round).status == static_cast<int>(RoundStatus::ok));
  }
  for (Round round = day + 60; round < day + 120; ++round) {
    CHECK(told.rounds.at(round).bars.empty());
    CHECK_FALSE(told.rounds.at(round).ticks.empty());
  }
}

TEST_CASE("a coarse bar is told in its last round and covers the others") {
  Place place;
  auto day = round_of(*parse_time("2024-08-01"));
  auto five = bar_columns(listed());
  five.timeframe = {5};
  for (Round open : {day, day + 5, day + 15}) { // 00:10 is missing
    five.open_time_ns.push_back(round_begin(open));
    five.open.push_back(10), five.high.push_back(12), five.low.push_back(9), five.close.push_back(11);
    five.volume.push_back(100), five.trade_count.push_back(3), five.buy_volume.push_back(50);
  }
  auto id = place.import(listed(), five);
  auto told = place.read(id, day - 2, day + 21);
  for (Round round = day - 2; round <= day + 21; ++round) {
    CAPTURE(round - day);
    auto closes = round == day + 4 || round == day + 9 || round == day + 19;
    CHECK(told.rounds[round].bars.size() == (closes ? 1 : 0));
    auto expected = round < day        ? RoundStatus::closed
                    : round < day + 10 ? RoundStatus::ok
                    : round < day + 13 ? RoundStatus::quiet
                    : round < day + 15 ? RoundStatus::down
                    : round < day + 20 ? RoundStatus::ok
                                       : RoundStatus::quiet;
    CHECK(told.rounds[round].status == static_cast<int>(expected));
  }
  CHECK(told.closed.size() == 24);
}

TEST_CASE("marks of a silence do not depend on where the window begins") {
  Place place;
  auto day = round_of(*parse_time("2024-08-01"));
  History before{day, day + 9}, after{day + 400, day + 409};
  auto crypto = listed();
  auto equity = listed();
  equity.name.market = "equity";
  equity.name.base = "SPY";
  for (const auto& facts : {crypto, equity}) {
    auto id = place.import(facts, before.ticks, after.ticks);
    auto whole = place.read(id, day, day + 800);
    for (Round first :
         {day + 9, day + 10, day + 11, day + 13, day + 14, day + 300, day + 399, day + 410, day + 700}) {
      auto part = place.read(id, first, day + 800);
      for (Round round = first; round <= day + 800; ++round) {
        CAPTURE(first - day);
        CAPTURE(round - day);
        REQUIRE(part.rounds[round].status == whole.rounds[round].status);
      }
    }
    auto sessions = facts.has_sessions();
    CHECK(whole.rounds[day + 10].status ==
          static_cast<int>(sessions ? RoundStatus::closed : RoundStatus::quiet));
    CHECK(whole.rounds[day + 200].status ==
          static_cast<int>(sessions ? RoundStatus::closed : RoundStatus::down));
    CHECK(whole.rounds[day + 405].status == static_cast<int>(RoundStatus::ok));
    CHECK(whole.rounds[day + 500].status ==
          static_cast<int>(sessions ? RoundStatus::closed : RoundStatus::down));
  }
}

TEST_CASE("a window that leaves a hole is refused, and so is an instrument that is not stored") {
  Place place;
  History history{evening, evening + 3};
  auto id = place.import(listed(), history.ticks);
  auto source = RecordedSource::make(place.store, id);
  Told told;
  REQUIRE((*source)->read(evening, evening + 1, told.listener()).has_value());
  CHECK_FALSE((*source)->read(evening + 3, evening + 3, told.listener()).has_value());
  CHECK((*source)->read(evening + 2, evening + 3, told.listener()).has_value());
  CHECK(told.closed.size() == 4);
  CHECK_FALSE(RecordedSource::make(place.store, id + 7).has_value());
}

TEST_CASE("a filled store tells bars, then ticks, and the live exchange continues it") {
  Place place;
  FillConfig config{configuration(), 2, 1};
  config.exchange.symbols = 3;
  auto start = round_of(config.exchange.start), ticks_from = start + 1'440;
  auto filled = fill_history(*place.store, config);
  if (!filled)
    FAIL(filled.error().message);
  CHECK(filled->next == start + 2'880);
  REQUIRE(place.store->instruments().size() == 3);
  for (const auto& stored : place.store->instruments()) {
    CHECK(stored.synthetic);
    auto told = place.read(stored.id, start, filled->next - 1);
    auto venue = SimulatedSource::make(config.exchange, stored, start);
    if (!venue)
      FAIL(venue.error().message);
    Told expected;
    REQUIRE((*venue)->read(start, filled->next - 1, expected.listener()).has_value());
    for (auto round = start; round < filled->next; ++round) {
      const auto& was = told.rounds.at(round);
      const auto& is = expected.rounds.at(round);
      if (round >= ticks_from) {
        REQUIRE(was == is);
        continue;
      }
      REQUIRE(was.bars.size() == (is.ticks.empty() ? 0 : 1));
      if (!is.ticks.empty())
        REQUIRE(std::get<1>(was.bars[0]) == std::get<1>(is.ticks.back()));
    }
    auto last = place.store->ticks(stored.id, round_begin(filled->next - 30), round_begin(filled->next));
    TickColumns newest, batch;
    while (*last.next(batch))
      newest = batch;
    REQUIRE(newest.size() > 0);
    Told live;
    (*venue)->poll(round_close(filled->next) - 1, live.listener());
    CHECK(live.next_sequence - live.ticks == newest.id.back() + 1);
  }
}
