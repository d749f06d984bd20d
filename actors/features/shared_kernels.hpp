/// Kernels that several groups use on different inputs.
#pragma once

#include "actors/features/kernel.hpp"
#include "actors/features/windows.hpp"

namespace finch::features {

template <int n, class T = double>
struct MeanOf {
  static constexpr int inputs = 1, parts = 1;
  SumWindow<n, T> window;
  void run(const Bars<T>& bars) noexcept { window.run(bars, bars.in(0), bars.out(0)); }
  static double finish(In parts, In) noexcept { return parts[0] / n; }
};

template <int n, class T = double>
struct TotalOf {
  static constexpr int inputs = 1;
  SumWindow<n, T> window;
  void run(const Bars<T>& bars) noexcept { window.run(bars, bars.in(0), bars.out(0)); }
};

template <class Op, int n, class T = double>
struct ExtremeOf {
  static constexpr int inputs = 1;
  Window<Op, n, T> window;
  void run(const Bars<T>& bars) noexcept { window.run(bars, bars.in(0), bars.out(0)); }
};

template <int n, int start = 0, class T = double>
struct EmaOf {
  static constexpr int inputs = 1;
  Ema<n, start, T> average;
  T update(InOf<T> in, const Now& now) noexcept { return average.update(in[0], now.index); }
};

template <int n, int start = 1, class T = double>
struct WilderOf {
  static constexpr int inputs = 1;
  Wilder<n, start, T> average;
  T update(InOf<T> in, const Now& now) noexcept { return average.update(in[0], now.index); }
};

template <int n, class T = double>
struct LagOf {
  static constexpr int inputs = 1;
  Lag<n, T> values;
  void run(const Bars<T>& bars) noexcept { values.run(bars, bars.in(0), bars.out(0)); }
};

template <int n, int ddof, class T = double>
struct DeviationOf {
  static constexpr int inputs = 1, parts = 1;
  Moments<n, T> window;
  void run(const Bars<T>& bars) noexcept {
    window.run(bars, bars.in(0), [out = bars.out(0)](std::size_t t, T, T squares) { out(t, squares); });
  }
  static double finish(In parts, In) noexcept { return std::sqrt(parts[0] / (n - ddof)); }
};

/// (x − mean)/std with ddof 1; 0 where the window does not move.
template <int n, class T = double>
struct ZScoreOf {
  static constexpr int inputs = 1, parts = 2;
  Moments<n, T> window;
  void run(const Bars<T>& bars) noexcept {
    window.run(bars, bars.in(0), [mean = bars.out(0), squares = bars.out(1)](std::size_t t, T m, T m2) {
      mean(t, m), squares(t, m2);
    });
  }
  static double finish(In parts, In in) noexcept {
    auto deviation = std::sqrt(parts[1] / (n - 1));
    return negligible(deviation, parts[0]) ? 0 : (in[0] - parts[0]) / deviation;
  }
};

template <class T = double>
struct RankOf100 {
  static constexpr int inputs = 1;
  Ring<100, T> window;
  void run(const Bars<T>& bars) noexcept {
    window.run(
        bars, bars.in(0), bars.out(0),
        [](std::size_t, const double* values) { return mid_rank<100>(values, values[99]); },
        [](std::size_t, auto items) { return mid_ranks<100>(items); });
  }
};

/// Σ of the first input over Σ of the second, n bars each; 0 where the second sum is 0.
template <int n, class T = double>
struct ShareOf {
  static constexpr int inputs = 2, parts = 2;
  SumWindow<n, T> part, whole;
  void run(const Bars<T>& bars) noexcept {
    part.run(bars, bars.in(0), bars.out(0));
    whole.run(bars, bars.in(1), bars.out(1));
  }
  static double finish(In parts, In) noexcept { return ratio(parts[0], parts[1], 0); }
};

/// The input itself, for a feature that is another value under its own name.
inline Kernel same() {
  return formula<1>([](In in) { return in[0]; });
}

} // namespace finch::features
