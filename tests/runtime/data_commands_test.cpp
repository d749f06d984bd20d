#include "actors/storage/tick_store.hpp"
#include "tests/contracts/program.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <random>

using namespace finch;
using namespace finch::contracts;

namespace {

constexpr auto trades = "id,price,qty,quote_qty,time,is_buyer_maker\n"
                        "1,100.5,0.25,1,1723161256001,true\n"
                        "2,100.75,0.5,1,1723161256002,false\n"
                        "3,nan,0.5,1,1723161256003,false\n";
constexpr auto bars =
    "open_time,open,high,low,close,volume\n"
    "1767225600000,1,2,0.5,1.5,10\n1767225660000,1,2,0.5,1.5,10\n1767225900000,1,2,0.5,1.5,10\n";

} // namespace

TEST_CASE("import, list, show, verify, export and drop") {
  if (!Program::present())
    return;
  Program finch;
  auto file = finch.write("um_BTCUSDT-trades.csv", trades).string();
  auto imported = finch.run("--json import " + file + " " + finch.write("ETHUSDT-1m.csv", bars).string());
  REQUIRE_MESSAGE(imported.code == 0, imported.err);
  auto report = imported.json();
  REQUIRE(report.size() == 2);
  CHECK(report[0]["instrument"] == "import.um/BTC-USDT");
  CHECK(report[0]["rows"] == 3);
  CHECK(report[0]["added"] == 2);
  CHECK(report[0]["rejected"] == 1);
  CHECK(report[0]["rejections"][0]["line"] == 4);
  CHECK(report[0]["rejections"][0]["reason"] == "empty or NaN");
  CHECK(report[1]["timeframe"] == "1m");

  auto list = finch.run("data list --json").json();
  REQUIRE(list.size() == 2);
  CHECK(list[0]["instrument"] == "import.um/BTC-USDT");
  CHECK(list[0]["rows"] == 2);
  CHECK(list[1]["kind"] == "bars");

  auto show = finch.run("data show ETHUSDT --json").json();
  REQUIRE(show.size() == 1);
  CHECK(show[0]["gaps"]["count"] == 1);
  CHECK(show[0]["gaps"]["missing_minutes"] == 3);
  CHECK(show[0]["gaps"]["list"][0]["from"] == "2026-01-01T00:02:00Z");
  CHECK(show[0]["checksums"].size() == 1);

  auto verify = finch.run("data verify --json").json();
  REQUIRE(verify.size() == 2);
  CHECK(verify[0]["ok"] == true);

  CHECK(finch.run("data export BTC-USDT").out == "time,price,quantity,side,id\n"
                                                 "2024-08-08T23:54:16.001Z,100.5,0.25,sell,1\n"
                                                 "2024-08-08T23:54:16.002Z,100.75,0.5,buy,2\n");
  auto exported = finch.run("data export ETH-USDT --json -o " + finch.path("eth-1m.csv").string());
  CHECK(exported.code == 0);
  CHECK(exported.json()[0]["rows"] == 3);
  CHECK(contains(read_file(finch.path("eth-1m.csv").string()), "2026-01-01T00:05:00Z,1,2,0.5,1.5,10\n"));
  for (const auto& entry : fs::directory_iterator{finch.path("")})
    CHECK(entry.path().extension() != ".tmp");

  auto dropped = finch.run("data drop BTC-USDT --json");
  CHECK(dropped.code == 0);
  CHECK(dropped.json()[0]["rows"] == 2);
  CHECK(finch.run("data list --json").json().size() == 1);
}

TEST_CASE("standard input is a file like any other") {
  if (!Program::present())
    return;
  Program finch;
  auto file = finch.write("x.csv", trades).string();
  CHECK(finch.run("import -", "cat " + file + " |").code == 2);
  auto named = finch.run("import - --symbol BTC-USDT --venue binance.um --json", "cat " + file + " |");
  CHECK(named.code == 0);
  CHECK(named.json()[0]["instrument"] == "binance.um/BTC-USDT");
}

