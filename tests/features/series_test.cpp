#include "tests/features/series_maker.hpp"
#include "tests/features/vectors.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>

using namespace finch;
using namespace finch::features;

namespace {

using Rows = std::vector<std::vector<double>>;

constexpr std::size_t length = 900;

/// Four series that have little in common: one with gaps, one without ticks, one that does not move.
std::array<std::vector<market::Bar>, 4> four_series() {
  std::array<std::vector<market::Bar>, 4> out;
  for (unsigned k = 0; k < 4; ++k)
    out[k] = test::random_bars(length, 40 + k);
  out[1][300].after_gap = out[1][301].after_gap = out[2][517].after_gap = true;
  for (auto& bar : out[2])
    bar.has_ticks = bar.has_sides = false;
  for (std::size_t i = 100; i < 500; ++i) {
    auto& bar = out[3][i];
    bar.open = bar.high = bar.low = bar.close = 5;
    bar.volume = bar.quote_volume = 0;
  }
  return out;
}

/// Series under test with what they should say.
struct Four {
  Plan plan = Plan::everything();
  std::array<std::vector<market::Bar>, 4> bars = four_series();
  std::array<Rows, 4> want;
  std::deque<SeriesCalculator> series;
  std::size_t width = plan.names().size();

  Four() {
    for (std::size_t k = 0; k < 4; ++k) {
      want[k] = test::run(plan, bars[k]);
      series.emplace_back(plan, market::Timeframe{1}, test::some_instrument());
    }
  }

  [[nodiscard]] bool is_row(std::span<const double> row, std::size_t k, std::size_t bar) const {
    return std::memcmp(row.data(), want[k][bar].data(), width * sizeof(double)) == 0;
  }
};

} // namespace

TEST_CASE("four series in step have the rows of each by itself, to the bit, however they are cut") {
  Four four;
  auto width = four.width;
  for (std::size_t piece : {900U, 64U, 61U, 7U, 1U}) {
    std::deque<SeriesCalculator> series;
    for (std::size_t k = 0; k < 4; ++k)
      series.emplace_back(four.plan, market::Timeframe{1}, test::some_instrument());
    // Columns of their own; rows of all four; rows of all with every other one left out.
    for (auto layout : {0, 1, 2}) {
      if (layout > 0 && piece != 61)
        continue;
      series.clear();
      for (std::size_t k = 0; k < 4; ++k)
        series.emplace_back(four.plan, market::Timeframe{1}, test::some_instrument());
      std::vector<double> values(4 * width * length * 2, 1);
      std::vector<std::uint32_t> rows;
      for (std::uint32_t i = 0; i < length; ++i)
        rows.push_back(2 * i + 1);
      auto at = [&](std::size_t k, std::size_t f, std::size_t i) {
        return layout == 0   ? values[(k * width + f) * length + i]
               : layout == 1 ? values[(f * length + i) * 4 + k]
                             : values[(f * length * 2 + rows[i]) * 4 + k];
      };
      for (std::size_t from = 0; from < length; from += piece) {
        auto count = std::min(piece, length - from);
        std::vector<SeriesRun> runs;
        for (std::size_t k = 0; k < 4; ++k) {
          auto part = std::span{four.bars[k]}.subspan(from, count);
          if (layout == 0)
            runs.push_back({&series[k], part, &values[k * width * length + from], length});
          else if (layout == 1)
            runs.push_back({&series[k], part, &values[from * 4 + k], length * 4, 4});
          else
            runs.push_back(
                {&series[k], part, &values[k], length * 8, 4, std::span{rows}.subspan(from, count)});
        }
        update_together(runs);
        for (std::size_t k = 0; k < 4; ++k)
          REQUIRE(four.is_row(series[k].row(), k, from + count - 1));
      }
      for (std::size_t k = 0; k < 4; ++k)
        for (std::size_t i = 0; i < length; ++i) {
          std::vector<double> row;
          for (std::size_t f = 0; f < width; ++f)
            row.push_back(at(k, f, i));
          INFO("series " << k << ", bar " << i << ", pieces of " << piece << ", layout " << layout);
          REQUIRE(four.is_row(row, k, i));
        }
    }
  }
}

TEST_CASE("a series may leave its step, be saved in it and come back") {
  Four four;
  std::vector<double> values(4 * four.width * length);
  auto run = [&](std::size_t from, std::size_t to, std::array<std::size_t, 4> order) {
    std::vector<SeriesRun> runs;
    for (auto k : order)
      runs.push_back({&four.series[k], std::span{four.bars[k]}.subspan(from, to - from),
                      &values[k * four.width * length], length});
    update_together(runs);
    for (auto k : order)
      REQUIRE(four.is_row(four.series[k].row(), k, to - 1));
  };
  run(0, 137, {0, 1, 2, 3});
  // Saved while woven into the others, restored alone.
  SeriesCalculator restored{four.plan, {1}, test::some_instrument()};
  REQUIRE(restored.restore(*test::state_of(four.series[1])));
  for (std::size_t i = 137; i < 500; ++i) {
    restored.update(four.bars[1][i]);
    REQUIRE(four.is_row(restored.row(), 1, i));
  }
  // One goes on by itself; the others wait, then they follow one by one.
  for (std::size_t i = 137; i < 200; ++i)
    four.series[2].update(four.bars[2][i]);
  for (auto k : {0U, 1U, 3U})
    four.series[k].update(std::span{four.bars[k]}.subspan(137, 63), values.data(), length);
  run(200, 333, {3, 1, 0, 2});
  run(333, 400, {0, 1, 2, 3});
  // Unequal lengths: each by itself, and still the same.
  std::vector<SeriesRun> runs;
  for (std::size_t k = 0; k < 4; ++k)
    runs.push_back({&four.series[k], std::span{four.bars[k]}.subspan(400, 10 + k),
                    &values[k * four.width * length], length});
  update_together(runs);
  for (std::size_t k = 0; k < 4; ++k)
    CHECK(four.is_row(four.series[k].row(), k, 409 + k));
  CHECK(four.series[3].bar_count() == 413);
}
