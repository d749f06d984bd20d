/// Streaming windows and recursions the kernels are made of. All are trivially copyable and allocate nothing.
///
/// A window never subtracts what leaves it. It keeps the last full block of n items as suffix aggregates and
/// the current block as one running aggregate; their join is the window. So each value is an aggregate of
/// exactly the window's items, re-summed every n bars keyed to the bar's number: a jump leaves no residue and
/// zeros sum to zero.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace finch::features {

/// Four doubles at once; loops over them add in one fixed order on every machine.
using Lanes = double __attribute__((vector_size(32)));
using Counts = std::int64_t __attribute__((vector_size(32)));

[[nodiscard]] inline Lanes load(const double* from) noexcept {
  Lanes out;
  std::memcpy(&out, from, sizeof out);
  return out;
}
inline void store(double* to, Lanes x) noexcept { std::memcpy(to, &x, sizeof x); }
[[nodiscard]] inline Lanes all(double x) noexcept { return Lanes{x, x, x, x}; }
[[nodiscard]] inline double total(Lanes x) noexcept { return (x[0] + x[2]) + (x[1] + x[3]); }
[[nodiscard]] inline std::int64_t total(Counts x) noexcept { return (x[0] + x[2]) + (x[1] + x[3]); }

/// a where the condition holds, else b, for one value or four.
[[nodiscard]] inline double pick(bool condition, double a, double b) noexcept { return condition ? a : b; }
[[nodiscard]] inline Lanes pick(Counts condition, Lanes a, Lanes b) noexcept { return condition ? a : b; }

struct SumOf {
  static double join(double older, double newer) noexcept { return older + newer; }
};
struct MaxOf {
  static double join(double older, double newer) noexcept { return newer > older ? newer : older; }
};
struct MinOf {
  static double join(double older, double newer) noexcept { return newer < older ? newer : older; }
};

/// Aggregate of the last n items under `Op::join(older, newer)`, which must be associative.
template <class Op, int n, class Value = double>
struct Window {
  std::array<Value, n> items{};
  Value block{};
  std::int64_t phase = 0;

  Value update(Value x) noexcept {
    auto at = static_cast<std::size_t>(phase);
    block = phase == 0 ? x : Op::join(block, x);
    items[at] = x;
    if (++phase < n)
      return Op::join(items[at + 1], block);
    for (std::size_t i = n - 1; i-- > 0;)
      items[i] = Op::join(items[i], items[i + 1]);
    phase = 0;
    return block;
  }
};

template <int n>
using SumWindow = Window<SumOf, n>;

/// Mean and Σ(x − mean)² of the last n values, as power sums about the newest value of the previous block.
/// That value is in the window until the block ends, so the sums are never much larger than what they
/// measure.
template <int n>
struct Moments {
  std::array<double, n> x{}, s1{}, s2{};
  double reference = 0, b1 = 0, b2 = 0, mean = 0, m2 = 0;
  std::int64_t phase = 0;

  void update(double value) noexcept {
    auto at = static_cast<std::size_t>(phase);
    auto d = value - reference;
    x[at] = value;
    b1 += d;
    b2 += d * d;
    double t1 = 0, t2 = 0;
    if (++phase < n) {
      t1 = b1 + s1[at + 1];
      t2 = b2 + s2[at + 1];
    } else {
      recentre();
      t1 = s1[0];
      t2 = s2[0];
    }
    auto shift = t1 * (1.0 / n);
    mean = reference + shift;
    auto spread = t2 - t1 * shift;
    m2 = spread < 0 ? 0 : spread;
  }

  /// Standard deviation with n − ddof in the denominator.
  [[nodiscard]] double deviation(int ddof) const noexcept { return std::sqrt(m2 / (n - ddof)); }

private:
  void recentre() noexcept {
    reference = x[n - 1];
    double a = 0, b = 0;
    for (std::size_t i = n; i-- > 0;) {
      auto d = x[i] - reference;
      s1[i] = a += d;
      s2[i] = b += d * d;
    }
    b1 = b2 = 0;
    phase = 0;
  }
};

/// `Moments` that also knows Σ(i − (n−1)/2)·x_i, i = 0 for the oldest value: divided by n(n²−1)/12 it is the
/// least-squares slope on 0..n−1.
template <int n>
struct Trend {
  struct Sums {
    double plain = 0, square = 0, weighted = 0; ///< weights 1, 2, … from a part's oldest value on
  };
  std::array<double, n> x{};
  std::array<Sums, n> suffix{};
  Sums block{};
  double reference = 0, mean = 0, m2 = 0, trend = 0;
  std::int64_t phase = 0;

