/// A feature has one value, however long whoever computes it has been running.
#include "actors/features/calculator.hpp"
#include "actors/features/join.hpp"
#include "tests/features/universe.hpp"

#include <doctest/doctest.h>

#include <cstring>

using namespace finch;
using namespace finch::features;
using market::Round;

namespace {

constexpr Round day = market::rounds_per_day, hour = 60;
constexpr Round days = 30, window_day = 23; ///< the window is the last seven days
const std::vector<market::Timeframe> frames{{1}, {5}, {60}};

/// Nothing happens in [from, to): nobody traded, or the venue was down.
void silence(test::Script& script, std::size_t from, std::size_t to, fb::RoundStatus status) {
  for (auto i = from; i < to; ++i) {
    script[i].ticks.clear(), script[i].quotes.clear();
    script[i].status = status;
  }
}

/// A month of five coins: one has outages before and within the window, one is listed before it, one in it.
struct Month : test::Universe {
  Month() {
    unsigned seed = 900;
    for (const auto* base : {"BTC", "ETH", "COIN", "LATE", "NEW"})
      add(base, test::random_script(days * day, seed++));
    silence(scripts[2], 9 * day + 100, 9 * day + 400, fb::RoundStatus::down);
    silence(scripts[2], 25 * day + 1'400, 26 * day + 30, fb::RoundStatus::down);
    silence(scripts[2], 27 * day + 5, 27 * day + 15, fb::RoundStatus::quiet);
    scripts[3].erase(scripts[3].begin(), scripts[3].begin() + 10 * day + 333);
    scripts[4].erase(scripts[4].begin(), scripts[4].begin() + 26 * day + 707);
  }
  [[nodiscard]] Round at(Round number) const { return scripts[0].front().round + number * day; }
};

/// A node that has been up since the first round, told hour by hour.
class Node {
public:
  Node(const Month& all, const Plan& plan) : all_{all}, join_{all.instruments, plan, frames} {
    for (const auto& instrument : all.instruments)
      calculators_.emplace_back(instrument, plan, frames);
  }

  std::vector<Frame<fb::FeatureBlock>> run(Round from, Round to) {
    for (std::size_t i = 0; i < calculators_.size(); ++i) {
      calculators_[i].consume(*all_.block(i, from, to));
      join_.add(calculators_[i].take(from, to));
    }
    return join_.take();
  }

private:
  const Month& all_;
  std::vector<InstrumentCalculator> calculators_;
  Join join_;
};

/// The values a cache has of one hour on one timeframe.
std::span<const double> values_of(const FeatureCache& cache, Round from, std::size_t timeframe) {
  auto windows = cache.windows(from, from + hour - 1);
  REQUIRE(windows.size() == 1);
  REQUIRE(windows[0]->first == from);
  const auto& block = windows[0]->blocks[timeframe];
  return {block.values, cache.plan().names().size() * block.rounds.size() * cache.instruments().size()};
}

/// The first value that differs, in words; empty where none does.
std::string difference(const fb::FeatureBlock& block, std::span<const double> other, const Plan& plan) {
  const auto& values = *block.values();
  if (values.size() != other.size())
    return "as many values as in " + std::to_string(values.size() - other.size()) + " more";
  if (std::memcmp(values.data(), other.data(), other.size_bytes()) == 0)
    return {};
  std::size_t i = 0;
  while (std::memcmp(values.data() + i, &other[i], sizeof(double)) == 0)
    ++i;
  auto width = block.instruments()->size(), rows = block.rounds()->size();
  return plan.names()[i / (rows * width)] + " of instrument " + std::to_string(i % width) + " in round " +
         std::to_string(block.rounds()->Get(static_cast<flatbuffers::uoffset_t>(i / width % rows))) + ": " +
         std::to_string(values[static_cast<flatbuffers::uoffset_t>(i)]) + " and " + std::to_string(other[i]);
}

} // namespace

TEST_CASE("a month-old node, a window of seven days and a cached column have the same values, to the bit") {
  Month all;
  std::vector<UserFeature> own{{"vwap_zscore", "(close - vwap_day) / atr_14", 0, "test"},
                               {"calm", "mean(vwap_zscore, 900) - rank(market_beta, 20)", 0, "test"}};
  auto plan = Plan::everything(*Catalogue::with(own));
  auto begin = all.at(window_day), end = all.at(days);

  test::Shelf shelf;
  FeatureCache column{all.instruments, plan, frames, {.first = all.at(0), .keep_from = begin, .threads = 2}};
  column.write_checkpoints(shelf.door());
  REQUIRE(column.extend(end - 1, all.teller()));
  FeatureCache window{all.instruments, plan, frames, {.first = all.at(0), .threads = 2}};
  REQUIRE(window.resume(market::day_of(market::round_begin(begin)), shelf.door()).value());
  CHECK(window.next_round() == begin);
  REQUIRE(window.extend(end - 1, all.teller()));

  Node node{all, plan};
  std::size_t compared = 0, known = 0;
  for (auto from = all.at(0); from < end; from += hour) {
    auto blocks = node.run(from, from + hour - 1);
    if (from < begin)
      continue;
    for (std::size_t t = 0; t < frames.size(); ++t)
      for (const auto* cache : {&column, &window}) {
        auto other = values_of(*cache, from, t);
        auto differs = difference(*blocks[t], other, plan);
        REQUIRE_MESSAGE(differs.empty(), (cache == &column ? "column: " : "window: "), differs);
        compared += other.size();
        known += static_cast<std::size_t>(
            std::count_if(other.begin(), other.end(), [](double value) { return value == value; }));
      }
  }
  CHECK(compared > 2 * 7 * 24 * 60 * plan.names().size() * 4);
  CHECK(known > compared / 2);
}
