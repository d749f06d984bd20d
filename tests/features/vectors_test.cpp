#include "tests/features/vectors.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace finch;
using namespace finch::features;

namespace {

/// Relative 1e-9, absolute 1e-9 near zero, as the vectors' README states.
bool close_enough(double have, double want) {
  if (std::isnan(want) || std::isnan(have))
    return std::isnan(want) == std::isnan(have);
  return std::abs(have - want) <= 1e-9 * std::max(1.0, std::abs(want)) &&
         (std::abs(want) < 1e-9 || std::abs(have - want) <= 1e-9 * std::abs(want) + 1e-15);
}

void check_series(const std::string& letter, market::Timeframe timeframe) {
  auto bars = test::read_bars("ohlcv_" + letter + ".csv", timeframe);
  auto expected = test::read_columns("ind_" + letter + ".csv");
  REQUIRE(bars.size() > 50);
  std::vector<std::string> wanted;
  for (const auto& [name, column] : expected)
    if (auto definition = find(name); definition && definition->group != "cross_asset")
      wanted.push_back(name);
  auto plan = *Plan::make(wanted);
  auto rows = test::run(plan, bars);
  CHECK(wanted.size() >= 94);
  for (const auto& name : wanted) {
    auto column = *plan.index(name);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < bars.size(); ++i)
      if (!close_enough(rows[i][column], expected[name][i]) && ++wrong <= 2)
        FAIL_CHECK("series " << letter << ", " << name << " at bar " << i << ": " << rows[i][column]
                             << " instead of " << expected[name][i]);
  }
}

} // namespace

TEST_CASE("features equal the vectors of series A") { check_series("a", {60}); }
TEST_CASE("features equal the vectors of a coin priced at 1e-5") { check_series("b", {1}); }
TEST_CASE("features equal the vectors of a degenerate series") { check_series("c", {1}); }
