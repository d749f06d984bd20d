#include "actors/features/interleave.hpp"

#include "actors/features/windows.hpp"

namespace finch::features {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

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
      auto at = [&](std::size_t i, std::size_t row) {
        return instruments[k + i].values + feature * instruments[k + i].stride + row;
      };
      auto* cell = cells + k;
      std::size_t row = 0;
      for (; row + 4 <= rows; row += 4, cell += 4 * width)
        turn({at(0, row), at(1, row), at(2, row), at(3, row)},
             {cell, cell + width, cell + 2 * width, cell + 3 * width});
      for (; row < rows; ++row, cell += width)
        for (std::size_t i = 0; i < 4; ++i)
          cell[i] = *at(i, row);
      k += 4;
    }
  }
}

} // namespace finch::features