  void update(double value) noexcept {
    auto at = static_cast<std::size_t>(phase);
    auto d = value - reference;
    x[at] = value;
    ++phase;
    block.plain += d;
    block.square += d * d;
    block.weighted += static_cast<double>(phase) * d;
    Sums total;
    if (phase < n) {
      const auto& old = suffix[at + 1];
      total.plain = old.plain + block.plain;
      total.square = old.square + block.square;
      total.weighted = old.weighted + (block.weighted + static_cast<double>(n - phase) * block.plain);
    } else {
      recentre();
      total = suffix[0];
    }
    auto shift = total.plain * (1.0 / n);
    mean = reference + shift;
    auto spread = total.square - total.plain * shift;
    m2 = spread < 0 ? 0 : spread;
    trend = total.weighted - (n + 1) / 2.0 * total.plain;
  }

  static constexpr double weights_squared = n * (static_cast<double>(n) * n - 1) / 12;

private:
  void recentre() noexcept {
    reference = x[n - 1];
    Sums sums;
    for (std::size_t i = n; i-- > 0;) {
      auto d = x[i] - reference;
      sums.plain += d;
      sums.square += d * d;
      sums.weighted += sums.plain;
      suffix[i] = sums;
    }
    block = {};
    phase = 0;
  }
};

/// Centred second moments of the last n pairs: Σdx², Σdy² and Σdxdy, by the same scheme as `Moments`.
template <int n>
struct Comoments {
  struct Sums {
    double x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    void add(double dx, double dy) noexcept {
      x += dx;
      y += dy;
      xx += dx * dx;
      yy += dy * dy;
      xy += dx * dy;
    }
  };
  std::array<double, n> x{}, y{};
  std::array<Sums, n> suffix{};
  Sums block{};
  double x0 = 0, y0 = 0, sxx = 0, syy = 0, sxy = 0;
  std::int64_t phase = 0;

  void update(double vx, double vy) noexcept {
    auto at = static_cast<std::size_t>(phase);
    x[at] = vx;
    y[at] = vy;
    block.add(vx - x0, vy - y0);
    auto total = block;
    if (++phase < n) {
      const auto& old = suffix[at + 1];
      total.x += old.x, total.y += old.y, total.xx += old.xx, total.yy += old.yy, total.xy += old.xy;
    } else {
      recentre();
      total = suffix[0];
    }
    auto mx = total.x * (1.0 / n), my = total.y * (1.0 / n);
    sxx = total.xx - total.x * mx;
    syy = total.yy - total.y * my;
    sxy = total.xy - total.x * my;
    sxx = sxx < 0 ? 0 : sxx;
    syy = syy < 0 ? 0 : syy;
  }

  /// Pearson's correlation in [-1, 1]; 0 where either side does not move.
  [[nodiscard]] double correlation() const noexcept {
    auto scale = std::sqrt(sxx) * std::sqrt(syy);
    if (scale == 0)
      return 0;
    auto r = sxy / scale;
    return r > 1 ? 1 : r < -1 ? -1 : r;
  }
  /// Slope of y on x with intercept; 0 where x does not move.
  [[nodiscard]] double slope() const noexcept { return sxx == 0 ? 0 : sxy / sxx; }

private:
  void recentre() noexcept {
    x0 = x[n - 1];
    y0 = y[n - 1];
    Sums sums;
    for (std::size_t i = n; i-- > 0;) {
      sums.add(x[i] - x0, y[i] - y0);
      suffix[i] = sums;
    }
    block = {};
    phase = 0;
  }
};

/// Σ(i+1)·x_i over the last n values, newest heaviest, and nothing subtracted.
template <int n>
struct WeightedSum {
  struct Part {
    double sum = 0, weighted = 0;
  };
  std::array<double, n> x{};
  std::array<Part, n> suffix{};
  Part block{};
  std::int64_t phase = 0;

  double update(double value) noexcept {
    auto at = static_cast<std::size_t>(phase);
    x[at] = value;
    ++phase;
    block.sum += value;
    block.weighted += static_cast<double>(phase) * value;
    if (phase < n) {
      const auto& old = suffix[at + 1];
      return old.weighted + (block.weighted + static_cast<double>(n - phase) * block.sum);
    }
    auto whole = block.weighted;
    // suffix[i] weighs x_i with 1; the first item it lacks would weigh nothing.
    Part part;
    for (std::size_t i = n; i-- > 0;) {
      part.sum += x[i];
      part.weighted += part.sum;
      suffix[i] = part;
    }
    block = {};
    phase = 0;
    return whole;
  }
};

