#include "tests/feed/import_support.hpp"

#include <doctest/doctest.h>

using namespace finch;
using namespace finch::feed;
using namespace finch::feed::test;

namespace {

/// Reads every file of a set and checks rows against the README and the instrument each landed on.
void check_set(const std::string& set, const std::string& expected_place) {
  auto data = data_folder();
  if (data.empty()) {
    MESSAGE("no recorded data: set FINCH_TEST_DATA; skipping " << set);
    return;
  }
  auto stated = stated_rows(data, set);
  REQUIRE(!stated.empty());
  for (const auto& [file, rows] : stated) {
    CAPTURE(file);
    CountingSink sink;
    auto report = read_all((data / set / file).string(), sink);
    REQUIRE_MESSAGE(report.has_value(), report.error().message);
    CHECK(report->rows == rows);
    CHECK(report->accepted == rows);
    CHECK(sink.rows == rows);
    CHECK(report->rejected() == 0);
    if (!expected_place.empty())
      CHECK(market::format_name(report->target.instrument).starts_with(expected_place));
  }
}

} // namespace

TEST_CASE("every recorded set reads with the rows its README states") {
  SUBCASE("spot candles") { check_set("candles_1m_binance_spot_2021-04", "import.spot/"); }
  SUBCASE("USD-M candles 2025") { check_set("candles_1m_binance_um_2025-05", "import.um/"); }
  SUBCASE("USD-M candles 2023") { check_set("candles_1m_binance_um_2023-07", "import.um/"); }
  SUBCASE("USD-M 5m candles") { check_set("candles_5m_binance_um_2023-07", "import.um/"); }
  SUBCASE("trades and quotes") { check_set("trades_binance_2024-08", "import."); }
  SUBCASE("aggregate trades") { check_set("aggtrades_binance_spot_xrpeth_2019-10", "import.spot/XRP-ETH"); }
  SUBCASE("SPY ticks") { check_set("lean_equity_ticks_spy_2013-10", "import.equity/SPY-USD"); }
  SUBCASE("funding 2020-2023") { check_set("funding_btc_eth_2020_2023", ""); }
  SUBCASE("funding 2025") { check_set("funding_binance_um_2025", "import.um/"); }
  SUBCASE("funding 2023") { check_set("funding_binance_um_2023-07", "import.um/"); }
}

TEST_CASE("trades, quotes and funding of one market land on one instrument, other markets on others") {
  auto data = data_folder();
  if (data.empty()) {
    MESSAGE("no recorded data: skipping");
    return;
  }
  auto name_of = [&](const std::string& file) {
    CountingSink sink;
    auto report = read_all((data / file).string(), sink);
    REQUIRE_MESSAGE(report.has_value(), report.error().message);
    return market::format_name(report->target.instrument);
  };
  CHECK(name_of("trades_binance_2024-08/um_BTCUSDT-trades.csv.zst") == "import.um/BTC-USDT");
  CHECK(name_of("trades_binance_2024-08/um_BTCUSDT-bookTicker.csv.zst") == "import.um/BTC-USDT");
  CHECK(name_of("funding_binance_um_2025/BTCUSDT-funding.csv.zst") == "import.um/BTC-USDT");
  CHECK(name_of("trades_binance_2024-08/spot_BTCUSDT-trades.csv.zst") == "import.spot/BTC-USDT");
  CHECK(name_of("funding_btc_eth_2020_2023/BTC-USDT_bybit_2021-01-01_2024-01-01-funding.csv.zst") ==
        "bybit.um/BTC-USDT");
}

TEST_CASE("the SPY ticks keep their values, in UTC") {
  auto data = data_folder();
  if (data.empty()) {
    MESSAGE("no recorded data: skipping");
    return;
  }
  KeepingSink sink;
  auto report = read_all(
      (data / "lean_equity_ticks_spy_2013-10/equity/usa/tick/spy/20131007_trade.zip").string(), sink);
  REQUIRE(report.has_value());
  // 14400464 ms after New York midnight, four hours behind UTC in October.
  CHECK(sink.rows.front() == "2013-10-07T08:00:00.464Z 167.41 100 0");
  CHECK(report->first_ns == sink.times.front());
  CHECK(market::format_time(report->last_ns) == "2013-10-07T23:59:59.536Z");
}
