#include "actors/features/interleave.hpp"

#include "actors/features/windows.hpp"

namespace finch::features {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Four rows of four instruments at once: `from[k]` is instrument k's column, `out` the first of its cells.
void turn_four(const double* const* from, std::size_t row, double* out, std::size_t width) noexcept {
  auto a = load(from[0] + row), b = load(from[1] + row), c = load(from[2] + row), d = load(from[3] + row);
  auto ab_even = __builtin_shufflevector(a, b, 0, 4, 2, 6),
       ab_odd = __builtin_shufflevector(a, b, 1, 5, 3, 7);
  auto cd_even = __builtin_shufflevector(c, d, 0, 4, 2, 6),
       cd_odd = __builtin_shufflevector(c, d, 1, 5, 3, 7);
  store(out, __builtin_shufflevector(ab_even, cd_even, 0, 1, 4, 5));
  store(out + width, __builtin_shufflevector(ab_odd, cd_odd, 0, 1, 4, 5));
  store(out + 2 * width, __builtin_shufflevector(ab_even, cd_even, 2, 3, 6, 7));
  store(out + 3 * width, __builtin_shufflevector(ab_odd, cd_odd, 2, 3, 6, 7));
}

/// One instrument's column into its place in all rows.
void spread(const LaneColumns& lane, std::size_t feature, std::span<const market::Round> rounds, double* out,
            std::size_t width) noexcept {
  std::size_t own = 0;
  for (std::size_t row = 0; row < rounds.size(); ++row) {
    auto here = own < lane.rounds.size() && lane.rounds[own] == rounds[row];
    out[row * width] = here ? lane.values[feature * lane.stride + own] : nan;
    own += here ? 1 : 0;
  }
}

} // namespace

void interleave(std::span<const LaneColumns> instruments, std::span<const market::Round> rounds,
                std::size_t from, std::size_t to, double* out) noexcept {
  auto width = instruments.size(), rows = rounds.size();
  auto whole = [&](std::size_t k) { return instruments[k].rounds.size() == rows; };
  for (auto feature = from; feature < to; ++feature) {
    auto* cells = out + feature * rows * width;
    for (std::size_t k = 0; k < width;) {
      if (k + 4 > width || !whole(k) || !whole(k + 1) || !whole(k + 2) || !whole(k + 3)) {
        spread(instruments[k], feature, rounds, cells + k, width);
        ++k;
        continue;
      }
      const double* columns[4];
      for (std::size_t i = 0; i < 4; ++i)
        columns[i] = instruments[k + i].values + feature * instruments[k + i].stride;
      std::size_t row = 0;
      for (; row + 4 <= rows; row += 4)
        turn_four(columns, row, cells + row * width + k, width);
      for (; row < rows; ++row)
        for (std::size_t i = 0; i < 4; ++i)
          cells[row * width + k + i] = columns[i][row];
      k += 4;
    }
  }
}

} // namespace finch::features