TEST_CASE("errors name place and remedy and have the exit code of their kind") {
  if (!Program::present())
    return;
  Program finch;
  auto good = finch.write("BTCUSDT-trades.csv", trades).string();
  auto expect = [&](const std::string& arguments, int code, std::string_view message) {
    CAPTURE(arguments);
    auto outcome = finch.run(arguments);
    CHECK(outcome.code == code);
    CHECK_MESSAGE(contains(outcome.err, message), outcome.err);
    CHECK(contains(outcome.err, "-> "));
  };
  expect("data list", 4, "holds no data");
  expect("import", 2, "FILE");
  expect("import " + finch.path("missing.csv").string(), 2, "missing.csv");
  expect("import --format parquet " + good, 2, "parquet");
  expect("import " + finch.write("prices.csv", trades).string(), 2, "cannot tell the symbol");
  expect("import " + finch.write("BTCUSDT-empty.csv", "").string(), 3, "BTCUSDT-empty.csv is empty");
  expect("import " + finch.write("BTCUSDT.csv", "hello\n").string(), 3, "of no known format");
  expect("import --strict " + good, 3, "line 4: empty or NaN");
  expect("import " + finch.write("BTCUSDT.csv.gz", "\x1f\x8b\x08").string(), 3, "cut off at byte 3");
  REQUIRE(finch.run("import " + good).code == 0);
  expect("import " + good + " " + finch.path("BTCUSDT-empty.csv").string(), 3, "1 of 2 files imported");
  expect("data show DOGEUSDT", 2, "unknown instrument");
  expect("data export BTCUSDT --from 2030-01-01", 2, "has no trades in this range");
  expect("data export BTCUSDT --from 2024-01-02 --to 2024-01-01", 2, "is empty");
  expect("data export BTCUSDT --kind bars", 2, "no such series");
  expect("data export BTCUSDT --kind apples", 2, "unknown kind");
  expect("data export BTCUSDT --json", 2, "--output");
  expect("data export BTCUSDT -o " + finch.path("no/where.csv").string(), 4, "cannot write");
  expect("data drop BTCUSDT --from 2030-01-01", 2, "no such rows");
  auto failed = finch.run("--json import " + finch.path("BTCUSDT-empty.csv").string());
  CHECK(failed.json()[0]["error"]["category"] == "bad_input");

  auto writer = storage::TickStore::open(finch.data(), storage::Mode::write);
  REQUIRE(writer.has_value());
  expect("import " + good, 4, std::to_string(::getpid()));
  CHECK(finch.run("data list --json").json().size() == 1);
}

TEST_CASE("an import killed at any point leaves all of a file or nothing of it") {
  if (!Program::present())
    return;
  Program finch;
  constexpr int rows = 400'000;
  std::string text = "id,price,qty,quote_qty,time,is_buyer_maker\n";
  for (int id = 1; id <= rows; ++id)
    text += fmt::format("{},{}.25,0.5,1,{},true\n", id, 100 + id % 7, 1'723'161'256'000 + id * 500LL);
  auto file = finch.write("BTCUSDT-trades.csv", text).string();
  auto stored = [&]() -> std::int64_t {
    auto list = finch.run("data list --json");
    if (list.code == 4)
      return 0; // killed before there was a store
    REQUIRE_MESSAGE(list.code == 0, list.err);
    auto json = list.json();
    return json.empty() ? 0 : json[0]["rows"].get<std::int64_t>();
  };
  std::mt19937 draw{11};
  for (int round = 0; round < 12; ++round) {
    auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      auto data = finch.data().string();
      if (std::freopen("/dev/null", "w", stdout) == nullptr ||
          std::freopen("/dev/null", "w", stderr) == nullptr)
        ::_exit(99);
      ::execl(std::getenv("FINCH_BINARY"), "finch", "--data", data.c_str(), "import", file.c_str(), nullptr);
      ::_exit(99);
    }
    ::usleep(5'000 + draw() % 150'000);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    auto there = stored();
    CHECK((there == 0 || there == rows));
  }
  auto last = finch.run("import --json " + file);
  REQUIRE_MESSAGE(last.code == 0, last.err);
  CHECK(last.json()[0]["added"].get<int>() + last.json()[0]["duplicates"].get<int>() == rows);
  CHECK(stored() == rows);
  CHECK(finch.run("data verify").code == 0);
}
