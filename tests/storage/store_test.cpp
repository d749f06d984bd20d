#include "tests/storage/store_fixture.hpp"

#include <doctest/doctest.h>

using namespace finch;
using namespace finch::market;
using namespace finch::storage;
using namespace finch::storage::test;

TEST_CASE("instruments keep their ids and get finer, never coarser") {
  TemporaryDirectory directory;
  {
    auto store = open_store(directory.path);
    auto first = store->ensure_instrument(bitcoin());
    REQUIRE(first.has_value());
    CHECK(first->id == 1);
    auto finer = bitcoin();
    finer.price_decimals = 4;
    auto raised = store->ensure_instrument(finer);
    CHECK(raised->id == 1);
    CHECK(raised->price_decimals == 4);
    CHECK(raised->tick_size == 1'000);
    auto other = bitcoin();
    other.name.base = "ETH";
    CHECK(store->ensure_instrument(other)->id == 2);
    CHECK(store->ensure_instrument(bitcoin())->price_decimals == 4);
    auto facts = *store->instrument(2);
    facts.taker_fee_e8 = 12'345;
    CHECK(store->update_instrument(facts).has_value());
    facts.price_decimals = 0;
    CHECK(store->update_instrument(facts).error().category == Category::usage);
  }
  auto store = open_store(directory.path);
  REQUIRE(store->instruments().size() == 2);
  CHECK(store->instruments()[0].name == bitcoin().name);
  CHECK(store->instruments()[1].taker_fee_e8 == 12'345);
  CHECK(store->losses().empty());
}

TEST_CASE("what is appended and committed is read back, before and after reopening") {
  TemporaryDirectory directory;
  auto truth = make_ticks(60'000, test_start + 23 * ns_per_hour, 500);
  auto day_change = std::lower_bound(truth.time_ns.begin(), truth.time_ns.end(), test_start + ns_per_day);
  REQUIRE(day_change != truth.time_ns.begin());
  {
    auto store = open_store(directory.path);
    auto id = store->ensure_instrument(bitcoin())->id;
    std::mt19937_64 random{4};
    for (std::size_t at = 0; at < truth.size();) {
      auto end = std::min(truth.size(), at + 1 + random() % 700);
      auto kept = store->append_ticks(id, slice(truth, at, end));
      REQUIRE(kept.has_value());
      CHECK(*kept == end - at);
      if (random() % 3 == 0)
        REQUIRE(store->commit().has_value());
      at = end;
    }
    REQUIRE(store->commit().has_value());
    auto [rows, error] = read_all(store->ticks(id, 0, INT64_MAX));
    CHECK(error == "");
    CHECK(same_rows(rows, truth));
  }
  auto store = open_store(directory.path);
  CHECK(store->losses().empty());
  auto [rows, error] = read_all(store->ticks(1, 0, INT64_MAX));
  CHECK(error == "");
  CHECK(same_rows(rows, truth));
  CHECK(store->verify().problems.empty());
  CHECK(store->verify().rows == truth.size());
  REQUIRE(store->spans().size() == 1);
  CHECK(store->spans()[0].rows == truth.size());
  CHECK(store->spans()[0].days == std::vector<std::int32_t>{test_day, test_day + 1});
  // Any part of it, by time.
  std::mt19937_64 random{5};
  for (int i = 0; i < 50; ++i) {
    auto a = random() % truth.size(), b = a + random() % (truth.size() - a);
    auto from = truth.time_ns[a], to = truth.time_ns[b] + 1;
    auto low = std::lower_bound(truth.time_ns.begin(), truth.time_ns.end(), from) - truth.time_ns.begin();
    auto high = std::lower_bound(truth.time_ns.begin(), truth.time_ns.end(), to) - truth.time_ns.begin();
    auto [part, problem] = read_all(store->ticks(1, from, to));
    CHECK(problem == "");
    CHECK(same_rows(part, slice(truth, static_cast<std::size_t>(low), static_cast<std::size_t>(high))));
  }
  CHECK(read_all(store->ticks(1, 5, 5)).first.size() == 0);
  CHECK(read_all(store->ticks(9, 0, INT64_MAX)).first.size() == 0);
}

TEST_CASE("live blocks are merged into full ones without moving a row") {
  TemporaryDirectory directory;
  auto truth = make_ticks(20'000, test_start, 1);
  auto store = open_store(directory.path);
  auto id = store->ensure_instrument(bitcoin())->id;
  for (std::size_t at = 0; at < 4'000; at += 10) {
    REQUIRE(store->append_ticks(id, slice(truth, at, at + 10)).has_value());
    REQUIRE(store->commit().has_value());
  }
  CHECK(store->spans()[0].blocks == 400);
  CHECK(*store->merge_live() == 1);
  CHECK(store->spans()[0].blocks == 1);
  CHECK(*store->merge_live() == 0);
  CHECK(same_rows(read_all(store->ticks(id, 0, INT64_MAX)).first, slice(truth, 0, 4'000)));
  // Appending goes on, and full blocks replace small ones by themselves.
  for (std::size_t at = 4'000; at < truth.size(); at += 100) {
    REQUIRE(store->append_ticks(id, slice(truth, at, at + 100)).has_value());
    REQUIRE(store->commit().has_value());
  }
  CHECK(store->spans()[0].blocks < 90);
  CHECK(same_rows(read_all(store->ticks(id, 0, INT64_MAX)).first, truth));
  CHECK(store->verify().problems.empty());
}

TEST_CASE("a tick sent twice live is stored once") {
  TemporaryDirectory directory;
  auto truth = make_ticks(3'000, test_start, 1);
  {
    auto store = open_store(directory.path);
    auto id = store->ensure_instrument(bitcoin())->id;
    CHECK(*store->append_ticks(id, slice(truth, 0, 1'000)) == 1'000);
    CHECK(*store->append_ticks(id, slice(truth, 500, 1'500)) == 500);
    REQUIRE(store->commit().has_value());
    CHECK(*store->append_ticks(id, slice(truth, 0, 1'500)) == 0);
  }
  auto store = open_store(directory.path);
  CHECK(*store->append_ticks(1, truth) == 1'500);
  REQUIRE(store->commit().has_value());
  CHECK(same_rows(read_all(store->ticks(1, 0, INT64_MAX)).first, truth));
}

TEST_CASE("late ticks keep their time and the place where they arrived") {
  TemporaryDirectory directory;
  auto store = open_store(directory.path);
  auto id = store->ensure_instrument(bitcoin())->id;
  auto ticks = make_ticks(300, test_start, 1);
  std::rotate(ticks.time_ns.begin() + 100, ticks.time_ns.begin() + 105, ticks.time_ns.begin() + 200);
  for (std::size_t at = 0; at < 300; at += 50) {
    REQUIRE(store->append_ticks(id, slice(ticks, at, at + 50)).has_value());
    REQUIRE(store->commit().has_value());
  }
  CHECK(same_rows(read_all(store->ticks(id, 0, INT64_MAX)).first, ticks));
  auto from = ticks.time_ns[120], to = ticks.time_ns[260];
  TickColumns expected;
  for (std::size_t i = 0; i < 300; ++i)
    if (ticks.time_ns[i] >= from && ticks.time_ns[i] < to)
      append_rows(expected, ticks, i, i + 1);
  CHECK(same_rows(read_all(store->ticks(id, from, to)).first, expected));
  CHECK(*store->merge_live() == 0);
  CHECK(store->verify().problems.empty());
}

TEST_CASE("bars, quotes and funding are stored beside each other") {
  TemporaryDirectory directory;
  BarColumns bars{{1}, 2, 8, 0, {}, {}, {}, {}, {}, {}, {}, {}, {}};
  QuoteColumns quotes{2, 3, {}, {}, {}, {}, {}, {}};
  FundingColumns funding{8, {}, {}};
  for (int i = 0; i < 3'000; ++i) {
    bars.open_time_ns.push_back(test_start + i * ns_per_minute);
    bars.open.push_back(100 + i), bars.high.push_back(110 + i), bars.low.push_back(90 + i),
        bars.close.push_back(101 + i);
    bars.volume.push_back(i * std::int64_t{1'000'000});
    quotes.time_ns.push_back(test_start + i * ns_per_s);
    quotes.bid_price.push_back(100 + i), quotes.ask_price.push_back(101 + i);
    quotes.bid_quantity.push_back(i), quotes.ask_quantity.push_back(3'000 - i);
    if (i % 480 == 0)
      funding.time_ns.push_back(test_start + i * ns_per_minute), funding.rate.push_back(10'000 - i);
  }
  auto five = bars;
  five.timeframe = {5};
  {
    auto store = open_store(directory.path);
    auto id = store->ensure_instrument(bitcoin())->id;
    CHECK(*store->append_bars(id, bars) == 3'000);
    CHECK(*store->append_bars(id, bars) == 0);
    CHECK(*store->append_bars(id, five) == 3'000);
    CHECK(*store->append_quotes(id, quotes) == 3'000);
    CHECK(*store->append_funding(id, funding) == 7);
    REQUIRE(store->commit().has_value());
    CHECK(*store->append_funding(id, funding) == 0);
  }
  auto store = open_store(directory.path);
  auto [stored, error] = read_all(store->bars(1, {1}, 0, INT64_MAX));
  CHECK(error == "");
  CHECK(same_rows(stored, bars));
  CHECK(stored.timeframe == Timeframe{1});
  CHECK(stored.volume_decimals == 8);
  CHECK(same_rows(read_all(store->quotes(1, 0, INT64_MAX)).first, quotes));
  CHECK(same_rows(read_all(store->funding(1, 0, INT64_MAX)).first, funding));
  CHECK(store->spans().size() == 4);
  CHECK(read_all(store->bars(1, {15}, 0, INT64_MAX)).first.size() == 0);
}

TEST_CASE("round marks say what was there when a round closed") {
  TemporaryDirectory directory;
  auto round = round_of(test_start + ns_per_day) - 1; // the last of its day
  auto ticks = make_ticks(10, test_start + ns_per_day - 30 * ns_per_s, 1, 1, 10 * ns_per_ms);
  auto late = make_ticks(1, test_start + ns_per_day - ns_per_s, 100);
  auto next = make_ticks(5, test_start + ns_per_day + ns_per_s, 200);
  {
    auto store = open_store(directory.path);
    auto id = store->ensure_instrument(bitcoin())->id;
    REQUIRE(store->append_ticks(id, ticks).has_value());
    REQUIRE(store->mark_round(id, round, RoundStatus::ok).has_value());
    REQUIRE(store->append_ticks(id, late).has_value());
    REQUIRE(store->append_ticks(id, next).has_value());
    REQUIRE(store->mark_round(id, round + 1, RoundStatus::ok).has_value());
    REQUIRE(store->mark_round(id, round + 4, RoundStatus::quiet).has_value());
    CHECK_FALSE(store->mark_round(id, round + 2, RoundStatus::ok).has_value());
    REQUIRE(store->commit().has_value());
  }
  auto store = open_store(directory.path);
  auto before = *store->marks(1, test_day), after = *store->marks(1, test_day + 1);
  REQUIRE(before.has_value());
  REQUIRE(after.has_value());
  CHECK(before->first_round == round);
  CHECK(before->marks == std::vector<RoundMark>{{10, 0, RoundStatus::ok}});
  CHECK(after->first_round == round + 1);
  CHECK(after->marks == std::vector<RoundMark>{{5, 11, RoundStatus::ok},
                                               {5, 11, RoundStatus::down},
                                               {5, 11, RoundStatus::down},
                                               {5, 11, RoundStatus::quiet}});
  CHECK_FALSE(store->marks(1, test_day + 2)->has_value());
}

TEST_CASE("small values are stored with the rows they belong to") {
  TemporaryDirectory directory;
  {
    auto store = open_store(directory.path);
    store->put_cursor("binance.um/BTC-USDT", "17");
    store->put_checkpoint(1, {5}, test_day, "state");
    store->put_votes(7, test_day, "votes");
    CHECK_FALSE(store->cursor("binance.um/BTC-USDT")->has_value());
    REQUIRE(store->commit().has_value());
  }
  auto store = open_store(directory.path);
  CHECK(**store->cursor("binance.um/BTC-USDT") == "17");
  CHECK(**store->checkpoint(1, {5}, test_day) == "state");
  CHECK_FALSE(store->checkpoint(1, {1}, test_day)->has_value());
  CHECK(**store->votes(7, test_day) == "votes");
}

TEST_CASE("checkpoints made from rows that change are forgotten; retired rows leave theirs") {
  TemporaryDirectory directory;
  auto store = open_store(directory.path);
  auto import = [&](std::int32_t day) {
    auto session = store->begin_import();
    REQUIRE(session.has_value());
    auto id = session->instrument(bitcoin());
    REQUIRE(id.has_value());
    REQUIRE(session
                ->add(*id, Kind::trades,
                      make_ticks(100, day * market::ns_per_day, static_cast<std::uint64_t>(day) * 1'000))
                .has_value());
    REQUIRE(session->finish().has_value());
    return *id;
  };
  auto id = import(test_day);
  auto other = id + 1;
  auto write = [&] {
    for (auto day : {test_day + 1, test_day + 2, test_day + 3}) {
      store->put_checkpoint(id, {0}, day, "state");
      store->put_checkpoint(other, {0}, day, "state");
    }
    REQUIRE(store->commit().has_value());
  };
  auto days = [&](market::InstrumentId of) {
    std::vector<std::int32_t> out;
    for (auto day : {test_day + 1, test_day + 2, test_day + 3})
      if (store->checkpoint(of, {0}, day)->has_value())
        out.push_back(day - test_day);
    return out;
  };
  write();
  import(test_day + 1);
  CHECK(days(id) == std::vector{1});
  CHECK(days(other) == std::vector{1}); // it may have looked at the instrument that changed
  write();
  REQUIRE(store->retain({}, (test_day + 1) * market::ns_per_day).value() > 0);
  CHECK(days(id) == std::vector{1, 2, 3});
  REQUIRE(store->drop(id, {}, INT64_MIN, INT64_MAX).value() > 0);
  CHECK(days(id) == std::vector{1});
}

TEST_CASE("dropping removes what it says and nothing else") {
  TemporaryDirectory directory;
  auto truth = make_ticks(30'000, test_start + 23 * ns_per_hour, 1);
  auto store = open_store(directory.path);
  auto id = store->ensure_instrument(bitcoin())->id;
  REQUIRE(store->append_ticks(id, truth).has_value());
  REQUIRE(store->commit().has_value());
  auto from = truth.time_ns[5'000], to = truth.time_ns[6'000];
  auto low = std::lower_bound(truth.time_ns.begin(), truth.time_ns.end(), from) - truth.time_ns.begin();
  auto high = std::lower_bound(truth.time_ns.begin(), truth.time_ns.end(), to) - truth.time_ns.begin();
  CHECK(*store->drop(id, Kind::trades, from, to) == static_cast<std::uint64_t>(high - low));
  CHECK(*store->drop(id, Kind::bars, 0, INT64_MAX) == 0);
  auto left = slice(truth, 0, static_cast<std::size_t>(low));
  append_rows(left, truth, static_cast<std::size_t>(high), truth.size());
  CHECK(same_rows(read_all(store->ticks(id, 0, INT64_MAX)).first, left));
  CHECK(store->verify().problems.empty());
  auto second_day = std::lower_bound(left.time_ns.begin(), left.time_ns.end(), test_start + ns_per_day);
  CHECK(*store->retain({}, test_start + ns_per_day + 5 * ns_per_hour) ==
        static_cast<std::uint64_t>(second_day - left.time_ns.begin()));
  CHECK(read_all(store->ticks(id, 0, test_start + ns_per_day)).first.size() == 0);
  CHECK(*store->drop(id, {}, 0, INT64_MAX) > 0);
  CHECK(store->spans().empty());
  // What was dropped can come back.
  REQUIRE(store->append_ticks(id, truth).has_value());
  REQUIRE(store->commit().has_value());
  CHECK(same_rows(read_all(store->ticks(id, 0, INT64_MAX)).first, truth));
}

TEST_CASE("metadata prunes blocks without unpacking them") {
  TemporaryDirectory directory;
  auto truth = make_ticks(50'000, test_start, 1, 1, 20 * ns_per_ms);
  auto store = open_store(directory.path);
  auto id = store->ensure_instrument(bitcoin())->id;
  REQUIRE(store->append_ticks(id, truth).has_value());
  REQUIRE(store->commit().has_value());
  auto reader = store->ticks(id, 0, INT64_MAX, {true, false, false});
  std::uint64_t rows = 0;
  TickColumns batch;
  for (;;) {
    auto info = reader.peek();
    REQUIRE(info.has_value());
    if (!*info)
      break;
    CHECK((*info)->first_row == rows);
    auto begin = truth.price.begin() + static_cast<std::ptrdiff_t>(rows);
    auto [low, high] = std::minmax_element(begin, begin + (*info)->rows);
    CHECK((*info)->min_price == *low);
    CHECK((*info)->max_price == *high);
    CHECK((*info)->first_id == rows + 1);
    if (rows % 3 == 0) {
      reader.skip();
    } else {
      REQUIRE(*reader.next(batch));
      CHECK(reader.first_row() == rows);
      CHECK(batch.quantity.empty());
      CHECK(batch.id.empty());
      CHECK(batch.price.size() == (*info)->rows);
    }
    rows += (*info)->rows;
  }
  CHECK(rows == truth.size());
}
