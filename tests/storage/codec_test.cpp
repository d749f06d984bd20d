#include "actors/market/decimal.hpp"
#include "actors/storage/codec/bit_packing.hpp"
#include "actors/storage/codec/block.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <limits>
#include <random>

using namespace finch::storage;
using namespace finch::market;

namespace {

constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
constexpr auto highest = std::numeric_limits<std::int64_t>::max();

std::vector<std::int64_t> round_trip(const std::vector<std::int64_t>& values, Effort effort,
                                     std::size_t* size = nullptr) {
  CodecScratch scratch;
  std::string bytes;
  encode_column(values, effort, bytes, scratch);
  if (size)
    *size = bytes.size();
  std::vector<std::int64_t> back(values.size());
  ByteReader in{as_bytes(bytes.data(), bytes.size())};
  REQUIRE(decode_column(in, values.size(), back.data(), scratch));
  REQUIRE(in.at_end());
  return back;
}

/// Values of the shapes market data takes, and of shapes it never takes.
std::vector<std::int64_t> arbitrary_column() {
  auto rows = *rc::gen::inRange<std::size_t>(1, 5'000);
  auto kind = *rc::gen::inRange(0, 6);
  std::mt19937_64 random{*rc::gen::arbitrary<std::uint64_t>()};
  auto bits = *rc::gen::inRange(0, 65);
  auto scale = pow10_int[static_cast<std::size_t>(*rc::gen::inRange(0, 19))];
  std::vector<std::int64_t> values(rows);
  auto value = static_cast<std::int64_t>(random());
  for (auto& entry : values) {
    auto noise = bits == 0 ? 0 : random() >> (64 - bits);
    if (kind == 0)
      entry = static_cast<std::int64_t>(noise);
    else if (kind == 1)
      entry = value = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) + noise);
    else if (kind == 2)
      entry = static_cast<std::int64_t>(random() % 1'000) / scale * scale;
    else if (kind == 3)
      entry = static_cast<std::int64_t>(random() % 100 == 0 ? random() : random() % 8);
    else if (kind == 4)
      entry = value = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) + 7);
    else
      entry = random() % 2 == 0 ? lowest : highest;
  }
  return values;
}

TickColumns random_ticks(std::size_t rows, std::uint64_t seed, bool ids) {
  std::mt19937_64 random{seed};
  TickColumns ticks{2, 3, {}, {}, {}, {}, {}};
  TimeNs time = 1'723'161'600 * ns_per_s;
  std::int64_t price = 6'183'763;
  for (std::size_t i = 0; i < rows; ++i) {
    time += static_cast<TimeNs>(random() % 8 == 0 ? 0 : random() % 400) * ns_per_ms;
    price += static_cast<std::int64_t>(random() % 3) - 1;
    ticks.time_ns.push_back(time);
    ticks.price.push_back(price);
    ticks.quantity.push_back(static_cast<std::int64_t>(1 + random() % 32 * (random() % 32)));
    ticks.side.push_back(random() % 2 == 0 ? Side::buy : Side::sell);
    if (ids)
      ticks.id.push_back(1'000'000 + i);
  }
  return ticks;
}

bool same(const TickColumns& a, const TickColumns& b) {
  return a.price_decimals == b.price_decimals && a.quantity_decimals == b.quantity_decimals &&
         a.time_ns == b.time_ns && a.price == b.price && a.quantity == b.quantity && a.side == b.side &&
         a.id == b.id;
}

} // namespace

TEST_CASE("vectors of every width are packed and unpacked exactly") {
  std::mt19937_64 random{1};
  for (unsigned width = 0; width <= 32; ++width) {
    std::vector<std::uint32_t> values(vector_rows), back(vector_rows);
    for (auto& value : values)
      value = width == 0 ? 0 : static_cast<std::uint32_t>(random() >> (64 - width));
    std::vector<std::uint8_t> packed(vector_bytes(width));
    pack_vector(values.data(), width, packed.data());
    unpack_vector(packed.data(), width, back.data());
    CHECK(values == back);
  }
  for (unsigned width = 0; width <= 64; ++width)
    for (std::size_t rows : {1, 7, 1'023, 1'024}) {
      std::vector<std::uint64_t> values(rows), back(rows);
      for (auto& value : values)
        value = width == 0 ? 0 : random() >> (64 - width);
      std::vector<std::uint8_t> packed(tail_bytes(rows, width));
      pack_plain(values.data(), rows, width, packed.data());
      unpack_plain(packed.data(), rows, width, back.data());
      CHECK(values == back);
    }
}

