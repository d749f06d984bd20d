#include "actors/feed/import/file_name.hpp"
#include "tests/feed/import_support.hpp"

#include <doctest/doctest.h>

using namespace finch;
using namespace finch::feed;
using namespace finch::feed::test;

namespace {

/// Reads a text that must be accepted whole and gives what the sink kept.
KeepingSink read_ok(const std::string& name, std::string_view text, const std::string& instrument,
                    Format format, const ReadOptions& options = {}) {
  KeepingSink sink;
  auto report = read_text(name, text, sink, options);
  REQUIRE_MESSAGE(report.has_value(), report.error().message);
  CHECK(report->rejected() == 0);
  CHECK(report->rows == sink.rows.size());
  CHECK(format_name(report->format) == format_name(format));
  CHECK(market::format_name(report->target.instrument) == instrument);
  CHECK(sink.begun == 1);
  return sink;
}

} // namespace

TEST_CASE("Binance trades: spot and USD-M, headed or not, ms and µs, true and True") {
  constexpr auto spot = "3735683259,61837.63000000,0.02000000,1236.75260000,1723161255342,True,True\n"
                        "3735683260,61837.60000000,0.04800000,2968.20480000,1723161255617,False,True\n";
  auto sink = read_ok("BTCUSDT-trades-2024-08-08.csv", spot, "import.spot/BTC-USDT", Format::trades);
  CHECK(sink.rows == std::vector<std::string>{"2024-08-08T23:54:15.342Z 61837.63 0.02 -1 #3735683259",
                                              "2024-08-08T23:54:15.617Z 61837.6 0.048 1 #3735683260"});
  auto headed = std::string{"id,price,qty,quote_qty,time,is_buyer_maker,is_best_match\n"} + spot;
  CHECK(read_ok("BTCUSDT-trades.csv", headed, "import.spot/BTC-USDT", Format::trades).rows == sink.rows);

  auto micro = read_ok("ETHUSDT-trades-2025-01-01.csv", "1,3400.1,2,6800.2,1735689600123456,true,true\n",
                       "import.spot/ETH-USDT", Format::trades);
  CHECK(micro.rows.front() == "2025-01-01T00:00:00.123456Z 3400.1 2 -1 #1");

  auto um = read_ok("BTCUSDT-trades-2021-01-01.csv", "7,29000.1,0.5,14500.05,1609459200000,false\n",
                    "import.um/BTC-USDT", Format::trades);
  CHECK(um.rows.front() == "2021-01-01T00:00:00Z 29000.1 0.5 1 #7");
  CHECK(um.target.kind == storage::Kind::trades);
}

TEST_CASE("Binance aggTrades: eight columns are spot, seven USD-M") {
  auto spot =
      read_ok("BTCUSDT-aggTrades-2026-01-01.csv",
              "3690012345,87650.10000000,0.01500000,5712340001,5712340003,1767225660122417,True,True\n",
              "import.spot/BTC-USDT", Format::agg_trades);
  CHECK(spot.rows.front() == "2026-01-01T00:01:00.122417Z 87650.1 0.015 -1 #3690012345");
  CHECK(spot.target.kind == storage::Kind::agg_trades);
  auto um = read_ok("BTCUSDT-aggTrades.csv",
                    "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n"
                    "5,87650.1,0.015,1,3,1767225660122,false\n",
                    "import.um/BTC-USDT", Format::agg_trades);
  CHECK(um.rows.front() == "2026-01-01T00:01:00.122Z 87650.1 0.015 1 #5");
}

TEST_CASE("Binance bookTicker, with and without header, takes the transaction time") {
  constexpr auto row = "5123107839020,61800.20,2.507,61800.30,2.510,1723161256313,1723161256320\n";
  auto bare = read_ok("BTCUSDT-bookTicker-2024-03-01.csv", row, "import.um/BTC-USDT", Format::book_ticker);
  CHECK(bare.rows.front() == "2024-08-08T23:54:16.313Z 61800.2 x 2.507 / 61800.3 x 2.51 #5123107839020");
  auto headed =
      std::string{
          "update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time\n"} +
      row;
  CHECK(read_ok("BTCUSDT-bookTicker.csv", headed, "import.um/BTC-USDT", Format::book_ticker).rows ==
        bare.rows);
}

TEST_CASE(
    "Binance klines carry quote volume, count and taker buy volume; their length is in the close time") {
  constexpr auto micro =
      "1767225660000000,87650.10,87671.40,87644.00,87660.20,12.53100,1767225719999999,1098410.33,188,"
      "6.10200,534880.91,0\n";
  auto bare = read_ok("BTCUSDT-2026-01.csv", micro, "import.spot/BTC-USDT", Format::klines);
  CHECK(bare.rows.front() ==
        "2026-01-01T00:01:00Z 87650.1 87671.4 87644 87660.2 v12.531 q1098410.33 n188 b6.102");
  CHECK(bare.target.timeframe.minutes == 1);
  constexpr auto hourly =
      "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,"
      "taker_buy_quote_volume,ignore\n"
      "1767225600000,1,2,0.5,1.5,10,1767229199999,15,3,4,6,0\n";
  auto headed =
      read_ok("data/futures/um/BTCUSDT-1h-2026-01.csv", hourly, "import.um/BTC-USDT", Format::klines);
  CHECK(headed.target.timeframe.minutes == 60);
}

