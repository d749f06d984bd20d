/// Operations over windows of rows, one row of lanes at a time.
///
/// Rolling results are built from blocks of as many bars as the window has rows, aligned on the bar number: a
/// window is the tail of earlier blocks and the head of the current one, both kept folded. That costs O(1) a
/// row, forgets a NaN once it has left the window, never drifts, and makes the result a function of the
/// window alone.
#pragma once

#include "actors/expression/program.hpp"

#include <cstdint>

namespace finch::expression {

/// Doubles per lane that an operation over `window` rows keeps.
[[nodiscard]] std::uint32_t store_size(Op op, std::uint32_t window) noexcept;

/// Where one operation keeps its history.
struct WindowState {
  double* store = nullptr;       ///< [row][lane], `store_size` rows
  std::int64_t* block = nullptr; ///< number of the block the last row fell in
  std::int64_t* in_block = nullptr;
  std::int64_t rows_seen = 0;
};

/// Takes the row `x` of bar `bar` (larger than any before) and writes the results of `instruction` to `out`,
/// which may be null where nobody wants them.
void step(const Instruction& instruction, const WindowState& state, std::int64_t bar, const double* x,
          double* out, std::size_t lanes);

} // namespace finch::expression
