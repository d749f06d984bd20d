/// From columns per instrument to rows of all instruments.
#pragma once

#include "actors/market/time.hpp"

#include <cstddef>
#include <span>

namespace finch::features {

/// One instrument's columns: feature f of row i is at `values[f * stride + i]`; null where it has no rows.
struct LaneColumns {
  const double* values = nullptr;
  std::size_t stride = 0;
  std::span<const market::Round> rounds; ///< closing round of each row, ascending
};

/// Writes the features [from, to) of all instruments to `out`, laid out as [feature][row][instrument]. The
/// rows are `rounds`, which hold those of every instrument; NaN where an instrument has none.
void interleave(std::span<const LaneColumns> instruments, std::span<const market::Round> rounds,
                std::size_t from, std::size_t to, double* out) noexcept;

} // namespace finch::features
