#include "actors/feed/import/export_csv.hpp"
#include "actors/feed/import/export_job.hpp"
#include "actors/feed/import/import_job.hpp"
#include "tests/feed/import_support.hpp"

#include <doctest/doctest.h>

using namespace finch;
using namespace finch::feed;
using namespace finch::feed::test;

namespace {

std::unique_ptr<storage::TickStore> open_store(const TempFolder& folder) {
  auto store = storage::TickStore::open(folder.path() / "data", storage::Mode::write);
  REQUIRE_MESSAGE(store.has_value(), store.error().message);
  return std::move(*store);
}

FileOutcome import_one(storage::TickStore& store, const std::string& path, ReadOptions options = {},
                       bool replace = false) {
  auto outcomes = import_files(store, {{path}, options, replace});
  REQUIRE(outcomes.size() == 1);
  return outcomes.front();
}

FileOutcome import_ok(storage::TickStore& store, const std::string& path, ReadOptions options = {},
                      bool replace = false) {
  auto outcome = import_one(store, path, options, replace);
  REQUIRE_MESSAGE(!outcome.error, outcome.error->message);
  return outcome;
}

/// All of a store as text: what must not change when an import fails.
std::string dump(const storage::TickStore& store) {
  std::string out;
  for (const auto& span : store.spans()) {
    auto instrument = store.instrument(span.instrument);
    REQUIRE(instrument.has_value());
    out += market::format_name(instrument->name) + " " + std::string{storage::name_of(span.kind)} + "\n";
    auto rows =
        export_rows(store, span, span.first_ns, span.last_ns + 1, [&](std::string_view text) -> Status {
          out += text;
          return {};
        });
    REQUIRE_MESSAGE(rows.has_value(), rows.error().message);
    CHECK(*rows == span.rows);
  }
  return out;
}

std::string trades(int first, int last, const std::string& more = {}) {
  std::string text = "id,price,qty,quote_qty,time,is_buyer_maker\n";
  for (int id = first; id <= last; ++id)
    text += std::to_string(id) + ",100." + std::to_string(id % 10) + ",0.25,1," +
            std::to_string(1'723'161'256'000 + id * 7) + (id % 2 == 0 ? ",true\n" : ",false\n");
  return text + more;
}

/// Imports a set (the first `most` files of a large one: each is synced to disk) into a fresh store and one
/// file again, and checks rows per file and per store.
void check_set(const std::string& set, std::size_t most = 6) {
  auto data = data_folder();
  if (data.empty()) {
    MESSAGE("no recorded data: set FINCH_TEST_DATA; skipping " << set);
    return;
  }
  TempFolder folder;
  auto store = open_store(folder);
  std::uint64_t total = 0;
  auto stated = stated_rows(data, set);
  REQUIRE(!stated.empty());
  while (stated.size() > most)
    stated.erase(std::prev(stated.end()));
  for (const auto& [file, rows] : stated) {
    CAPTURE(file);
    auto outcome = import_ok(*store, (data / set / file).string());
    CHECK(outcome.stored.rows == rows);
    CHECK(outcome.stored.added == rows);
    CHECK(outcome.rejected() == 0);
    total += rows;
  }
  std::uint64_t stored = 0;
  for (const auto& span : store->spans())
    stored += span.rows;
  CHECK(stored == total);
  const auto& [file, rows] = *stated.begin();
  auto again = import_ok(*store, (data / set / file).string());
  CHECK(again.stored.added == 0);
  CHECK(again.stored.duplicates == rows);
  CHECK(store->verify().problems.empty());
}

} // namespace

TEST_CASE("the recorded sets import with the rows their README states, and a second time add nothing") {
  SUBCASE("spot candles") { check_set("candles_1m_binance_spot_2021-04"); }
  SUBCASE("USD-M candles 2025") { check_set("candles_1m_binance_um_2025-05"); }
  SUBCASE("USD-M candles 2023") { check_set("candles_1m_binance_um_2023-07"); }
  SUBCASE("USD-M 5m candles") { check_set("candles_5m_binance_um_2023-07"); }
  SUBCASE("trades and quotes") { check_set("trades_binance_2024-08"); }
  SUBCASE("aggregate trades") { check_set("aggtrades_binance_spot_xrpeth_2019-10"); }
  SUBCASE("SPY ticks") { check_set("lean_equity_ticks_spy_2013-10"); }
  SUBCASE("funding 2020-2023") { check_set("funding_btc_eth_2020_2023"); }
  SUBCASE("funding 2025") { check_set("funding_binance_um_2025"); }
  SUBCASE("funding 2023") { check_set("funding_binance_um_2023-07"); }
}

TEST_CASE("overlapping files merge by id, in any order and whatever the compression") {
  TempFolder folder;
  auto store = open_store(folder);
  CHECK(import_ok(*store, folder.write("BTCUSDT-trades-b.csv", trades(400, 900))).stored.added == 501);
  auto overlap = import_ok(*store, folder.write("BTCUSDT-trades-a.csv", trades(1, 500)));
  CHECK(overlap.stored.added == 399);
  CHECK(overlap.stored.duplicates == 101);
  TempFolder other;
  auto whole = open_store(other);
  import_ok(*whole, other.write("BTCUSDT-trades.csv", trades(1, 900)));
  CHECK(dump(*store) == dump(*whole));
}

