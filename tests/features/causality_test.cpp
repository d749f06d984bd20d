#include "actors/features/calculator.hpp"
#include "actors/features/join.hpp"
#include "tests/features/market_blocks.hpp"
#include "tests/features/vectors.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

using namespace finch;
using namespace finch::features;

namespace {

const std::vector<market::Timeframe> frames{market::default_timeframes.begin(),
                                            market::default_timeframes.end()};

std::vector<Frame<fb::FeatureBlock>> blocks_of(const Plan& plan,
                                               const std::vector<market::Instrument>& universe,
                                               const std::vector<test::Script>& scripts) {
  Join join{universe, plan, frames};
  for (std::size_t i = 0; i < universe.size(); ++i) {
    InstrumentCalculator calculator{universe[i], plan, frames};
    calculator.consume(*test::one_block(scripts[i], universe[i].id));
    join.add(calculator.take(scripts[i].front().round, scripts[i].back().round));
  }
  return join.take();
}

} // namespace

TEST_CASE("no feature on any timeframe knows what happens after its bar has closed") {
  auto plan = Plan::everything();
  std::vector<market::Instrument> universe{test::some_instrument(1, "COIN"), test::some_instrument(2, "BTC"),
                                           test::some_instrument(3, "ETH")};
  std::vector<test::Script> scripts;
  // Long enough for the warm-ups of the 15m bars; the hourly ones are warm where their windows are short.
  for (unsigned i = 0; i < 3; ++i)
    scripts.push_back(test::random_script(3'600, 50 + i));
  auto original = blocks_of(plan, universe, scripts);
  auto features = plan.names().size();
  for (std::size_t cut : {900U, 2'117U, 3'419U}) {
    auto mutated = scripts;
    for (auto& script : mutated)
      for (auto i = cut; i < script.size(); ++i) {
        for (auto& tick : script[i].ticks) {
          tick.price = tick.price * 3 + 1, tick.quantity = tick.quantity * 2 + 5;
          tick.side = static_cast<std::int8_t>(-tick.side);
        }
        if (i % 3 == 0)
          script[i].ticks.clear();
        script[i].quotes.clear();
        script[i].funding.clear();
      }
    auto last = scripts[0][cut].round - 1;
    auto changed = blocks_of(plan, universe, mutated);
    for (std::size_t t = 0; t < frames.size(); ++t) {
      const auto *a = original[t]->rounds(), *b = changed[t]->rounds();
      auto known = static_cast<std::size_t>(std::upper_bound(a->begin(), a->end(), last) - a->begin());
      REQUIRE(std::equal(a->begin(), a->begin() + static_cast<flatbuffers::uoffset_t>(known), b->begin()));
      auto at = [&](const auto& block, std::size_t f, std::size_t row) {
        return block->values()->data() + (f * block->rounds()->size() + row) * universe.size();
      };
      std::size_t later = 0;
      for (std::size_t f = 0; f < features; ++f) {
        for (std::size_t row = 0; row < known; ++row)
          if (std::memcmp(at(original[t], f, row), at(changed[t], f, row),
                          universe.size() * sizeof(double)) != 0) {
            FAIL_CHECK(plan.names()[f] << " on " << frames[t].minutes << "m saw the future in row " << row);
            break;
          }
        later += a->size() > known && b->size() > known &&
                 std::memcmp(at(original[t], f, known), at(changed[t], f, known), sizeof(double)) != 0;
      }
      CHECK(later > features / 4); // the mutation is felt as soon as it may be
    }
  }
}
