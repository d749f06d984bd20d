#include "actors/features/calculator.hpp"
#include "actors/features/feature_cache.hpp"
#include "actors/features/join.hpp"
#include "tests/features/universe.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

using namespace finch;
using namespace finch::features;
using market::Round;

namespace {

const std::vector<market::Timeframe> frames{{1}, {5}, {15}};

/// Six instruments, one of which is listed late and all of which are silent now and then.
struct Market : test::Universe {
  explicit Market(std::size_t rounds) {
    unsigned seed = 70;
    for (const auto* base : {"COIN", "BTC", "ETH", "DOG", "CAT", "LATE"})
      add(base, test::random_script(rounds, seed++));
    scripts[5].erase(scripts[5].begin(), scripts[5].begin() + static_cast<std::ptrdiff_t>(
                                                                  std::min<std::size_t>(331, rounds / 3)));
  }

  [[nodiscard]] Round first() const { return scripts[0].front().round; }
  [[nodiscard]] Round last() const { return scripts[0].back().round; }
};

/// Every value of one instrument's feature rows, in order of rounds: what a cache holds, as plain columns.
using Cells = std::vector<double>;

Cells cells_of(const FeatureCache& cache, std::size_t timeframe, Round from, Round to) {
  Cells out;
  auto features = cache.plan().names().size(), width = cache.instruments().size();
  for (const auto& window : cache.windows(from, to)) {
    const auto& block = window->blocks[timeframe];
    for (std::size_t row = 0; row < block.rounds.size(); ++row) {
      if (block.rounds[row] < from || block.rounds[row] > to)
        continue;
      for (std::size_t f = 0; f < features; ++f)
        for (std::size_t i = 0; i < width; ++i)
          out.push_back(block.values[(f * block.rounds.size() + row) * width + i]);
    }
  }
  return out;
}

/// The same from the cores of the live path, in one window.
Cells live_cells(const Market& all, const Plan& plan, std::size_t timeframe, Round from, Round to) {
  Join join{all.instruments, plan, frames};
  for (std::size_t i = 0; i < all.instruments.size(); ++i) {
    InstrumentCalculator calculator{all.instruments[i], plan, frames};
    calculator.consume(*all.block(i, all.first(), all.last()));
    join.add(calculator.take(all.first(), all.last()));
  }
  auto block = join.take()[timeframe];
  Cells out;
  auto rows = block->rounds()->size();
  for (flatbuffers::uoffset_t row = 0; row < rows; ++row)
    if (block->rounds()->Get(row) >= from && block->rounds()->Get(row) <= to)
      for (std::size_t f = 0; f < plan.names().size(); ++f)
        for (std::size_t i = 0; i < all.instruments.size(); ++i)
          out.push_back(block->values()->data()[(f * rows + row) * all.instruments.size() + i]);
  return out;
}

bool same_bits(const Cells& a, const Cells& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

} // namespace

TEST_CASE("a cache holds what the calculators and the join say, to the bit, for any threads and extensions") {
  Market all{2'000};
  std::vector<UserFeature> own{{"vwap_zscore", "(close - vwap_day) / atr_14", 0, "test"},
                               {"calm", "mean(vwap_zscore, 9) - rank(market_beta, 20)", 0, "test"}};
  auto plan = Plan::everything(*Catalogue::with(own));
  for (auto [threads, step, window] : {std::tuple{1, 5'000, 60}, {3, 61, 60}, {2, 300, 240}, {2, 7, 45}}) {
    FeatureCache cache{
        all.instruments,
        plan,
        frames,
        {.first = all.first(), .window = window, .threads = static_cast<std::size_t>(threads)}};
    CHECK_FALSE(cache.complete_through());
    for (auto to = all.first(); to < all.last();) {
      to = std::min<Round>(to + step, all.last());
      REQUIRE(cache.extend(to, all.teller()));
      CHECK(cache.complete_through() == to);
    }
    for (std::size_t t = 0; t < frames.size(); ++t) {
      auto want = live_cells(all, plan, t, all.first(), all.last());
      CHECK(want.size() > 100'000);
      CHECK(same_bits(want, cells_of(cache, t, all.first(), all.last())));
    }
  }
}

TEST_CASE("a cache drops the oldest windows beyond its limit and keeps nothing of a warm-up") {
  Market all{1'000};
  auto plan = *Plan::make(std::vector<std::string>{"ret_1", "rsi_14", "btc_correlation"});
  FeatureCache cache{all.instruments,
                     plan,
                     frames,
                     {.first = all.first(), .keep_from = all.first() + 300, .most_bytes = 100'000}};
  REQUIRE(cache.extend(all.last(), all.teller()));
  CHECK(cache.bytes() <= 100'000);
  auto windows = cache.windows(all.first(), all.last());
  REQUIRE(windows.size() > 3);
  CHECK(windows.front()->first > all.first() + 300);
  CHECK(windows.back()->last == all.last());
  for (std::size_t i = 1; i < windows.size(); ++i)
    CHECK(windows[i]->first == windows[i - 1]->last + 1);
  CHECK(same_bits(live_cells(all, plan, 0, windows.front()->first, all.last()),
                  cells_of(cache, 0, windows.front()->first, all.last())));
  FeatureCache roomy{all.instruments, plan, frames, {.first = all.first(), .keep_from = all.first() + 300}};
  REQUIRE(roomy.extend(all.last(), all.teller()));
  CHECK(roomy.windows(all.first(), all.last()).front()->first == all.first() + 300);
  CHECK(roomy.windows(all.first(), all.first() + 100).empty());
}

TEST_CASE("what the teller fails with ends the extension") {
  Market all{100};
  auto plan = *Plan::make(std::vector<std::string>{"ret_1"});
  FeatureCache cache{all.instruments, plan, frames, {.first = all.first(), .threads = 2}};
  auto extended = cache.extend(all.last(), [](std::size_t i, Round, Round, const FeatureCache::Tell&) {
    return i == 3 ? fail(Category::failed, "no such thing") : Status{};
  });
  REQUIRE_FALSE(extended);
  CHECK(extended.error().message == "no such thing");
}

TEST_CASE("a value does not depend on where a window of history begins") {
  // A node that has run from the beginning, a window that starts from a checkpoint, and a cached column.
  Market all{4 * 1'440};
  std::vector<UserFeature> own{{"vwap_zscore", "(close - vwap_day) / atr_14", 0, "test"},
                               {"calm", "mean(vwap_zscore, 900) - rank(market_beta, 20)", 0, "test"}};
  auto catalogue = *Catalogue::with(own);
  auto plan = Plan::everything(catalogue);
  test::Shelf memory;
  auto& kept = memory.kept;
  auto shelf = memory.door();
  FeatureCache whole{all.instruments, plan, frames, {.first = all.first(), .threads = 2}};
  whole.write_checkpoints(shelf);
  REQUIRE(whole.extend(all.last(), all.teller()));
  CHECK(kept.size() == 4 * 6);

  auto day = market::day_of(market::round_begin(all.first())) + 3;
  auto begin = Round{day} * market::rounds_per_day;
  FeatureCache window{all.instruments, plan, frames, {.first = all.first()}};
  REQUIRE(window.resume(day, shelf).value());
  REQUIRE(window.extend(all.last(), all.teller()));
  for (std::size_t t = 0; t < frames.size(); ++t) {
    auto want = live_cells(all, plan, t, begin, all.last());
    CHECK(want.size() > 100'000);
    CHECK(same_bits(want, cells_of(whole, t, begin, all.last())));
    CHECK(same_bits(want, cells_of(window, t, begin, all.last())));
  }

  SUBCASE("a smaller plan and universe go on from the same checkpoints") {
    auto few = *Plan::make(std::vector<std::string>{"rsi_14", "calm", "market_beta", "large_trade_share"},
                           catalogue);
    auto universe = all.instruments;
    universe.pop_back();
    FeatureCache small{universe, few, {{5}}, {.first = all.first()}};
    REQUIRE(small.resume(day, shelf).value());
    REQUIRE(small.extend(all.last(), all.teller()));
    Market fewer = all;
    fewer.instruments.pop_back();
    CHECK(same_bits(live_cells(fewer, few, 1, begin, all.last()), cells_of(small, 0, begin, all.last())));
  }
  SUBCASE("a user's feature that means something else begins at the beginning") {
    own[0].formula = "(close - vwap_20) / atr_14";
    FeatureCache other{all.instruments, Plan::everything(*Catalogue::with(own)), frames, {.first = begin}};
    CHECK_FALSE(other.resume(day, shelf).value());
  }
  SUBCASE("damaged checkpoints are refused, missing ones begin at the beginning") {
    FeatureCache other{all.instruments, plan, frames, {.first = begin}};
    CHECK_FALSE(other.resume(day + 7, shelf).value());
    auto& bytes = kept[{3, day}];
    bytes[bytes.size() / 2] ^= 1;
    auto refused = other.resume(day, shelf);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().category == Category::bad_input);
    bytes.resize(bytes.size() / 2);
    CHECK_FALSE(other.resume(day, shelf));
    REQUIRE(other.extend(begin + 100, all.teller()));
    CHECK(other.complete_through() == begin + 100);
  }
}
