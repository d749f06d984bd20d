#include "actors/feed/import/export_csv.hpp"
#include "tests/feed/import_support.hpp"

#include <doctest/doctest.h>

using namespace finch;
using namespace finch::feed;
using namespace finch::feed::test;

namespace {

/// Notes which columns there are.
struct NotingSink : KeepingSink {
  OptionalColumns columns;
  Status ticks(const market::TickColumns& batch) override { return columns.note(batch), Status{}; }
  Status quotes(const market::QuoteColumns& batch) override { return columns.note(batch), Status{}; }
  Status bars(const market::BarColumns& batch) override { return columns.note(batch), Status{}; }
  Status funding(const market::FundingColumns& batch) override { return columns.note(batch), Status{}; }
};

/// Writes whatever it is given as CSV and keeps it too.
struct WritingSink : KeepingSink {
  explicit WritingSink(OptionalColumns given) : columns(given) {}
  OptionalColumns columns;
  std::optional<CsvWriter> writer;
  std::string text;

  Status begin(const Target& given) override {
    writer.emplace(given.kind, columns);
    writer->header(text);
    return KeepingSink::begin(given);
  }
  Status ticks(const market::TickColumns& batch) override {
    return writer->rows(batch, text), KeepingSink::ticks(batch);
  }
  Status quotes(const market::QuoteColumns& batch) override {
    return writer->rows(batch, text), KeepingSink::quotes(batch);
  }
  Status bars(const market::BarColumns& batch) override {
    return writer->rows(batch, text), KeepingSink::bars(batch);
  }
  Status funding(const market::FundingColumns& batch) override {
    return writer->rows(batch, text), KeepingSink::funding(batch);
  }
};

/// Reads a file, writes it as CSV, reads that, and compares.
void round_trip(const std::string& path) {
  CAPTURE(path);
  NotingSink noting;
  REQUIRE(read_all(path, noting).has_value());
  WritingSink first{noting.columns};
  auto report = read_all(path, first);
  REQUIRE_MESSAGE(report.has_value(), report.error().message);
  KeepingSink second;
  auto name = export_name(first.target.instrument, first.target.kind, first.target.timeframe);
  auto again = read_text(name, first.text, second,
                         {.venue = first.target.instrument.venue + "." + first.target.instrument.market});
  REQUIRE_MESSAGE(again.has_value(), again.error().message);
  CHECK(again->rejected() == 0);
  CHECK(second.target == first.target);
  CHECK(second.rows == first.rows);
}

} // namespace

TEST_CASE("what is exported imports to the same values: made files") {
  TempFolder folder;
  round_trip(folder.write("BTCUSDT-trades.csv",
                          "3735683259,61837.63000000,0.02000000,1236.7,1723161255342,True,True\n"
                          "3735683260,0.00000001,90000000000,2968.2,1735689600123456,False,True\n"));
  round_trip(folder.write("BTCUSDT-aggTrades.csv", "1,87650.1,0.015,1,3,1767225660122417,True,True\n"));
  round_trip(
      folder.write("BTCUSDT-bookTicker.csv", "51,61800.20,0,61800.30,2.510,1723161256313,1723161256320\n"));
  round_trip(folder.write("BTCUSDT-1h.csv", "1767225600000,1,2,0.5,1.5,10,1767229199999,15.25,3,4.5,6,0\n"));
  round_trip(folder.write("BTCUSDT-funding.csv",
                          "funding_time,funding_rate\n1704067200003,-0.00037409\n1704096000000,0\n"));
  round_trip(folder.write("20131007_spy_Trade_Tick.csv",
                          "34200001,1674100,100,P,0,0\n34200001,1674100,100,P,0,0\n"));
}

TEST_CASE("what is exported imports to the same values: recorded files") {
  auto data = data_folder();
  if (data.empty()) {
    MESSAGE("no recorded data: skipping");
    return;
  }
  for (auto file : {"trades_binance_2024-08/um_BTCUSDT-trades.csv.zst",
                    "trades_binance_2024-08/um_ETHUSDT-bookTicker.csv.zst",
                    "aggtrades_binance_spot_xrpeth_2019-10/XRPETH-aggTrades-2019-10-11_13.csv.zst",
                    "candles_1m_binance_spot_2021-04/core36/DOGEUSDT-1m.csv.zst",
                    "candles_5m_binance_um_2023-07/BTCUSDT-5m.csv.zst",
                    "funding_binance_um_2025/LAYERUSDT-funding.csv.zst",
                    "lean_equity_ticks_spy_2013-10/equity/usa/tick/spy/20131011_trade.zip"})
    round_trip((data / file).string());
}

TEST_CASE("rows with and without optional columns go into one file and come back as they were") {
  TempFolder folder;
  round_trip(folder.write("import.spot_BTC-USDT-trades.csv",
                          "time,price,quantity,side,id\n2023-11-14T22:13:20Z,1,1,buy,\n"
                          "2023-11-14T22:13:21.5Z,1,1,sell,7\n2023-11-14T22:13:22Z,2,1,unknown,\n"));
  round_trip(folder.write(
      "BTC-USDT-1m.csv", "open_time,open,high,low,close,volume,quote_volume,count,taker_buy_volume\n"
                         "2026-01-01T00:00:00Z,1,2,0.5,1.5,10,,,\n2026-01-01T00:01:00Z,1,2,0.5,1.5,10,15,3,\n"
                         "2026-01-01T00:02:00Z,1,2,0.5,1.5,10,15,3,4\n"));
}

TEST_CASE("exported text is plain") {
  CsvWriter writer{storage::Kind::trades, {.id = true}};
  std::string out;
  market::TickColumns batch;
  batch.price_decimals = 3;
  batch.quantity_decimals = 8;
  batch.time_ns = {1'700'000'000 * market::ns_per_s, 1'700'000'000 * market::ns_per_s + 5};
  batch.price = {1'000, 120};
  batch.quantity = {1, 9'007'199'254'740'993};
  batch.side = {market::Side::buy, market::Side::none};
  batch.id = {0, 18'446'744'073'709'551'615U};
  writer.header(out);
  writer.rows(batch, out);
  CHECK(out == "time,price,quantity,side,id\n2023-11-14T22:13:20Z,1,0.00000001,buy,0\n"
               "2023-11-14T22:13:20.000000005Z,0.12,90071992.54740993,unknown,18446744073709551615\n");
}
