#include "tests/feed/import_support.hpp"

#include <doctest/doctest.h>
#include <zip.h>
#include <zlib.h>
#include <zstd.h>

#include <random>

using namespace finch;
using namespace finch::feed;
using namespace finch::feed::test;

namespace {

constexpr auto header = "id,price,qty,quote_qty,time,is_buyer_maker\n";

std::string trade(std::uint64_t id, std::string_view price = "100.5", std::string_view quantity = "0.25") {
  return std::to_string(id) + "," + std::string{price} + "," + std::string{quantity} + ",1," +
         std::to_string(1'723'161'256'000 + id) + ",true\n";
}

std::string trades(std::uint64_t count) {
  std::string text = header;
  for (std::uint64_t id = 1; id <= count; ++id)
    text += trade(id);
  return text;
}

std::string gzipped(std::string_view text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstandard(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  auto size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3);
  REQUIRE(ZSTD_isError(size) == 0);
  out.resize(size);
  return out;
}

std::string zipped(const TempFolder& folder,
                   const std::vector<std::pair<std::string, std::string>>& members) {
  auto path = (folder.path() / "made.zip").string();
  int code = 0;
  auto* zip = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  REQUIRE(zip != nullptr);
  for (const auto& [name, text] : members)
    zip_file_add(zip, name.c_str(), zip_source_buffer(zip, text.data(), text.size(), 0), ZIP_FL_OVERWRITE);
  REQUIRE(zip_close(zip) == 0);
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

Error error_of(const std::string& name, std::string_view text, const ReadOptions& options = {}) {
  KeepingSink sink;
  auto report = read_text(name, text, sink, options);
  REQUIRE(!report.has_value());
  CHECK(!report.error().remedy.empty());
  return report.error();
}

ReadReport report_of(const std::string& name, std::string_view text, KeepingSink& sink,
                     const ReadOptions& options = {}) {
  auto report = read_text(name, text, sink, options);
  REQUIRE_MESSAGE(report.has_value(), report.error().message);
  CHECK(report->rows == report->accepted + report->rejected());
  CHECK(report->accepted == sink.rows.size());
  return *report;
}

bool names(const Error& error, std::string_view text) {
  return error.message.find(text) != std::string::npos;
}

} // namespace

TEST_CASE("each kind of bad row is rejected with its line and reason, and the good rows stay") {
  auto good = trade(1);
  struct Case {
    std::string row;
    Reject reason;
  };
  const std::vector<Case> cases{
      {"2,100,1,1,1723161256002\n", Reject::column_count},
      {"2,100,1,1,1723161256002,true,true\n", Reject::column_count},
      {"2,abc,1,1,1723161256002,true\n", Reject::not_a_number},
      {"2,1.2.3,1,1,1723161256002,true\n", Reject::not_a_number},
      {"2,-100,1,1,1723161256002,true\n", Reject::not_positive},
      {"2,0.000,1,1,1723161256002,true\n", Reject::not_positive},
      {"2,NaN,1,1,1723161256002,true\n", Reject::missing_value},
      {"2,,1,1,1723161256002,true\n", Reject::missing_value},
      {"2,100,nan,1,1723161256002,true\n", Reject::missing_value},
      {"2,inf,1,1,1723161256002,true\n", Reject::not_a_number},
      {"2,1e400,1,1,1723161256002,true\n", Reject::too_large},
      {"2,99999999999999999999,1,1,1723161256002,true\n", Reject::too_large},
      {"2,100,0,1,1723161256002,true\n", Reject::bad_quantity},
      {"2,100,-1,1,1723161256002,true\n", Reject::bad_quantity},
      {"2,100,1,1,noon,true\n", Reject::bad_time},
      {"2,100,1,1,86400000,true\n", Reject::time_range},
      {"2,100,1,1,99999999999,true\n", Reject::time_range},
      {"2,100,1,1,9223372036854775807,true\n", Reject::time_range},
      {"2,100,1,1,-1723161256002,true\n", Reject::time_range},
      {"2,100,1,1,1723161256002,maybe\n", Reject::bad_side},
      {"-2,100,1,1,1723161256002,true\n", Reject::bad_id},
      {std::string{"2,100\0,1,1,1723161256002,true\n", 30}, Reject::not_a_number},
      {"\x01\x02\xff\xfe junk\n", Reject::column_count},
      {std::string(200'000, '7') + "\n", Reject::line_too_long},
  };
  for (const auto& bad : cases) {
    CAPTURE(bad.row.substr(0, 60));
    KeepingSink sink;
    auto report = report_of("BTCUSDT-trades.csv", header + good + bad.row + trade(3), sink);
    CHECK(report.accepted == 2);
    REQUIRE(report.rejections.size() == 1);
    CHECK(report.rejections[0].line == 3);
    CHECK(describe(report.rejections[0].reason) == describe(bad.reason));
    CHECK(report.rejected_by[static_cast<std::size_t>(bad.reason)] == 1);

    auto strict = error_of("BTCUSDT-trades.csv", header + good + bad.row + trade(3), {.strict = true});
    CHECK(strict.category == Category::bad_input);
    CHECK(names(strict, "line 3"));
    CHECK(names(strict, describe(bad.reason)));
  }
}

TEST_CASE("bars and quotes that contradict themselves are rejected") {
  auto reasons = [](const std::string& name, const std::string& text) {
    KeepingSink sink;
    return summarise_rejections(report_of(name, text, sink));
  };
  constexpr auto bars = "open_time,open,high,low,close,volume\n1767225600000,1,2,0.5,1.5,10\n";
  CHECK(reasons("BTCUSDT-1m.csv", std::string{bars} + "1767225660000,1,2,1.6,1.5,10\n") ==
        "1 low or high does not enclose open and close");
  CHECK(reasons("BTCUSDT-1m.csv", std::string{bars} + "1767225660000,1,1.4,0.5,1.5,10\n") ==
        "1 low or high does not enclose open and close");
  CHECK(reasons("BTCUSDT-1m.csv", std::string{bars} + "1767225661000,1,2,0.5,1.5,10\n") ==
        "1 time is not the start of a bar");
  CHECK(reasons("BTCUSDT-1m.csv", std::string{bars} + "1767225660000,1,2,0.5,1.5,-10\n") ==
        "1 negative or zero quantity");
  CHECK(reasons("BTCUSDT-1m.csv", std::string{bars} + "1767225660000,NaN,NaN,NaN,NaN,NaN\n") ==
        "1 empty or NaN");
  CHECK(reasons("BTCUSDT-bookTicker.csv",
                "1,100,1,101,1,1767225660000,1767225660000\n2,102,1,101,1,1767225660000,1767225660000\n") ==
        "1 bid above ask");
  CHECK(
      reasons("BTCUSDT-funding.csv", "funding_time,funding_rate\n1767225600000,0.0001\n1767254400000,3\n") ==
      "1 funding rate out of range");
}

TEST_CASE("lines of ten megabytes are skipped in constant memory, wherever they stand") {
  auto giant = std::string(10'000'000, 'x') + "\n";
  KeepingSink sink;
  auto report = report_of("BTCUSDT-trades.csv",
                          trades(3) + giant + trade(4) + giant + trade(5) + giant.substr(0, 9'999'999), sink);
  CHECK(report.accepted == 5);
  CHECK(report.rejected_by[static_cast<std::size_t>(Reject::line_too_long)] == 3);
  CHECK(report.rejections[0].line == 5);
  CHECK(report.rejections[2].line == 9);
  CHECK(report.rejections[0].text.size() < 120);

  auto only = error_of("BTCUSDT-trades.csv", giant);
  CHECK(only.category == Category::bad_input);
}

TEST_CASE("rejections are counted without end and kept only at first") {
  std::string text = trades(2);
  for (int row = 0; row < 1'000; ++row)
    text += "broken\n";
  KeepingSink sink;
  auto report = report_of("BTCUSDT-trades.csv", text, sink);
  CHECK(report.rejected() == 1'000);
  CHECK(report.rejections.size() == ReadReport::kept_rejections);
  CHECK(summarise_rejections(report) == "1000 wrong column count");
}

TEST_CASE("files without any row to import fail with what they are") {
  CHECK(names(error_of("BTCUSDT-trades.csv", ""), "is empty"));
  CHECK(names(error_of("BTCUSDT-trades.csv", "\n\r\n\n"), "is empty"));
  CHECK(names(error_of("BTCUSDT-trades.csv", header), "has a header and no rows"));
  auto all_bad = error_of("BTCUSDT-trades.csv",
                          std::string{header} + "1,-5,1,1,1723161256002,true\n2,0,1,1,1723161256002,true\n");
  CHECK(all_bad.category == Category::bad_input);
  CHECK(names(all_bad, "all 2 rows were rejected (2 negative or zero price); line 2"));
}

TEST_CASE("files of another kind are refused before a row is taken") {
  std::string junk(50'000, '\0');
  std::mt19937 draw{7};
  for (auto& byte : junk)
    byte = static_cast<char>(draw());
  for (const std::string& text :
       {junk, std::string{"hello\nworld\n"}, std::string{"[[1767225600000,1,2,3,4,5]]"},
        std::string{"name,colour\nfinch,yellow\n"}, std::string(5'000, '\0')}) {
    auto error = error_of("BTCUSDT-trades.csv", text);
    CHECK(error.category == Category::bad_input);
    CHECK(names(error, "is of no known format"));
    CHECK(names(error, "BTCUSDT-trades.csv"));
  }
  CHECK(names(error_of("20170903_ethusd_minute_trade.csv", "0,345,345,345,345,1\n60000,346,346,346,346,1\n"),
              "is of no known format"));
  auto wrong = error_of("BTCUSDT-trades.csv", trades(5), {.format = Format::klines});
  CHECK(names(wrong, "line 1 is not of format klines"));
  CHECK(names(error_of("BTCUSDT-1m.csv", "1767225600000,1,2,0.5,1.5,10\n", {.format = Format::trades}),
              "not of format trades"));
}

TEST_CASE("an instrument or a bar length that cannot be told is asked for") {
  auto symbol = error_of("data.csv", trades(2));
  CHECK(symbol.category == Category::usage);
  CHECK(names(symbol, "cannot tell the symbol"));
  CHECK(symbol.remedy.find("--symbol") != std::string::npos);
  CHECK(error_of("x.csv", trades(2), {.symbol = "BTC USDT!"}).category == Category::usage);
  CHECK(error_of("BTCUSDT.csv", trades(2), {.venue = "Binance Spot"}).category == Category::usage);
  CHECK(error_of("BTCUSDT.csv", trades(2), {.venue = "okx.spot", .symbol = "binance.um/BTC-USDT"}).category ==
        Category::usage);
  CHECK(
      names(error_of("BTCUSDT.csv", "1767225600000,1,2,0.5,1.5,10\n"), "cannot tell the length of the bars"));
  CHECK(names(error_of("BTCUSDT.csv", "1767225600000,1,2,0.5,1.5,10\n1767225601000,1,2,0.5,1.5,10\n"),
              "bars of 1 s"));
}

TEST_CASE("rows of a second symbol are rejected, not mixed in") {
  KeepingSink sink;
  auto report = report_of(
      "trades.csv",
      "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n"
      "binance,BTCUSDT,1767225660100000,1,1,buy,1,1\nbinance,ETHUSDT,1767225660100000,1,2,buy,1,1\n",
      sink);
  CHECK(summarise_rejections(report) == "1 another symbol");
}

TEST_CASE("gzip, zstd and zip read as the plain text does, by content and not by name") {
  TempFolder folder;
  auto text = trades(20'000);
  KeepingSink plain;
  REQUIRE(read_all(folder.write("BTCUSDT-trades.csv", text), plain).has_value());
  const std::vector<std::string> packed{
      gzipped(text),
      zstandard(text),
      gzipped(text.substr(0, 1'000)) + gzipped(text.substr(1'000)),
      zstandard(text.substr(0, 999)) + zstandard(text.substr(999)),
      gzipped(text) + std::string(512, '\0'),
      zipped(folder, {{"BTCUSDT-trades.csv", text}, {"BTCUSDT-trades.csv.CHECKSUM", "x"}})};
  for (const auto& bytes : packed) {
    KeepingSink sink;
    auto report = read_all(folder.write("BTCUSDT-trades.bin", bytes), sink);
    REQUIRE_MESSAGE(report.has_value(), report.error().message);
    CHECK(sink.rows == plain.rows);
  }
}

TEST_CASE("a compressed file cut anywhere is an error that names file and place, never a shorter file") {
  TempFolder folder;
  auto text = trades(30'000);
  for (const auto& whole : {gzipped(text), zstandard(text)})
    for (auto part : {0.999, 0.9, 0.5, 0.1}) {
      auto cut = whole.substr(0, static_cast<std::size_t>(static_cast<double>(whole.size()) * part));
      KeepingSink sink;
      auto report = read_all(folder.write("BTCUSDT-trades.csv.x", cut), sink);
      REQUIRE(!report.has_value());
      CHECK(report.error().category == Category::bad_input);
      CHECK(names(report.error(), "BTCUSDT-trades.csv.x"));
      CHECK(names(report.error(), "at byte"));
    }
  auto zip = zipped(folder, {{"BTCUSDT-trades.csv", text}});
  for (auto part : {0.999, 0.5, 0.1}) {
    auto cut = zip.substr(0, static_cast<std::size_t>(static_cast<double>(zip.size()) * part));
    KeepingSink sink;
    auto report = read_all(folder.write("cut.zip", cut), sink);
    REQUIRE(!report.has_value());
    CHECK(names(report.error(), "cut.zip"));
  }
  // A flipped byte in the middle: found by the checksums of gzip and zip.
  for (auto bytes : {gzipped(text), zip}) {
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x10);
    KeepingSink sink;
    auto report = read_all(folder.write("flipped.bin", bytes), sink, {.symbol = "BTCUSDT"});
    REQUIRE(!report.has_value());
    CHECK(report.error().category == Category::bad_input);
  }
}

TEST_CASE("what cannot be opened says so") {
  KeepingSink sink;
  TempFolder folder;
  auto missing = read_all((folder.path() / "no.csv").string(), sink);
  REQUIRE(!missing.has_value());
  CHECK(names(missing.error(), "no.csv"));
  CHECK(names(read_all(folder.path().string(), sink).error(), "is a directory"));
  auto empty = zipped(folder, {{"readme.md", "x"}});
  CHECK(names(read_all(folder.write("empty.zip", empty), sink).error(), "no CSV"));
}

TEST_CASE("numbers that share no exponent within 63 bits go into separate batches, exactly") {
  KeepingSink sink;
  report_of("BTCUSDT-1m.csv",
            "open_time,open,high,low,close,volume\n"
            "1767225600000,1,2,0.5,1.5,0.123456789012\n"
            "1767225660000,1,2,0.5,1.5,9000000000\n"
            "1767225720000,1,2,0.5,1.5,4.5000000000000000\n",
            sink);
  CHECK(sink.batches == 2);
  CHECK(sink.rows[0] == "2026-01-01T00:00:00Z 1 2 0.5 1.5 v0.123456789012");
  CHECK(sink.rows[1] == "2026-01-01T00:01:00Z 1 2 0.5 1.5 v9000000000");
  CHECK(sink.rows[2] == "2026-01-01T00:02:00Z 1 2 0.5 1.5 v4.5");
}

TEST_CASE("long files come in batches of one size and progress is told") {
  KeepingSink sink;
  std::vector<std::uint64_t> rows;
  TempFolder folder;
  auto report = read_all(folder.write("BTCUSDT-trades.csv", trades(200'000)), sink, {},
                         [&](const ReadProgress& progress) {
                           rows.push_back(progress.rows);
                           return true;
                         });
  REQUIRE(report.has_value());
  CHECK(sink.batch_sizes == std::vector<std::size_t>{65'536, 65'536, 65'536, 3'392});
  CHECK(rows == std::vector<std::uint64_t>{65'536, 131'072, 196'608, 200'000});
}

TEST_CASE("no batch of a file has fewer decimals than one before it") {
  struct DecimalsSink : KeepingSink {
    std::vector<int> decimals;
    Status ticks(const market::TickColumns& batch) override {
      decimals.push_back(batch.price_decimals);
      return KeepingSink::ticks(batch);
    }
  } sink;
  std::string text = header;
  for (std::uint64_t id = 1; id <= 131'072; ++id)
    text += trade(id, id == 70'000 ? "100.12500000" : id < 65'536 ? "100.50000000" : "7.00000000");
  text += trade(131'073, "3");
  report_of("BTCUSDT-trades.csv", text, sink);
  CHECK(sink.decimals == std::vector<int>{1, 3, 3});
  CHECK(sink.rows.back().find(" 3 0.25 -1 #131073") != std::string::npos);
}

TEST_CASE("an import that is told to stop fails as interrupted") {
  KeepingSink sink;
  TempFolder folder;
  auto report = read_all(folder.write("BTCUSDT-trades.csv", trades(200'000)), sink, {},
                         [](const ReadProgress& progress) { return progress.rows < 100'000; });
  REQUIRE(!report.has_value());
  CHECK(report.error().category == Category::interrupted);
  CHECK(sink.rows.size() < 200'000);
}
