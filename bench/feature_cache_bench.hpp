/// The reference job of the feature library: a week of 36 symbols on three timeframes, all features.
#pragma once

#include <cstddef>

namespace finch::bench {

struct CacheFigure {
  std::size_t features = 0, rows = 0; ///< of all timeframes
  double seconds = 0;                 ///< for the whole week, from one-minute bars in memory, two threads
  double processor_seconds = 0;       ///< of both threads together
  double hour_seconds = 0;            ///< for one more hour
  double peak_bytes = 0;              ///< of memory the process came to hold while computing
  bool agrees = false;                ///< with the calculators and the join of the live path, to the bit
};

/// Measures once, with `days` days; the comparison looks at the last hour.
[[nodiscard]] CacheFigure measure_cache(int days);

} // namespace finch::bench