TEST_CASE("funding: Binance's three columns and the plain two") {
  auto binance = read_ok("BTCUSDT-fundingRate-2024-01.csv",
                         "calc_time,funding_interval_hours,last_funding_rate\n1704067200003,8,0.00037409\n",
                         "import.um/BTC-USDT", Format::funding);
  CHECK(binance.rows.front() == "2024-01-01T00:00:00.003Z 0.00037409");
  auto bare = read_ok("BTCUSDT-fundingRate-2024-01.csv", "1704067200000,8,-0.0001\n", "import.um/BTC-USDT",
                      Format::funding);
  CHECK(bare.rows.front() == "2024-01-01T00:00:00Z -0.0001");
  auto plain =
      read_ok("ETH-USDT_bybit_2021-01-01_2024-01-01-funding.csv",
              "funding_time,funding_rate\n1609459200000,1E-4\n", "bybit.um/ETH-USDT", Format::funding);
  CHECK(plain.rows.front() == "2021-01-01T00:00:00Z 0.0001");
}

TEST_CASE("Tardis trades: instrument from the rows, microseconds, unknown sides and ids that are words") {
  constexpr auto header = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n";
  auto text = std::string{header} +
              "binance-futures,BTCUSDT,1767225660100000,1767225660107512,6900000001,buy,87648.9,0.12\n"
              "binance-futures,BTCUSDT,1767225660100001,1767225660107513,6900000002,unknown,87648.8,1\n";
  auto sink = read_ok("whatever.csv", text, "binance.um/BTC-USDT", Format::tardis_trades);
  CHECK(sink.rows == std::vector<std::string>{"2026-01-01T00:01:00.1Z 87648.9 0.12 1 #6900000001",
                                              "2026-01-01T00:01:00.100001Z 87648.8 1 0 #6900000002"});
  auto words =
      read_ok("x.csv", std::string{header} + "deribit,BTC-PERPETUAL,1767225660100000,1,a-b-c,sell,1,10\n",
              "deribit.um/BTC-USD", Format::tardis_trades);
  CHECK(words.rows.front() == "2026-01-01T00:01:00.1Z 1 10 -1");
}

TEST_CASE("LEAN ticks follow New York's clock through both changes of a year") {
  auto first_row = [](const std::string& name, const std::string& row) {
    KeepingSink sink;
    auto report = read_text(name, row, sink);
    REQUIRE_MESSAGE(report.has_value(), report.error().message);
    CHECK(market::format_name(report->target.instrument) == "import.equity/SPY-USD");
    return sink.rows.front();
  };
  CHECK(first_row("20131007_spy_Trade_Tick.csv", "34200000,1674100,100,P,0,0\n") ==
        "2013-10-07T13:30:00Z 167.41 100 0");
  CHECK(first_row("20130107_spy_Trade_Tick.csv", "34200000,1674100,100,P,0,0\n") ==
        "2013-01-07T14:30:00Z 167.41 100 0");
  // 2013-03-10: the clock jumps from 2:00 to 3:00.
  CHECK(first_row("20130310_spy_Trade_Tick.csv", "7199999,1,1,P,0,0\n") ==
        "2013-03-10T06:59:59.999Z 0.0001 1 0");
  CHECK(first_row("20130310_spy_Trade_Tick.csv", "10800000,1,1,P,0,0\n") ==
        "2013-03-10T07:00:00Z 0.0001 1 0");
  // 2013-11-03: the clock falls back from 2:00 to 1:00, so 1:30 comes twice and the first is meant.
  CHECK(first_row("20131103_spy_Trade_Tick.csv", "5400000,1,1,P,0,0\n") == "2013-11-03T05:30:00Z 0.0001 1 0");
  CHECK(first_row("20131103_spy_Trade_Tick.csv", "7200000,1,1,P,0,0\n") == "2013-11-03T07:00:00Z 0.0001 1 0");

  KeepingSink sink;
  auto skipped = read_text("20130310_spy_Trade_Tick.csv", "9000000,1,1,P,0,0\n10800000,1,1,P,0,0\n", sink);
  REQUIRE(skipped.has_value());
  REQUIRE(skipped->rejections.size() == 1);
  CHECK(skipped->rejections.front().reason == Reject::bad_time);
}