TEST_CASE("without ids the same file adds nothing and an overlap keeps the larger multiplicity") {
  TempFolder folder;
  auto store = open_store(folder);
  const std::string a = "34200000,1674100,100,P,0,0\n34200000,1674100,100,P,0,0\n34200001,1674200,5,P,0,0\n";
  const std::string b = "34200000,1674100,100,P,0,0\n34200001,1674200,5,P,0,0\n34200002,1674300,7,P,0,0\n";
  auto path = folder.write("a/20131007_spy_Trade_Tick.csv", a);
  CHECK(import_ok(*store, path).stored.added == 3);
  CHECK(import_ok(*store, path).stored.added == 0);
  auto overlap = import_ok(*store, folder.write("b/20131007_spy_Trade_Tick.csv", b));
  CHECK(overlap.stored.added == 1);
  CHECK(dump(*store) ==
        "import.equity/SPY-USD trades\ntime,price,quantity,side\n2013-10-07T13:30:00Z,167.41,100,unknown\n"
        "2013-10-07T13:30:00Z,167.41,100,unknown\n2013-10-07T13:30:00.001Z,167.42,5,unknown\n"
        "2013-10-07T13:30:00.002Z,167.43,7,unknown\n");
}

TEST_CASE("unordered rows are stored in order, duplicates inside a file counted") {
  TempFolder folder;
  auto store = open_store(folder);
  auto text = trades(300, 400) + trades(1, 299).substr(trades(1, 0).size()) +
              trades(5, 9).substr(trades(1, 0).size());
  auto outcome = import_ok(*store, folder.write("BTCUSDT-trades.csv", text));
  CHECK(outcome.rejected() == 0);
  CHECK(outcome.stored.added == 400);
  CHECK(outcome.stored.duplicates == 5);
  TempFolder other;
  auto sorted = open_store(other);
  import_ok(*sorted, other.write("BTCUSDT-trades.csv", trades(1, 400)));
  CHECK(dump(*store) == dump(*sorted));
}

