#include "actors/features/calculator.hpp"
#include "actors/features/join.hpp"
#include "tests/features/market_blocks.hpp"
#include "tests/features/vectors.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <set>

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

namespace {

/// The rounds from `cut` on with another future: other prices, sizes and sides, some rounds without trades,
/// no quotes, other funding.
test::Script with_another_future(test::Script script, std::size_t cut) {
  for (auto i = cut; i < script.size(); ++i) {
    for (auto& tick : script[i].ticks) {
      tick.price = tick.price * 3 + 1 + static_cast<std::int64_t>(i % 17) * 90'000;
      tick.quantity = tick.quantity * (i / 90 % 5 == 0 ? 60 : 2) + 5;
      tick.side = static_cast<std::int8_t>(-tick.side);
    }
    if (i % 3 == 0)
      script[i].ticks.clear();
    script[i].quotes.clear();
    for (auto& funding : script[i].funding)
      funding = {funding.time_ns(), -3 * funding.rate() + 1e-3};
  }
  return script;
}

} // namespace

TEST_CASE("no feature on any timeframe knows what happens after its bar has closed") {
  std::vector<UserFeature> own{{"vwap_zscore", "(close - vwap_day) / atr_14", 0, "test"},
                               {"stretch", "zscore(vwap_zscore, 20) - lag(resid_ret_1, 3)", 0, "test"}};
  auto catalogue = *Catalogue::with(own);
  auto plan = Plan::everything(catalogue);
  REQUIRE(plan.names().size() >= 200); // 197 of the reference, two of a user's, and close
  std::vector<market::Instrument> universe{test::some_instrument(1, "COIN"), test::some_instrument(2, "BTC"),
                                           test::some_instrument(3, "ETH")};
  // Eleven days, to warm the longest windows up on hourly bars; settlements are hourly to be many.
  constexpr std::size_t length = 16'000;
  std::vector<test::Script> scripts;
  for (unsigned i = 0; i < 3; ++i) {
    scripts.push_back(test::random_script(length, 50 + i));
    for (std::size_t k = 0; k < length; k += 60)
      if (scripts[i][k].funding.empty())
        scripts[i][k].funding.emplace_back(market::round_begin(scripts[i][k].round),
                                           1e-5 * static_cast<double>(k * 7 % 31));
  }
  auto original = blocks_of(plan, universe, scripts);
  std::vector<std::set<std::string>> warm(frames.size()), felt(frames.size());
  for (std::size_t cut : {900U, 2'117U, 13'659U}) {
    auto mutated = scripts;
    for (auto& script : mutated)
      script = with_another_future(std::move(script), cut);
    auto last = scripts[0][cut].round - 1;
    auto changed = blocks_of(plan, universe, mutated);
    for (std::size_t t = 0; t < frames.size(); ++t) {
      const auto *a = original[t]->rounds(), *b = changed[t]->rounds();
      auto known = static_cast<std::size_t>(std::upper_bound(a->begin(), a->end(), last) - a->begin());
      REQUIRE(std::equal(a->begin(), a->begin() + static_cast<flatbuffers::uoffset_t>(known), b->begin()));
      auto at = [&](const auto& block, std::size_t f, std::size_t row) {
        return block->values()->data() + (f * block->rounds()->size() + row) * universe.size();
      };
      auto rows = std::min(a->size(), b->size());
      for (std::size_t f = 0; f < plan.names().size(); ++f) {
        for (std::size_t row = 0; row < known; ++row) {
          if (std::memcmp(at(original[t], f, row), at(changed[t], f, row),
                          universe.size() * sizeof(double)) != 0) {
            FAIL_CHECK(plan.names()[f] << " on " << frames[t].minutes << "m saw the future in row " << row);
            break;
          }
          if (std::isfinite(*at(original[t], f, row)))
            warm[t].insert(plan.names()[f]);
        }
        for (std::size_t row = known; row < rows; ++row)
          if (std::memcmp(at(original[t], f, row), at(changed[t], f, row), sizeof(double)) != 0) {
            felt[t].insert(plan.names()[f]);
            break;
          }
      }
    }
  }
  // The test says nothing of a feature that was never known before a cut, or that no future could change.
  for (std::size_t t = 0; t < frames.size(); ++t)
    for (const auto& name : plan.names()) {
      CAPTURE(frames[t].minutes);
      CHECK_MESSAGE(warm[t].contains(name), name);
      auto definition = catalogue.find(name);
      CHECK_MESSAGE((felt[t].contains(name) || (definition && definition->group == "time")), name);
    }
}