TEST_CASE("columns of any integers survive") {
  for (auto effort : {Effort::fast, Effort::small}) {
    CHECK(rc::check("any column", [effort] {
      auto values = arbitrary_column();
      RC_ASSERT(round_trip(values, effort) == values);
    }));
    for (std::vector<std::int64_t> values : {std::vector<std::int64_t>{0},
                                             {lowest},
                                             {highest},
                                             {lowest, highest},
                                             {highest, lowest, highest},
                                             {0, lowest},
                                             {-1, 0, 1},
                                             {5, 5, 5}})
      CHECK(round_trip(values, effort) == values);
  }
}

TEST_CASE("regular columns cost next to nothing and outliers cost only themselves") {
  std::vector<std::int64_t> values(8'192, 1'723'161'600'000'000'000);
  std::size_t size = 0;
  round_trip(values, Effort::fast, &size);
  CHECK(size < 16);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<std::int64_t>(i) * 60'000'000'000;
  round_trip(values, Effort::fast, &size);
  CHECK(size < 32);
  std::mt19937_64 random{3};
  std::int64_t price = 5'000'000;
  for (auto& value : values)
    value = price += static_cast<std::int64_t>(random() % 3) - 1;
  round_trip(values, Effort::fast, &size);
  auto calm = size;
  CHECK(calm < 8'192 / 4 + 64);
  values[100] = highest, values[4'000] = lowest, values[8'000] = 0;
  round_trip(values, Effort::fast, &size);
  CHECK(size < calm + 200);
}

TEST_CASE("sides take no bits when constant, one when two, two when three") {
  for (std::size_t rows : {1, 31, 32, 33, 8'191})
    for (int distinct = 1; distinct <= 3; ++distinct)
      for (int first = -1; first + distinct <= 2; ++first) {
        std::vector<std::int8_t> sides(rows), back(rows);
        std::mt19937_64 random{rows};
        for (auto& side : sides)
          side =
              static_cast<std::int8_t>(first + static_cast<int>(random() % static_cast<unsigned>(distinct)));
        std::string bytes;
        encode_sides(sides, bytes);
        ByteReader in{as_bytes(bytes.data(), bytes.size())};
        REQUIRE(decode_sides(in, rows, back.data()));
        CHECK(sides == back);
        CHECK(bytes.size() <= 4 + (rows * static_cast<std::size_t>(distinct - 1) + 7) / 8);
      }
  std::vector<std::int8_t> ends{-1, 1, 1, -1}, back(4);
  std::string bytes;
  encode_sides(ends, bytes);
  ByteReader in{as_bytes(bytes.data(), bytes.size())};
  REQUIRE(decode_sides(in, 4, back.data()));
  CHECK(ends == back);
}

TEST_CASE("a block of ticks comes back whole and says what it holds") {
  CodecScratch scratch;
  for (auto effort : {Effort::fast, Effort::small})
    for (std::size_t rows : {1, 2, 100, 1'024, 8'192, 10'000}) {
      auto ticks = random_ticks(rows, rows, rows % 2 == 0);
      std::string bytes;
      auto written = encode_block(ticks, 0, rows, {77, 5}, effort, bytes, scratch);
      auto block = as_bytes(bytes.data(), bytes.size());
      auto header = open_block(block);
      REQUIRE(header.has_value());
      CHECK(header->checksum == written.checksum);
      CHECK(header->previous == 77);
      CHECK(header->first_row == 5);
      CHECK(header->rows == rows);
      CHECK(header->min_time_ns == ticks.time_ns.front());
      CHECK(header->max_time_ns == ticks.time_ns.back());
      CHECK(header->min_price == *std::min_element(ticks.price.begin(), ticks.price.end()));
      CHECK(header->max_price == *std::max_element(ticks.price.begin(), ticks.price.end()));
      CHECK(header->in_order == 1);
      TickColumns back;
      REQUIRE(decode_block(block, *header, 0xffff, back, scratch));
      CHECK(same(ticks, back));
      REQUIRE(decode_block(block, *header, 0b0110, back, scratch));
      CHECK(back.id.empty());
      CHECK(back.price == ticks.price);
    }
  auto ticks = random_ticks(8'192, 5, true);
  std::string bytes;
  encode_block(ticks, 0, 8'192, {}, Effort::fast, bytes, scratch);
  CHECK(static_cast<double>(bytes.size()) / 8'192 < 2.9);
}

TEST_CASE("blocks of bars, quotes and funding come back whole, extremes included") {
  CodecScratch scratch;
  CHECK(rc::check("bars", [&] {
    BarColumns bars{{1}, 2, 8, 8, {}, {}, {}, {}, {}, {}, {}, {}, {}};
    auto rows = *rc::gen::inRange<std::size_t>(1, 200);
    auto column = [&] {
      return *rc::gen::container<std::vector<std::int64_t>>(rows, rc::gen::arbitrary<std::int64_t>());
    };
    for (auto* c : {&bars.open_time_ns, &bars.open, &bars.high, &bars.low, &bars.close, &bars.volume})
      *c = column();
    if (*rc::gen::arbitrary<bool>())
      bars.trade_count = column();
    bars.open[0] = highest, bars.close[0] = lowest;
    std::string bytes;
    encode_block(bars, 0, rows, {}, Effort::small, bytes, scratch);
    auto block = as_bytes(bytes.data(), bytes.size());
    BarColumns back;
    back.quote_volume = {1, 2, 3};
    RC_ASSERT(decode_block(block, *open_block(block), 0xffff, back, scratch));
    bool equal = true;
    each_pair(bars, back, [&](auto& a, auto& b) { equal = equal && a == b; });
    RC_ASSERT(equal);
  }));
  QuoteColumns quotes{2,         3,         {1, 2, 3}, {100, 101, highest}, {5, 5, 6}, {101, 102, lowest},
                      {7, 8, 9}, {4, 9, 12}};
  FundingColumns funding{8, {1, 2}, {-10'000, 10'000}};
  std::string bytes;
  encode_block(quotes, 0, 3, {}, Effort::fast, bytes, scratch);
  auto block = as_bytes(bytes.data(), bytes.size());
  QuoteColumns back;
  REQUIRE(decode_block(block, *open_block(block), 0xffff, back, scratch));
  each_pair(quotes, back, [](auto& a, auto& b) { CHECK(a == b); });
  TickColumns wrong;
  CHECK_FALSE(decode_block(block, *open_block(block), 0xffff, wrong, scratch));
  encode_block(funding, 1, 2, {9, 1}, Effort::fast, bytes, scratch);
  block = as_bytes(bytes.data(), bytes.size());
  FundingColumns rate;
  REQUIRE(decode_block(block, *open_block(block), 0xffff, rate, scratch));
  CHECK(rate.rate == std::vector<std::int64_t>{10'000});
}

TEST_CASE("every flipped bit and every truncation of a block is noticed") {
  CodecScratch scratch;
  auto ticks = random_ticks(300, 9, true);
  std::string bytes;
  encode_block(ticks, 0, 300, {}, Effort::fast, bytes, scratch);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << (bit % 8));
    CHECK_FALSE(open_block(as_bytes(flipped.data(), flipped.size())).has_value());
  }
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK_FALSE(open_block(as_bytes(bytes.data(), size)).has_value());
}

TEST_CASE("unpacking garbage never leaves its bounds") {
  CodecScratch scratch;
  std::mt19937_64 random{11};
  auto ticks = random_ticks(3'000, 13, true);
  std::string bytes;
  auto header = encode_block(ticks, 0, 3'000, {}, Effort::small, bytes, scratch);
  TickColumns back;
  for (int round = 0; round < 3'000; ++round) {
    auto garbage = bytes;
    for (auto hits = 1 + random() % 8; hits > 0; --hits)
      garbage[sizeof header + random() % (garbage.size() - sizeof header)] = static_cast<char>(random());
    garbage.resize(sizeof header + random() % (garbage.size() - sizeof header + 1));
    (void)decode_block(as_bytes(garbage.data(), garbage.size()), header, 0xffff, back, scratch);
  }
  CHECK(back.time_ns.size() <= max_block_rows);
}

TEST_CASE("rescaling is exact or refused") {
  TickColumns ticks{2, 3, {1}, {highest / 100}, {5}, {Side::buy}, {}};
  CHECK(rescale_rows(ticks, 4, 3));
  CHECK(ticks.price[0] == highest / 100 * 100);
  CHECK_FALSE(rescale_rows(ticks, 5, 3));
  TickColumns odd{2, 3, {1}, {150}, {5'000}, {Side::buy}, {}};
  CHECK(rescale_rows(odd, 1, 0));
  CHECK(odd.price[0] == 15);
  CHECK(odd.quantity[0] == 5);
  CHECK_FALSE(rescale_rows(odd, 0, 0));
}
