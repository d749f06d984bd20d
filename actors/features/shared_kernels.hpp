/// Kernels that several groups use on different inputs.
#pragma once

#include "actors/features/kernel.hpp"
#include "actors/features/windows.hpp"

namespace finch::features {

template <int n>
struct MeanOf {
  static constexpr int inputs = 1, parts = 1;
  SumWindow<n> window;
  void update(In in, const Now&, Out out) noexcept { out[0] = window.update(in[0]); }
  static double finish(In parts, In) noexcept { return parts[0] / n; }
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
  static constexpr int inputs = 1, parts = 1;
  Moments<n> window;
  void update(In in, const Now&, Out out) noexcept {
    window.update(in[0]);
    out[0] = window.m2;
  }
  static double finish(In parts, In) noexcept { return std::sqrt(parts[0] / (n - ddof)); }
};

/// (x − mean)/std with ddof 1; 0 where the window does not move.
template <int n>
struct ZScoreOf {
  static constexpr int inputs = 1, parts = 2;
  Moments<n> window;
  void update(In in, const Now&, Out out) noexcept {
    window.update(in[0]);
    out[0] = window.mean, out[1] = window.m2;
  }
  static double finish(In parts, In in) noexcept {
    auto deviation = std::sqrt(parts[1] / (n - 1));
    return negligible(deviation, parts[0]) ? 0 : (in[0] - parts[0]) / deviation;
  }
};

struct RankOf100 {
  static constexpr int inputs = 1;
  Ring<100> window;
  double update(In in, const Now&) noexcept { return mid_rank<100>(window.update(in[0]), in[0]); }
  void scan(double* const* columns, std::size_t count) noexcept {
    std::array<double, 100 + longest_run + 3> laid;
    window.lay_out(columns[0], count, laid.data());
    by_fours(columns[1], count, [&](std::size_t t) { return mid_ranks<100>(laid.data() + t); });
  }
};

/// Σ of the first input over Σ of the second, n bars each; 0 where the second sum is 0.
template <int n>
struct ShareOf {
  static constexpr int inputs = 2, parts = 2;
  SumWindow<n> part, whole;
  void update(In in, const Now&, Out out) noexcept {
    out[0] = part.update(in[0]), out[1] = whole.update(in[1]);
  }
  static double finish(In parts, In) noexcept { return ratio(parts[0], parts[1], 0); }
};

/// The input itself, for a feature that is another value under its own name.
inline Kernel same() {
  return formula<1>([](In in) { return in[0]; });
}

} // namespace finch::features