TEST_CASE("generic OHLCV: names, delimiters, times, quotes, marks and line ends as they come") {
  auto cdd = read_ok("Binance_BTCUSDT_1m.csv",
                     "https://www.example.com\n"
                     "unix,date,symbol,open,high,low,close,Volume BTC,Volume USDT,tradecount\n"
                     "1767225660000,2026-01-01 00:01:00,BTCUSDT,2,3,1,2.5,10,25,7\n"
                     "1767225600000,2026-01-01 00:00:00,BTCUSDT,1,2,1,2,11,16.5,8\n",
                     "binance.spot/BTC-USDT", Format::ohlcv);
  CHECK(cdd.rows == std::vector<std::string>{"2026-01-01T00:01:00Z 2 3 1 2.5 v10 q25 n7",
                                             "2026-01-01T00:00:00Z 1 2 1 2 v11 q16.5 n8"});

  auto quoted = read_ok("ETHEUR-5m.csv",
                        "\xEF\xBB\xBF\"date\";\"open\";\"high\";\"low\";\"close\";\"volume\"\r\n"
                        "\"2026-01-01T00:05:00+00:00\";\"1.5\";\"2\";\"1\";\"1.75\";\"3\"\r\n\r\n",
                        "import.spot/ETH-EUR", Format::ohlcv);
  CHECK(quoted.rows.front() == "2026-01-01T00:05:00Z 1.5 2 1 1.75 v3");
  CHECK(quoted.target.timeframe.minutes == 5);

  auto kaggle = read_ok("btcusd_1-min_data.csv",
                        "Timestamp,Open,High,Low,Close,Volume\n1325412060.0,4.58,4.58,4.58,4.58,0.0\n"
                        "1325412120.0,4.58,4.6,4.5,4.58,1.25",
                        "import.spot/BTC-USD", Format::ohlcv);
  CHECK(kaggle.rows.front() == "2012-01-01T10:01:00Z 4.58 4.58 4.58 4.58 v0");
  CHECK(kaggle.target.timeframe.minutes == 1);

  auto bare =
      read_ok("XRPUSDT-15m.csv", "1767225600\t1\t2\t0.5\t1.5\t100\n", "import.spot/XRP-USDT", Format::ohlcv);
  CHECK(bare.target.timeframe.minutes == 15);
}

TEST_CASE("symbol, venue and format the user gives win over what the file says") {
  constexpr auto row = "7,29000.1,0.5,14500.05,1609459200000,false\n";
  read_ok("x.csv", row, "binance.um/ETH-USDT", Format::trades, {.venue = "binance.um", .symbol = "ETHUSDT"});
  read_ok("x.csv", row, "binance.um/ETH-USDT", Format::trades, {.venue = "binance", .symbol = "ETH/USDT"});
  read_ok("BTCUSDT.csv", row, "okx.swap/BTC-USDC", Format::trades, {.symbol = "okx.swap/BTC-USDC"});
  read_ok("x.csv", row, "import.um/SPY-USD", Format::trades, {.format = Format::trades, .symbol = "SPY"});
  CHECK(*parse_format("binance-aggTrades") == Format::agg_trades);
  CHECK(*parse_format("LEAN") == Format::lean_ticks);
  CHECK(!parse_format("auto")->has_value());
  CHECK(parse_format("parquet").error().category == Category::usage);
}

TEST_CASE("file names give symbol, venue, market and bar length") {
  auto symbol_of = [](std::string_view path) {
    auto hints = read_name(path);
    return hints.symbol ? hints.symbol->first + "-" + hints.symbol->second : hints.bare_symbol;
  };
  CHECK(symbol_of("BTCUSDT-1m.csv.zst") == "BTC-USDT");
  CHECK(symbol_of("um_BTCUSDT-trades.csv.zst") == "BTC-USDT");
  CHECK(symbol_of("BTC_USDT_USDT-1h-futures.csv") == "BTC-USDT");
  CHECK(symbol_of("XRPETH-aggTrades-2019-10-11_13.csv.zst") == "XRP-ETH");
  CHECK(symbol_of("1000SHIBUSDT-5m-2024-01.zip") == "1000SHIB-USDT");
  CHECK(symbol_of("SPY-1m.csv") == "SPY");
  CHECK(symbol_of("data.csv").empty());
  CHECK(symbol_of("trades-2024-01-01.csv.gz").empty());
  CHECK(read_name("a/spy/20131007_trade.zip", "20131007_spy_Trade_Tick.csv").bare_symbol == "spy");
  CHECK(read_name("sets/futures/um/daily/BTCUSDT-1m.csv").market == "um");
  CHECK(read_name("binance_um/spot_BTCUSDT.csv").market == "spot");
  CHECK(read_name("binance/BTCUSDT.csv").venue.empty());
  CHECK(read_name("BTCUSDT_bybit.csv").venue == "bybit");
  CHECK(read_name("BTCUSDT-4h.csv").timeframe->minutes == 240);
}