/// The value n bars ago; 0 before there is one.
template <int n>
struct Lag {
  std::array<double, n> items{};
  std::int64_t at = 0;

  double update(double x) noexcept {
    auto& item = items[static_cast<std::size_t>(at)];
    auto old = item;
    item = x;
    at = at + 1 == n ? 0 : at + 1;
    return old;
  }
};

/// The last n values, contiguous and oldest first, for kernels that scan a short window.
template <int n>
struct Ring {
  std::array<double, 2 * n> items{};
  std::int64_t at = 0;

  /// Adds `count` values. The n of them that end with `values[t]` begin at `out[t]`; behind the last stand
  /// three zeros, so that windows can be read four at a time.
  void lay_out(const double* values, std::size_t count, double* out) noexcept {
    std::memcpy(out, items.data() + at + 1, (n - 1) * sizeof(double));
    std::memcpy(out + n - 1, values, count * sizeof(double));
    std::fill_n(out + n - 1 + count, 3, 0.0);
    for (std::size_t t = 0; t < count; ++t)
      update(values[t]);
  }

  /// Adds x and returns the window's oldest item.
  const double* update(double x) noexcept {
    items[static_cast<std::size_t>(at)] = items[static_cast<std::size_t>(at + n)] = x;
    at = at + 1 == n ? 0 : at + 1;
    return items.data() + at;
  }
};

/// Exponential average with k = 2/(n+1), seeded with the mean of its first n inputs, which start at bar
/// `start`.
template <int n, int start = 0>
struct Ema {
  double value = 0;

  double update(double x, std::int64_t index) noexcept {
    constexpr double k = 2.0 / (n + 1);
    if (index >= start + n)
      value += k * (x - value);
    else if (index >= start)
      value = index == start + n - 1 ? (value + x) / n : value + x;
    return value;
  }
};

/// Wilder's average: seeded with the mean of its first n inputs, then (p·(n−1) + x)/n, written as p + (x −
/// p)·(1/n), which is twice as fast and keeps a constant exactly.
template <int n, int start>
struct Wilder {
  double value = 0;

  double update(double x, std::int64_t index) noexcept {
    if (index >= start + n)
      value += (x - value) * (1.0 / n);
    else if (index >= start)
      value = index == start + n - 1 ? (value + x) / n : value + x;
    return value;
  }
};

/// How many of n values (a multiple of 4) are at most x.
template <int n>
[[nodiscard]] std::int64_t count_at_most(const double* values, double x) noexcept {
  static_assert(n % 4 == 0);
  Counts count{};
  for (int i = 0; i < n; i += 4)
    count -= load(values + i) <= all(x);
  return total(count);
}
/// The same for four windows that begin one after the other, each with its own x.
template <int n>
[[nodiscard]] Counts count_at_most(const double* values, Lanes x) noexcept {
  Counts count{};
  for (int i = 0; i < n; ++i)
    count -= load(values + i) <= x;
  return count;
}

/// Mid-rank of x among the n values (a multiple of 4): (#less + ½·#equal)/n.
template <int n>
[[nodiscard]] double mid_rank(const double* values, double x) noexcept {
  static_assert(n % 4 == 0);
  Counts twice{};
  for (int i = 0; i < n; i += 4) {
    auto v = load(values + i);
    twice -= (v < all(x)) + (v <= all(x));
  }
  return static_cast<double>(total(twice)) / (2.0 * n);
}
/// The same for the newest values of four windows that begin one after the other.
template <int n>
[[nodiscard]] Lanes mid_ranks(const double* values) noexcept {
  auto x = load(values + n - 1);
  Counts below{}, at_most{};
  for (int i = 0; i < n; ++i) {
    auto v = load(values + i);
    below -= v < x;
    at_most -= v <= x;
  }
  auto twice = below + at_most;
  return Lanes{static_cast<double>(twice[0]), static_cast<double>(twice[1]), static_cast<double>(twice[2]),
               static_cast<double>(twice[3])} /
         all(2.0 * n);
}

/// Writes `four(t)`, the results of the bars t to t + 3, for all t below `count`.
template <class Four>
void by_fours(double* out, std::size_t count, Four four) {
  std::size_t t = 0;
  for (; t + 4 <= count; t += 4)
    store(out + t, four(t));
  if (t < count) {
    auto last = four(t);
    for (std::size_t i = 0; t + i < count; ++i)
      out[t + i] = last[i];
  }
}

} // namespace finch::features
