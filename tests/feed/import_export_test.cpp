#include "actors/feed/import/export_csv.hpp"
#include "tests/feed/import_support.hpp"

#include <doctest/doctest.h>

using namespace finch;
using namespace finch::feed;
using namespace finch::feed::test;

namespace {

/// Writes whatever it is given as CSV and keeps it too.
struct WritingSink : KeepingSink {
  std::optional<CsvWriter> writer;
  std::string text;

  Status begin(const Target& given) override {
    writer.emplace(given.kind);
    return KeepingSink::begin(given);
  }
  template <class C>
  void write(const C& batch) {
    auto done = writer->append(batch, text);
    REQUIRE_MESSAGE(done.has_value(), done.error().message);
  }
  Status ticks(const market::TickColumns& batch) override { return write(batch), KeepingSink::ticks(batch); }
  Status quotes(const market::QuoteColumns& batch) override {
    return write(batch), KeepingSink::quotes(batch);
  }
  Status bars(const market::BarColumns& batch) override { return write(batch), KeepingSink::bars(batch); }
  Status funding(const market::FundingColumns& batch) override {
    return write(batch), KeepingSink::funding(batch);
  }
};

/// Reads a file, writes it as CSV, reads that, and compares.
void round_trip(const std::string& path) {
  CAPTURE(path);
  WritingSink first;
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

TEST_CASE("batches whose optional columns differ do not go into one file") {
  CsvWriter writer{DataKind::trades};
  std::string out;
  market::TickColumns batch;
  batch.time_ns = {1'700'000'000 * market::ns_per_s};
  batch.price = batch.quantity = {1};
  batch.side = {market::Side::buy};
  REQUIRE(writer.append(batch, out).has_value());
  CHECK(out == "time,price,quantity,side\n2023-11-14T22:13:20Z,1,1,buy\n");
  batch.id = {7};
  auto refused = writer.append(batch, out);
  REQUIRE(!refused.has_value());
  CHECK(refused.error().remedy.find("--from") != std::string::npos);
}
