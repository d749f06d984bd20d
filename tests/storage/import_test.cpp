#include "tests/storage/store_fixture.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace finch;
using namespace finch::market;
using namespace finch::storage;
using namespace finch::storage::test;

namespace {

/// Imports one set of ticks under the test's instrument.
Result<ImportReport> import_ticks(TickStore& store, const TickColumns& ticks, ImportOptions options = {},
                                  std::uint64_t source = 0, Kind kind = Kind::trades) {
  auto session = store.begin_import(options);
  if (!session)
    return tl::unexpected(session.error());
  auto id = session->instrument(bitcoin());
  if (!id)
    return tl::unexpected(id.error());
  if (auto added = session->add(*id, kind, ticks); !added)
    return tl::unexpected(added.error());
  session->set_source(source);
  return session->finish();
}

BarColumns make_bars(int count, TimeNs start, int minutes = 1) {
  BarColumns bars{{minutes}, 2, 8, 0, {}, {}, {}, {}, {}, {}, {}, {}, {}};
  for (int i = 0; i < count; ++i) {
    bars.open_time_ns.push_back(start + i * minutes * ns_per_minute);
    bars.open.push_back(100 + i), bars.high.push_back(110 + i), bars.low.push_back(90 + i),
        bars.close.push_back(101 + i);
    bars.volume.push_back(1'000 + i);
  }
  return bars;
}

Result<ImportReport> import_bars(TickStore& store, const BarColumns& bars, ImportOptions options = {}) {
  auto session = store.begin_import(options);
  auto id = session->instrument(bitcoin());
  if (auto added = session->add(*id, bars); !added)
    return tl::unexpected(added.error());
  return session->finish();
}

TickColumns stored(TickStore& store) {
  auto [rows, error] = read_all(store.ticks(1, 0, INT64_MAX));
  CHECK(error == "");
  return rows;
}

} // namespace

TEST_CASE("an import is there as a whole once it is finished, and importing it again adds nothing") {
  TemporaryDirectory directory;
  auto truth = make_ticks(100'000, test_start + 22 * ns_per_hour, 1);
  {
    auto store = open_store(directory.path);
    auto session = store->begin_import();
    auto id = session->instrument(bitcoin());
    CHECK(*id == 1);
    for (std::size_t at = 0; at < truth.size(); at += 30'000)
      REQUIRE(
          session->add(*id, Kind::trades, slice(truth, at, std::min(truth.size(), at + 30'000))).has_value());
    CHECK(store->spans().empty());
    CHECK(store->instruments().empty());
    auto report = session->finish();
    REQUIRE(report.has_value());
    CHECK(report->rows == truth.size());
    CHECK(report->added == truth.size());
    CHECK(report->duplicates == 0);
    CHECK(report->days == 2);
    CHECK(report->first_ns == truth.time_ns.front());
    CHECK(report->last_ns == truth.time_ns.back());
    CHECK_FALSE(session->finish().has_value());
    CHECK(same_rows(stored(*store), truth));
    auto again = import_ticks(*store, truth);
    REQUIRE(again.has_value());
    CHECK(again->added == 0);
    CHECK(again->duplicates == truth.size());
    CHECK(again->days == 0);
  }
  auto store = open_store(directory.path);
  CHECK(same_rows(stored(*store), truth));
  CHECK(store->verify().problems.empty());
  CHECK(store->spans()[0].blocks <= truth.size() / 8'192 + 2);
}

TEST_CASE("an import that is dropped leaves nothing") {
  TemporaryDirectory directory;
  auto truth = make_ticks(50'000, test_start, 1);
  auto store = open_store(directory.path);
  {
    auto session = store->begin_import();
    auto id = session->instrument(bitcoin());
    REQUIRE(session->add(*id, Kind::trades, truth).has_value());
  }
  CHECK(store->spans().empty());
  CHECK(store->instruments().empty());
  REQUIRE(store->compact().has_value());
  CHECK(store->bytes_on_disk() < 20'000);
  CHECK(import_ticks(*store, truth)->added == truth.size());
  CHECK(same_rows(stored(*store), truth));
}

TEST_CASE("ticks with ids merge by id in any order, precision and overlap") {
  auto truth = make_ticks(20'000, test_start + 23 * ns_per_hour + 30 * ns_per_minute, 1);
  std::mt19937_64 random{7};
  for (int round = 0; round < 6; ++round) {
    TemporaryDirectory directory;
    auto store = open_store(directory.path);
    std::vector<std::pair<std::size_t, std::size_t>> parts{
        {0, 5'000}, {4'000, 12'000}, {11'999, 20'000}, {100, 200}};
    std::shuffle(parts.begin(), parts.end(), random);
    std::uint64_t added = 0;
    for (auto [first, last] : parts) {
      auto part = slice(truth, first, last);
      auto report = import_ticks(*store, part);
      REQUIRE(report.has_value());
      CHECK(report->added + report->duplicates == part.size());
      added += report->added;
    }
    CHECK(added == truth.size());
    CHECK(same_rows(stored(*store), truth));
    // The same trades with stamps cut to milliseconds are still the same trades.
    auto blunt = truth;
    for (auto& time : blunt.time_ns)
      time += 400;
    CHECK(import_ticks(*store, blunt)->added == 0);
    CHECK(store->verify().problems.empty());
  }
}

TEST_CASE("unordered rows and rows repeated inside a file are put right") {
  TemporaryDirectory directory;
  auto truth = make_ticks(200'000, test_start + 20 * ns_per_hour, 1);
  std::vector<std::size_t> order(truth.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  std::mt19937_64 random{3};
  std::shuffle(order.begin(), order.end(), random);
  TickColumns shuffled;
  for (auto i : order)
    append_rows(shuffled, truth, i, i + 1);
  append_rows(shuffled, truth, 500, 900);
  Options options;
  options.import_rows_in_memory = 30'000;
  auto store = open_store(directory.path, options);
  auto report = import_ticks(*store, shuffled);
  REQUIRE(report.has_value());
  CHECK(report->added == truth.size());
  CHECK(report->duplicates == 400);
  CHECK(same_rows(stored(*store), truth));
}

TEST_CASE("rows without ids keep the larger multiplicity of identical rows") {
  TemporaryDirectory directory;
  auto store = open_store(directory.path);
  CHECK(rc::check("multisets", [&] {
    // Few distinct rows, so that repetition is the rule.
    auto some = [] {
      auto codes = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 12));
      std::sort(codes.begin(), codes.end());
      TickColumns out{2, 3, {}, {}, {}, {}, {}};
      for (auto code : codes) {
        out.time_ns.push_back(test_start + code / 4);
        out.price.push_back(code / 2 % 2);
        out.quantity.push_back(code % 2);
        out.side.push_back(Side::none);
      }
      return out;
    };
    auto count = [](const TickColumns& rows) {
      std::map<std::tuple<TimeNs, std::int64_t, std::int64_t>, int> out;
      for (std::size_t i = 0; i < rows.size(); ++i)
        ++out[{rows.time_ns[i], rows.price[i], rows.quantity[i]}];
      return out;
    };
    (void)store->drop(1, {}, 0, INT64_MAX);
    auto a = some(), b = some();
    RC_ASSERT(import_ticks(*store, a)->added == a.size());
    auto expected = count(a);
    for (auto [row, copies] : count(b))
      expected[row] = std::max(expected[row], copies);
    auto report = import_ticks(*store, b);
    RC_ASSERT(report.has_value());
    auto rows = read_all(store->ticks(1, 0, INT64_MAX)).first;
    RC_ASSERT(count(rows) == expected);
    RC_ASSERT(std::is_sorted(rows.time_ns.begin(), rows.time_ns.end()));
    RC_ASSERT(import_ticks(*store, b)->added == 0U);
  }));
}

TEST_CASE("a file is known by its hash") {
  TemporaryDirectory directory;
  auto store = open_store(directory.path);
  auto ticks = make_ticks(1'000, test_start, 0);
  CHECK(import_ticks(*store, ticks, {}, 77)->added == 1'000);
  CHECK(store->day({{1, Family::ticks, 0}, test_day})->sources == std::vector<std::uint64_t>{77});
  CHECK(import_ticks(*store, ticks, {}, 77)->duplicates == 1'000);
  auto more = import_ticks(*store, ticks, {}, 78);
  CHECK(more->added == 0);
  CHECK(store->day({{1, Family::ticks, 0}, test_day})->sources == std::vector<std::uint64_t>{77, 78});
  CHECK(*store->drop(1, {}, 0, INT64_MAX) == 1'000);
  CHECK(import_ticks(*store, ticks, {}, 77)->added == 1'000);
}

TEST_CASE("a span has one kind, and bars end where ticks begin") {
  TemporaryDirectory directory;
  auto store = open_store(directory.path);
  auto noon = test_start + 12 * ns_per_hour;
  auto ticks = make_ticks(1'000, noon, 1);
  REQUIRE(import_bars(*store, make_bars(720, test_start)).has_value());
  REQUIRE(import_ticks(*store, ticks).has_value());
  CHECK(store->spans().size() == 2);
  auto refused = import_bars(*store, make_bars(1'440, test_start));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().category == Category::bad_input);
  CHECK(refused.error().message.find("binance.um/BTC-USDT") != std::string::npos);
  CHECK(refused.error().message.find("2024-08-09") != std::string::npos);
  CHECK(refused.error().remedy.find("--replace") != std::string::npos);
  CHECK(read_all(store->bars(1, {1}, 0, INT64_MAX)).first.size() == 720);
  CHECK_FALSE(import_ticks(*store, make_ticks(10, test_start + ns_per_hour, 5'000)).has_value());
  CHECK_FALSE(
      import_ticks(*store, make_ticks(10, noon + ns_per_hour, 1), {}, 0, Kind::agg_trades).has_value());
  CHECK_FALSE(store->append_bars(1, make_bars(1, noon)).has_value());
  CHECK_FALSE(store->append_ticks(1, make_ticks(1, test_start, 1)).has_value());
  // Bars of two timeframes are two series.
  CHECK(import_bars(*store, make_bars(144, test_start, 5)).has_value());
  CHECK(read_all(store->bars(1, {5}, 0, INT64_MAX)).first.size() == 144);
  CHECK(store->verify().problems.empty());
}

TEST_CASE("replace makes room, and only where it must") {
  TemporaryDirectory directory;
  auto store = open_store(directory.path);
  auto bars = make_bars(1'440, test_start);
  REQUIRE(import_bars(*store, bars).has_value());
  auto ticks = make_ticks(2'000, test_start + 6 * ns_per_hour, 1);
  auto report = import_ticks(*store, ticks, {true});
  REQUIRE(report.has_value());
  CHECK(report->added == 2'000);
  auto left = read_all(store->bars(1, {1}, 0, INT64_MAX)).first;
  CHECK(report->replaced == 1'440 - left.size());
  CHECK(left.size() > 1'400);
  for (auto open : left.open_time_ns)
    CHECK((open + ns_per_minute <= ticks.time_ns.front() || open > ticks.time_ns.back()));
  // Ticks give way to other ticks of their span.
  auto others = make_ticks(500, ticks.time_ns[800], 90'000, 8, 100 * ns_per_ms);
  auto again = import_ticks(*store, others, {true});
  REQUIRE(again.has_value());
  CHECK(again->added == 500);
  auto rows = stored(*store);
  CHECK(rows.size() == 2'000 - again->replaced + 500);
  CHECK(std::is_sorted(rows.time_ns.begin(), rows.time_ns.end()));
  auto aggregated = import_ticks(*store, others, {true}, 0, Kind::agg_trades);
  REQUIRE(aggregated.has_value());
  CHECK(store->day({{1, Family::ticks, 0}, test_day})->kind == Kind::agg_trades);
  CHECK(same_rows(stored(*store), others));
  CHECK(store->verify().problems.empty());
}

TEST_CASE("bars and funding of a known time stay as they are, unless replaced") {
  TemporaryDirectory directory;
  auto store = open_store(directory.path);
  auto bars = make_bars(100, test_start);
  REQUIRE(import_bars(*store, bars).has_value());
  auto changed = make_bars(200, test_start);
  for (auto& close : changed.close)
    close += 5;
  CHECK(import_bars(*store, changed)->added == 100);
  auto rows = read_all(store->bars(1, {1}, 0, INT64_MAX)).first;
  CHECK(rows.size() == 200);
  CHECK(rows.close[50] == bars.close[50]);
  CHECK(rows.close[150] == changed.close[150]);
  CHECK(import_bars(*store, changed, {true})->replaced == 200);
  CHECK(read_all(store->bars(1, {1}, 0, INT64_MAX)).first.close[50] == changed.close[50]);
}

TEST_CASE("rows bring the decimals they need, and stored ones follow") {
  TemporaryDirectory directory;
  auto store = open_store(directory.path);
  auto coarse = make_ticks(1'000, test_start, 1);
  REQUIRE(import_ticks(*store, coarse).has_value());
  auto fine = make_ticks(1'000, test_start + 6 * ns_per_hour, 5'000);
  fine.price_decimals = 5, fine.quantity_decimals = 8;
  REQUIRE(import_ticks(*store, fine).has_value());
  auto instrument = *store->instrument(1);
  CHECK(instrument.price_decimals == 5);
  CHECK(instrument.quantity_decimals == 8);
  CHECK(instrument.tick_size == 10'000);
  auto rows = stored(*store);
  REQUIRE(rows.size() == 2'000);
  CHECK(rows.price_decimals == 5);
  CHECK(rows.price[0] == coarse.price[0] * 1'000);
  CHECK(rows.quantity[0] == coarse.quantity[0] * 100'000);
  CHECK(rows.price[1'500] == fine.price[500]);
  // Trailing zeros are no decimals.
  auto padded = make_ticks(100, test_start + 12 * ns_per_hour, 9'000);
  padded.price_decimals = 7;
  for (auto& price : padded.price)
    price *= 100'000;
  REQUIRE(import_ticks(*store, padded).has_value());
  CHECK(store->instrument(1)->price_decimals == 5);
  CHECK_FALSE(store->append_ticks(1, padded).has_value());
}

TEST_CASE("many days become visible together though they do not fit one log record") {
  TemporaryDirectory directory;
  auto store = open_store(directory.path);
  constexpr int days = 9'000;
  BarColumns bars{{1'440}, 2, 8, 0, {}, {}, {}, {}, {}, {}, {}, {}, {}};
  for (int i = 0; i < days; ++i) {
    bars.open_time_ns.push_back(i * ns_per_day);
    bars.open.push_back(100 + i), bars.high.push_back(110 + i), bars.low.push_back(90 + i),
        bars.close.push_back(101 + i);
    bars.volume.push_back(1'000 + i);
  }
  auto report = import_bars(*store, bars);
  REQUIRE(report.has_value());
  CHECK(report->added == days);
  CHECK(same_rows(read_all(store->bars(1, {1'440}, 0, INT64_MAX)).first, bars));
  store.reset();
  store = open_store(directory.path);
  CHECK(same_rows(read_all(store->bars(1, {1'440}, 0, INT64_MAX)).first, bars));
  CHECK(import_bars(*store, bars)->added == 0);
}

TEST_CASE("recording goes on beside an import of the same day") {
  TemporaryDirectory directory;
  auto truth = make_ticks(3'000, test_start, 1);
  auto store = open_store(directory.path);
  auto id = store->ensure_instrument(bitcoin())->id;
  REQUIRE(store->append_ticks(id, slice(truth, 2'000, 2'500)).has_value());
  REQUIRE(store->commit().has_value());
  REQUIRE(store->mark_round(id, round_of(truth.time_ns[2'400]), RoundStatus::ok).has_value());
  REQUIRE(store->append_ticks(id, slice(truth, 2'500, 2'600)).has_value());
  auto session = store->begin_import();
  REQUIRE(session->add(id, Kind::trades, slice(truth, 0, 2'200)).has_value());
  REQUIRE(store->append_ticks(id, slice(truth, 2'600, 2'700)).has_value());
  auto report = session->finish();
  REQUIRE(report.has_value());
  CHECK(report->added == 2'000);
  CHECK_FALSE(store->marks(id, test_day)->has_value());
  REQUIRE(store->append_ticks(id, slice(truth, 2'650, 3'000)).has_value());
  REQUIRE(store->commit().has_value());
  CHECK(same_rows(stored(*store), truth));
  CHECK(store->verify().problems.empty());
}

TEST_CASE("columns that do not fit together are refused") {
  TemporaryDirectory directory;
  auto store = open_store(directory.path);
  auto session = store->begin_import();
  auto id = *session->instrument(bitcoin());
  auto ticks = make_ticks(10, test_start, 1);
  ticks.price.pop_back();
  CHECK_FALSE(session->add(id, Kind::trades, ticks).has_value());
  CHECK_FALSE(session->add(id, Kind::bars, make_ticks(10, test_start, 1)).has_value());
  CHECK_FALSE(session->add(99, Kind::trades, make_ticks(10, test_start, 1)).has_value());
  CHECK(session->add(id, Kind::trades, make_ticks(0, test_start, 1)).has_value());
  CHECK(session->finish()->rows == 0);
}
