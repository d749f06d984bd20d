/// Kernels that several groups use on different inputs.
#pragma once

#include "actors/features/kernel.hpp"
#include "actors/features/windows.hpp"

namespace finch::features {

template <int n>
struct MeanOf {
  static constexpr int inputs = 1;
  SumWindow<n> window;
  double update(In in, const Now&) noexcept { return window.update(in[0]) / n; }
};

template <int n>
struct TotalOf {
  static constexpr int inputs = 1;
  SumWindow<n> window;
  double update(In in, const Now&) noexcept { return window.update(in[0]); }
};

template <class Op, int n>
struct ExtremeOf {
  static constexpr int inputs = 1;
  Window<Op, n> window;
  double update(In in, const Now&) noexcept { return window.update(in[0]); }
};

template <int n, int start = 0>
struct EmaOf {
  static constexpr int inputs = 1;
  Ema<n, start> average;
  double update(In in, const Now& now) noexcept { return average.update(in[0], now.index); }
};

template <int n, int start = 1>
struct WilderOf {
  static constexpr int inputs = 1;
  Wilder<n, start> average;
  double update(In in, const Now& now) noexcept { return average.update(in[0], now.index); }
};

template <int n>
struct LagOf {
  static constexpr int inputs = 1;
  Lag<n> values;
  double update(In in, const Now&) noexcept { return values.update(in[0]); }
};

template <int n, int ddof>
struct DeviationOf {
  static constexpr int inputs = 1;
  Moments<n> window;
  double update(In in, const Now&) noexcept {
    window.update(in[0]);
    return window.deviation(ddof);
  }
};

/// (x − mean)/std with ddof 1; 0 where the window does not move.
template <int n>
struct ZScoreOf {
  static constexpr int inputs = 1;
  Moments<n> window;
  double update(In in, const Now&) noexcept {
    window.update(in[0]);
    auto deviation = window.deviation(1);
    return negligible(deviation, window.mean) ? 0 : (in[0] - window.mean) / deviation;
  }
};

struct RankOf100 {
  static constexpr int inputs = 1;
  Ring<100> window;
  double update(In in, const Now&) noexcept { return mid_rank<100>(window.update(in[0]), in[0]); }
};

/// The input itself, for a feature that is another value under its own name.
inline Kernel same() {
  return formula<1>([](In in) { return in[0]; });
}

} // namespace finch::features