TEST_CASE("what cannot be imported leaves the store as it was") {
  TempFolder folder;
  auto store = open_store(folder);
  import_ok(*store, folder.write("BTCUSDT-trades.csv", trades(1, 300)));
  auto before = dump(*store);
  auto instruments = store->instruments();
  auto refused = [&](const std::string& name, const std::string& text, Category category,
                     ReadOptions options = {}) {
    CAPTURE(name);
    auto outcome = import_one(*store, folder.write(name, text), options);
    REQUIRE(outcome.error.has_value());
    CHECK(outcome.error->category == category);
    CHECK(outcome.error->message.find(name) != std::string::npos);
    CHECK(!outcome.error->remedy.empty());
    CHECK(dump(*store) == before);
    CHECK(store->instruments() == instruments);
  };
  refused("empty-BTCUSDT.csv", "", Category::bad_input);
  refused("header-BTCUSDT.csv", trades(1, 0), Category::bad_input);
  refused("binary-BTCUSDT.csv", std::string("\x7f\0ELF\x02\x01", 7), Category::bad_input);
  refused("wrong-BTCUSDT.csv", trades(301, 400), Category::bad_input, {.format = Format::klines});
  refused("strict-ETHUSDT.csv", trades(301, 100'400, "x\n"), Category::bad_input, {.strict = true});
  refused("negative-ETHUSDT.csv", "id,price,qty,quote_qty,time,is_buyer_maker\n1,-1,1,1,1723161256000,true\n",
          Category::bad_input);
  refused("prices.csv", trades(301, 400), Category::usage);
  refused("BTCUSDT.csv.gz", std::string("\x1f\x8b\x08\x00\x00\x00", 6), Category::bad_input);
}

TEST_CASE("good rows of a file with bad ones are stored") {
  TempFolder folder;
  auto store = open_store(folder);
  auto outcome = import_ok(
      *store,
      folder.write("BTCUSDT-trades.csv",
                   trades(1, 50, "51,nan,1,1,1723161256999,true\n" + std::string(10'000'000, '9') + "\n")));
  CHECK(outcome.stored.added == 50);
  CHECK(outcome.rejected() == 2);
  CHECK(outcome.parts.front().rejections.front().line == 52);
}

TEST_CASE("strict with several files writes nothing at all when one is bad") {
  TempFolder folder;
  auto store = open_store(folder);
  auto good = folder.write("BTCUSDT-trades.csv", trades(1, 50));
  auto bad = folder.write("ETHUSDT-trades.csv", trades(1, 50, "oops\n"));
  auto outcomes = import_files(*store, {{good, bad}, {.strict = true}});
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes.front().path == bad);
  CHECK(outcomes.front().error->message.find("line 52") != std::string::npos);
  CHECK(store->spans().empty());
  auto lenient = import_files(*store, {{good, folder.path().string() + "/no.csv", bad}, {}});
  REQUIRE(lenient.size() == 3);
  CHECK(!lenient[0].error);
  CHECK(lenient[1].error);
  CHECK(!lenient[2].error);
  CHECK(lenient[2].rejected() == 1);
}

TEST_CASE("another kind over a span is refused unless it replaces") {
  TempFolder folder;
  auto store = open_store(folder);
  import_ok(*store, folder.write("um_BTCUSDT-trades.csv", trades(1, 300)));
  auto before = dump(*store);
  auto agg = folder.write("um_BTCUSDT-aggTrades.csv",
                          "1,100.5,1,1,2,1723161256000,true\n2,100.5,1,3,4,1723161256500,true\n");
  auto refused = import_one(*store, agg);
  REQUIRE(refused.error.has_value());
  CHECK(refused.error->message.find("um_BTCUSDT-aggTrades.csv") != std::string::npos);
  CHECK(dump(*store) == before);
  import_ok(*store, agg, {}, true);
  CHECK(store->spans().front().kind == storage::Kind::agg_trades);
}

TEST_CASE("instruments get the decimals, the market and the funding interval their files show") {
  TempFolder folder;
  auto store = open_store(folder);
  import_ok(*store,
            folder.write("BTCUSDT-1m.csv",
                         "open_time,open,high,low,close,volume\n1767225600000,1.50,2,0.5,1.25,10.1250\n"));
  import_ok(
      *store,
      folder.write(
          "ETHUSDT-funding.csv",
          "funding_time,funding_rate\n1767225600000,0.0001\n1767240000001,0.0001\n1767254400003,0.0002\n"));
  auto instruments = store->instruments();
  REQUIRE(instruments.size() == 2);
  CHECK(instruments[0].price_decimals == 2);
  CHECK(instruments[0].quantity_decimals == 3);
  CHECK(instruments[0].funding_interval_min == 0);
  CHECK(!instruments[0].can_short());
  CHECK(instruments[1].funding_interval_min == 240);
  CHECK(instruments[1].can_short());
}

TEST_CASE("an export imports into an equal store") {
  TempFolder folder;
  auto store = open_store(folder);
  import_ok(*store, folder.write("um_BTCUSDT-trades.csv", trades(1, 5'000)));
  import_ok(*store, folder.write("um_BTCUSDT-bookTicker.csv",
                                 "51,61800.20,0,61800.30,2.510,1723161256313,1723161256320\n"));
  import_ok(*store, folder.write("um_ETHUSDT-1h.csv",
                                 "1767225600000,1,2,0.5,1.5,10,1767229199999,15.25,3,4.5,6,0\n"));
  import_ok(*store, folder.write("um_ETHUSDT-1h-plain.csv",
                                 "open_time,open,high,low,close,volume\n1767232800000,1,2,0.5,1.5,10\n"));
  import_ok(*store,
            folder.write("um_ETHUSDT-funding.csv", "funding_time,funding_rate\n1767225600000,-0.0001\n"));
  TempFolder other;
  auto copy = open_store(other);
  for (const auto& span : store->spans()) {
    std::string text;
    auto rows =
        export_rows(*store, span, span.first_ns, span.last_ns + 1, [&](std::string_view piece) -> Status {
          text += piece;
          return {};
        });
    REQUIRE(rows.has_value());
    auto name = store->instrument(span.instrument)->name;
    import_ok(*copy, other.write(export_name(name, span.kind, span.timeframe), text), {.venue = "import.um"});
  }
  CHECK(dump(*copy) == dump(*store));
}

TEST_CASE("gaps of stored series are found") {
  auto data = data_folder();
  if (data.empty()) {
    MESSAGE("no recorded data: skipping");
    return;
  }
  TempFolder folder;
  auto store = open_store(folder);
  import_ok(*store, (data / "candles_1m_binance_spot_2021-04/core36/BTCUSDT-1m.csv.zst").string());
  import_ok(*store, (data / "lean_equity_ticks_spy_2013-10/equity/usa/tick/spy/20131010_trade.zip").string());
  import_ok(*store, (data / "lean_equity_ticks_spy_2013-10/equity/usa/tick/spy/20131011_trade.zip").string());
  for (const auto& span : store->spans()) {
    auto gaps = find_gaps(*store, span);
    REQUIRE(gaps.has_value());
    if (span.kind == storage::Kind::bars) {
      // The two maintenance stops the README tells of.
      REQUIRE(gaps->count() == 2);
      CHECK(market::format_time(gaps->gaps()[0].from_ns) == "2021-04-20T02:00:00Z");
      CHECK(market::format_time(gaps->gaps()[0].to_ns) == "2021-04-20T04:30:00Z");
      CHECK(market::format_time(gaps->gaps()[1].from_ns) == "2021-04-25T04:01:00Z");
      CHECK(market::format_time(gaps->gaps()[1].to_ns) == "2021-04-25T08:45:00Z");
    } else {
      for (const auto& gap : gaps->gaps())
        CHECK(gap.to_ns - gap.from_ns < session_break_ns);
    }
  }
}
