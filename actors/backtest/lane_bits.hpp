/// Bits of doubles: a column's row as one word, four instruments at a time.
#pragma once

#include "actors/backtest/history.hpp"

#include <immintrin.h>

#include <bit>

namespace finch::backtest {

/// The word with one bit set.
[[nodiscard]] constexpr LaneWord bit_of(std::size_t bit) noexcept { return LaneWord{1} << bit; }

/// Calls `take(index)` for every bit set, lowest first.
template <class Take>
void for_each_bit(LaneWord bits, const Take& take) {
  for (; bits != 0; bits &= bits - 1)
    take(static_cast<std::size_t>(std::countr_zero(bits)));
}

/// Bit i: `values[i]` is a number other than 0, for i below `count` <= 64.
[[nodiscard]] inline LaneWord bits_of(const double* values, std::size_t count) noexcept {
  LaneWord bits = 0;
  std::size_t i = 0;
  for (auto zero = _mm256_setzero_pd(); i + 4 <= count; i += 4)
    bits |= static_cast<LaneWord>(static_cast<unsigned>(
                _mm256_movemask_pd(_mm256_cmp_pd(_mm256_loadu_pd(values + i), zero, _CMP_NEQ_OQ))))
            << i;
  for (; i < count; ++i)
    bits |= static_cast<LaneWord>(values[i] < 0 || values[i] > 0) << i;
  return bits;
}

/// Bit i: `low[i]` is at most `low_at[i]` or `high[i]` at least `high_at[i]`, for i below `count` <= 64.
/// Where none of four neighbours is in `wanted` their bits stay 0.
[[nodiscard]] inline LaneWord reached(const double* low, const double* high, const double* low_at,
                                      const double* high_at, LaneWord wanted, std::size_t count) noexcept {
  LaneWord bits = 0;
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    if ((wanted >> i & 0xFU) == 0)
      continue;
    auto below = _mm256_cmp_pd(_mm256_loadu_pd(low + i), _mm256_loadu_pd(low_at + i), _CMP_LE_OQ);
    auto above = _mm256_cmp_pd(_mm256_loadu_pd(high + i), _mm256_loadu_pd(high_at + i), _CMP_GE_OQ);
    bits |= static_cast<LaneWord>(static_cast<unsigned>(_mm256_movemask_pd(_mm256_or_pd(below, above)))) << i;
  }
  for (; i < count; ++i)
    bits |= static_cast<LaneWord>(low[i] <= low_at[i] || high[i] >= high_at[i]) << i;
  return bits;
}

} // namespace finch::backtest
