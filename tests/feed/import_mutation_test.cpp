#include "tests/feed/import_support.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>

using namespace finch;
using namespace finch::feed;
using namespace finch::feed::test;

namespace {

/// A text in memory, given out in pieces of odd sizes.
class MemorySource final : public ByteSource {
public:
  MemorySource(std::string_view text, std::size_t piece) : text_(text), piece_(piece) {}
  Result<std::size_t> read(char* out, std::size_t size) override {
    auto count = std::min({size, piece_, text_.size() - at_});
    std::memcpy(out, text_.data() + at_, count);
    at_ += count;
    return count;
  }
  std::uint64_t consumed() const noexcept override { return at_; }

private:
  std::string_view text_;
  std::size_t piece_, at_ = 0;
};

struct Sample {
  std::string name, text;
};

std::vector<Sample> samples() {
  std::vector<Sample> out{{"BTCUSDT-trades.csv", "id,price,qty,quote_qty,time,is_buyer_maker\n"},
                          {"BTCUSDT-aggTrades.csv", ""},
                          {"BTCUSDT-bookTicker.csv", ""},
                          {"BTCUSDT-1m.csv", ""},
                          {"ETHEUR-1m.csv", "\"time\";\"open\";\"high\";\"low\";\"close\";\"volume\"\r\n"},
                          {"BTCUSDT-fundingRate.csv", "calc_time,funding_interval_hours,last_funding_rate\n"},
                          {"x.csv", "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n"},
                          {"20131103_spy_Trade_Tick.csv", ""}};
  for (int row = 0; row < 12; ++row) {
    auto id = std::to_string(1'000 + row);
    auto ms = std::to_string(1'767'225'600'000 + row * 60'000);
    out[0].text += id + ",100.50,0.25,1," + ms + ",true\n";
    out[1].text += id + ",100.50,0.25,1,2," + ms + ",True,False\n";
    out[2].text += id + ",100.50,1.5,100.51,2," + ms + "," + ms + "\n";
    out[3].text +=
        ms + ",1,2,0.5,1.5,10," + std::to_string(1'767'225'659'999 + row * 60'000) + ",15,3,4,6,0\n";
    out[4].text +=
        "\"2026-01-01 00:" + std::to_string(10 + row) + ":00\";\"1\";\"2\";\"0.5\";\"1.5\";\"1e2\"\r\n";
    out[5].text += ms + ",8,-0.00012\n";
    out[6].text += "binance,BTCUSDT," + ms + "000," + ms + "000," + id + ",sell,100.5,0.1\n";
    out[7].text += std::to_string(5'400'000 + row) + ",1674100,100,P,0,0\n";
  }
  return out;
}

/// One of the damages files come with: bytes flipped, taken out, put in, or a stretch repeated.
void damage(std::string& text, std::mt19937& draw) {
  auto at = draw() % text.size();
  auto length = std::min<std::size_t>(1 + draw() % 40, text.size() - at);
  constexpr std::string_view bits = ",;\"\n\r-.eENa0179\0\xff\xef\xbb\xbf T:+";
  switch (draw() % 5) {
  case 0:
    text[at] = static_cast<char>(draw());
    break;
  case 1:
    text.erase(at, length);
    break;
  case 2:
    text.insert(at, text.substr(draw() % text.size(), length));
    break;
  case 3:
    text[at] = bits[draw() % bits.size()];
    break;
  default:
    text.insert(at, std::string(1 + draw() % 30, bits[draw() % bits.size()]));
  }
  if (text.empty())
    text = "\n";
}

} // namespace

TEST_CASE("damaged files are read or refused, with every row accounted for") {
  std::mt19937 draw{20'261'120};
  int read = 0, refused = 0;
  for (const auto& sample : samples())
    for (int round = 0; round < 400; ++round) {
      auto text = sample.text;
      for (auto damages = 1 + draw() % 6; damages > 0; --damages)
        damage(text, draw);
      SourcePart part{
          sample.name, sample.name, {}, text.size(), std::make_unique<MemorySource>(text, 1 + draw() % 97)};
      KeepingSink sink;
      auto report = read_part(part, {}, sink);
      if (!report) {
        ++refused;
        REQUIRE(!report.error().message.empty());
        REQUIRE(!report.error().remedy.empty());
        continue;
      }
      ++read;
      REQUIRE(report->accepted == sink.rows.size());
      REQUIRE(report->rejected() ==
              std::accumulate(report->rejected_by.begin(), report->rejected_by.end(), std::uint64_t{0}));
      for (auto time : sink.times)
        REQUIRE((time >= first_time_ns && time < last_time_ns));
    }
  // Most damage costs a row, not the file.
  CHECK(read > 3 * refused);
}

TEST_CASE("the pieces a text arrives in do not matter") {
  for (const auto& sample : samples()) {
    KeepingSink whole;
    SourcePart part{sample.name, sample.name, {}, 0, std::make_unique<MemorySource>(sample.text, 1'000'000)};
    REQUIRE(read_part(part, {}, whole).has_value());
    for (std::size_t piece : {1, 2, 3, 7, 64}) {
      KeepingSink pieces;
      SourcePart again{sample.name, sample.name, {}, 0, std::make_unique<MemorySource>(sample.text, piece)};
      REQUIRE(read_part(again, {}, pieces).has_value());
      CHECK(pieces.rows == whole.rows);
    }
  }
}
