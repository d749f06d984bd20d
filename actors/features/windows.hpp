/// Streaming windows and recursions the kernels are made of. All are trivially copyable and allocate nothing.
///
/// A window never subtracts what leaves it. It keeps the last full block of n items as suffix aggregates and
/// the current block as one running aggregate; their join is the window. So each value is an aggregate of
/// exactly the window's items, re-summed every n bars keyed to the bar's number: a jump leaves no residue and
/// zeros sum to zero.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

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
/// Four by four values: the rows at `from` become the columns of the rows at `to`.
inline void turn(const std::array<const double*, 4>& from, const std::array<double*, 4>& to) noexcept {
  auto a = load(from[0]), b = load(from[1]), c = load(from[2]), d = load(from[3]);
  auto ab_even = __builtin_shufflevector(a, b, 0, 4, 2, 6),
       ab_odd = __builtin_shufflevector(a, b, 1, 5, 3, 7);
  auto cd_even = __builtin_shufflevector(c, d, 0, 4, 2, 6),
       cd_odd = __builtin_shufflevector(c, d, 1, 5, 3, 7);
  store(to[0], __builtin_shufflevector(ab_even, cd_even, 0, 1, 4, 5));
  store(to[1], __builtin_shufflevector(ab_odd, cd_odd, 0, 1, 4, 5));
  store(to[2], __builtin_shufflevector(ab_even, cd_even, 2, 3, 6, 7));
  store(to[3], __builtin_shufflevector(ab_odd, cd_odd, 2, 3, 6, 7));
}
[[nodiscard]] inline Lanes all(double x) noexcept { return Lanes{x, x, x, x}; }
[[nodiscard]] inline double total(Lanes x) noexcept { return (x[0] + x[2]) + (x[1] + x[3]); }
[[nodiscard]] inline std::int64_t total(Counts x) noexcept { return (x[0] + x[2]) + (x[1] + x[3]); }

/// a where the condition holds, else b, for one value or four.
[[nodiscard]] inline double pick(bool condition, double a, double b) noexcept {
  // Without a jump, which nobody could predict.
  auto mask = -static_cast<std::uint64_t>(condition);
  return std::bit_cast<double>((std::bit_cast<std::uint64_t>(a) & mask) |
                               (std::bit_cast<std::uint64_t>(b) & ~mask));
}
[[nodiscard]] inline Lanes pick(Counts condition, Lanes a, Lanes b) noexcept { return condition ? a : b; }
[[nodiscard]] inline Lanes pick(Counts condition, double a, Lanes b) noexcept {
  return condition ? all(a) : b;
}
[[nodiscard]] inline Lanes pick(Counts condition, Lanes a, double b) noexcept {
  return condition ? a : all(b);
}
[[nodiscard]] inline Lanes pick(Counts condition, double a, double b) noexcept {
  return condition ? all(a) : all(b);
}

[[nodiscard]] inline double magnitude(double x) noexcept { return std::abs(x); }
[[nodiscard]] inline Lanes magnitude(Lanes x) noexcept {
  return std::bit_cast<Lanes>(std::bit_cast<Counts>(x) & std::numeric_limits<std::int64_t>::max());
}

/// Most values of a column in one run, of one series or of four side by side: enough to forget the cost of a
/// call, few enough for all columns of a plan to stay in the cache.
inline constexpr std::size_t longest_run = 256;

/// Where bar `index` stands in blocks of n bars.
template <int n>
[[nodiscard]] std::size_t place_in_block(std::int64_t index) noexcept {
  return static_cast<std::uint32_t>(index) % static_cast<std::uint32_t>(n);
}

struct SumOf {
  template <class T>
  static T join(T older, T newer) noexcept {
    return older + newer;
  }
};
struct MaxOf {
  static double join(double older, double newer) noexcept { return newer > older ? newer : older; }
  static Lanes join(Lanes older, Lanes newer) noexcept { return newer > older ? newer : older; }
};
struct MinOf {
  static double join(double older, double newer) noexcept { return newer < older ? newer : older; }
  static Lanes join(Lanes older, Lanes newer) noexcept { return newer < older ? newer : older; }
};

/// x, or 0 where it is less.
[[nodiscard]] inline double floored(double x) noexcept { return x < 0 ? 0 : x; }
[[nodiscard]] inline Lanes floored(Lanes x) noexcept { return pick(x < 0.0, 0.0, x); }

/// Some updates in a row: the number of the first, counted from 0 on, and how many.
struct Stretch {
  std::int64_t index;
  std::size_t count;
};

/// What windows have in common. `run(stretch, x, put)` takes `x(t)` for every t below the count and hands
/// what the window says to `put(t, …)`; what one update needs of the last is in local variables, so that it
/// stays in registers. Here and below, T is `double`, or `Lanes` for four windows in lock step.
///
/// Aggregate of the last n items under `Op::join(older, newer)`, which must be associative.
template <class Op, int n, class T = double>
struct Window {
  std::array<T, n> items{};
  T block{};

  /// put(t, aggregate)
  template <class X, class Put>
  void run(Stretch stretch, X x, Put put) noexcept {
    auto at = place_in_block<n>(stretch.index);
    if constexpr (n <= 5) {
      // So few items are joined anew faster than the end of a block is foreseen.
      for (std::size_t t = 0; t < stretch.count; ++t) {
        items[at] = x(t);
        at = at + 1 == n ? 0 : at + 1;
        auto whole = items[0];
        for (std::size_t i = 1; i < n; ++i)
          whole = Op::join(whole, items[i]);
        put(t, whole);
      }
      return;
    }
    auto own = block;
    for (std::size_t t = 0; t < stretch.count; ++t) {
      auto value = x(t);
      own = at == 0 ? value : Op::join(own, value);
      items[at] = value;
      if (++at < n) {
        put(t, Op::join(items[at], own));
        continue;
      }
      put(t, own);
      for (at = n - 1; at-- > 0;)
        items[at] = value = Op::join(items[at], value);
      at = 0;
    }
    block = own;
  }

  /// One update, the one of number `index`.
  T update(T value, std::int64_t index) noexcept {
    T out;
    run(
        {index, 1}, [&](std::size_t) { return value; }, [&](std::size_t, T aggregate) { out = aggregate; });
    return out;
  }
};

template <int n, class T = double>
using SumWindow = Window<SumOf, n, T>;

/// Mean and Σ(x − mean)² of the last n values, as power sums about the newest value of the previous block.
/// That value is in the window until the block ends, so the sums are never much larger than what they
/// measure.
template <int n, class T = double>
struct Moments {
  struct Sums {
    T first{}, second{};
  };
  std::array<T, n> x{};
  std::array<Sums, n> suffix{};
  Sums block{};
  T reference{};

  /// put(t, mean, Σ(x − mean)²)
  template <class X, class Put>
  void run(Stretch stretch, X input, Put put) noexcept {
    auto at = place_in_block<n>(stretch.index);
    auto own = block;
    auto about = reference;
    for (std::size_t t = 0; t < stretch.count; ++t) {
      T value = input(t), d = value - about;
      x[at] = value;
      own.first += d;
      own.second += d * d;
      Sums total;
      if (++at < n) {
        total.first = own.first + suffix[at].first;
        total.second = own.second + suffix[at].second;
      } else {
        about = value;
        while (at-- > 0) {
          auto e = x[at] - about;
          total.first += e;
          total.second += e * e;
          suffix[at] = total;
        }
        at = 0;
        own = {};
      }
      auto shift = total.first * (1.0 / n);
      auto spread = total.second - total.first * shift;
      put(t, about + shift, floored(spread));
    }
    block = own;
    reference = about;
  }

  struct Spread {
    T mean{}, squares{}; ///< Σ(x − mean)²
    /// Standard deviation with n − ddof in the denominator.
    [[nodiscard]] double deviation(int ddof) const noexcept { return std::sqrt(squares / (n - ddof)); }
  };
  /// One update, the one of number `index`.
  Spread update(T value, std::int64_t index) noexcept {
    Spread out;
    run(
        {index, 1}, [&](std::size_t) { return value; },
        [&](std::size_t, T mean, T squares) {
          out = {mean, squares};
        });
    return out;
  }
};

/// `Moments` that also knows Σ(i − (n−1)/2)·x_i, i = 0 for the oldest value: divided by n(n²−1)/12 it is the
/// least-squares slope on 0..n−1.
template <int n, class T = double>
struct Trend {
  struct Sums {
    T plain{}, square{}, weighted{}; ///< weights 1, 2, … from a part's oldest value on
  };
  std::array<T, n> x{};
  std::array<Sums, n> suffix{};
  Sums block{};
  T reference{};

  /// put(t, mean, Σ(x − mean)², trend)
  template <class X, class Put>
  void run(Stretch stretch, X input, Put put) noexcept {
    auto at = static_cast<int>(place_in_block<n>(stretch.index));
    auto own = block;
    auto about = reference;
    for (std::size_t t = 0; t < stretch.count; ++t) {
      T value = input(t), d = value - about;
      x[static_cast<std::size_t>(at)] = value;
      own.plain += d;
      own.square += d * d;
      own.weighted += static_cast<double>(++at) * d;
      Sums total;
      if (at < n) {
        const auto& old = suffix[static_cast<std::size_t>(at)];
        total.plain = old.plain + own.plain;
        total.square = old.square + own.square;
        total.weighted = old.weighted + (own.weighted + static_cast<double>(n - at) * own.plain);
      } else {
        about = value;
        for (std::size_t i = n; i-- > 0;) {
          auto e = x[i] - about;
          total.plain += e;
          total.square += e * e;
          total.weighted += total.plain;
          suffix[i] = total;
        }
        at = 0;
        own = {};
      }
      auto shift = total.plain * (1.0 / n);
      auto spread = total.square - total.plain * shift;
      put(t, about + shift, floored(spread), total.weighted - (n + 1) / 2.0 * total.plain);
    }
    block = own;
    reference = about;
  }

  static constexpr double weights_squared = n * (static_cast<double>(n) * n - 1) / 12;
};

/// Second moments about the mean of pairs: Σdx², Σdy² and Σdxdy.
template <class T = double>
struct Joint {
  T xx{}, yy{}, xy{};

  /// Pearson's correlation in [-1, 1]; 0 where either side does not move.
  [[nodiscard]] double correlation() const noexcept {
    auto scale = std::sqrt(xx) * std::sqrt(yy);
    if (scale == 0)
      return 0;
    auto r = xy / scale;
    return r > 1 ? 1 : r < -1 ? -1 : r;
  }
  /// Slope of y on x with intercept; 0 where x does not move.
  [[nodiscard]] double slope() const noexcept { return xx == 0 ? 0 : xy / xx; }
};

/// The second moments of the last n pairs, by the same scheme as `Moments`.
template <int n, class T = double>
struct Comoments {
  struct Sums {
    T x{}, y{}, xx{}, yy{}, xy{};
    void add(T dx, T dy) noexcept {
      x += dx;
      y += dy;
      xx += dx * dx;
      yy += dy * dy;
      xy += dx * dy;
    }
  };
  std::array<T, n> x{}, y{};
  std::array<Sums, n> suffix{};
  Sums block{};
  T x0{}, y0{};

  /// put(t, Joint)
  template <class X, class Y, class Put>
  void run(Stretch stretch, X input_x, Y input_y, Put put) noexcept {
    auto at = place_in_block<n>(stretch.index);
    auto own = block;
    auto about_x = x0, about_y = y0;
    for (std::size_t t = 0; t < stretch.count; ++t) {
      T vx = input_x(t), vy = input_y(t);
      x[at] = vx;
      y[at] = vy;
      own.add(vx - about_x, vy - about_y);
      auto total = own;
      if (++at < n) {
        const auto& old = suffix[at];
        total.x += old.x, total.y += old.y, total.xx += old.xx, total.yy += old.yy, total.xy += old.xy;
      } else {
        about_x = vx, about_y = vy;
        total = {};
        while (at-- > 0) {
          total.add(x[at] - about_x, y[at] - about_y);
          suffix[at] = total;
        }
        at = 0;
        own = {};
      }
      auto mx = total.x * (1.0 / n), my = total.y * (1.0 / n);
      auto xx = total.xx - total.x * mx, yy = total.yy - total.y * my;
      put(t, Joint<T>{floored(xx), floored(yy), total.xy - total.x * my});
    }
    block = own;
    x0 = about_x, y0 = about_y;
  }

  /// One update, the one of number `index`.
  Joint<T> update(T vx, T vy, std::int64_t index) noexcept {
    Joint<T> out;
    run(
        {index, 1}, [&](std::size_t) { return vx; }, [&](std::size_t) { return vy; },
        [&](std::size_t, const Joint<T>& joint) { out = joint; });
    return out;
  }
};

/// Σ(i+1)·x_i over the last n values, newest heaviest, and nothing subtracted.
template <int n, class T = double>
struct WeightedSum {
  struct Part {
    T sum{}, weighted{};
  };
  std::array<T, n> x{};
  std::array<Part, n> suffix{};
  Part block{};

  /// put(t, sum)
  template <class X, class Put>
  void run(Stretch stretch, X input, Put put) noexcept {
    auto at = static_cast<int>(place_in_block<n>(stretch.index));
    auto own = block;
    for (std::size_t t = 0; t < stretch.count; ++t) {
      T value = input(t);
      x[static_cast<std::size_t>(at)] = value;
      own.sum += value;
      own.weighted += static_cast<double>(++at) * value;
      if (at < n) {
        const auto& old = suffix[static_cast<std::size_t>(at)];
        put(t, old.weighted + (own.weighted + static_cast<double>(n - at) * own.sum));
        continue;
      }
      put(t, own.weighted);
      // suffix[i] weighs x_i with 1; the first item it lacks would weigh nothing.
      Part part;
      for (std::size_t i = n; i-- > 0;) {
        part.sum += x[i];
        part.weighted += part.sum;
        suffix[i] = part;
      }
      at = 0;
      own = {};
    }
    block = own;
  }
};

/// The value n bars ago; 0 before there is one.
template <int n, class T = double>
struct Lag {
  std::array<T, n> items{};

  /// put(t, value n bars before)
  template <class X, class Put>
  void run(Stretch stretch, X x, Put put) noexcept {
    auto at = place_in_block<n>(stretch.index);
    for (std::size_t t = 0; t < stretch.count; ++t) {
      auto value = x(t), old = items[at];
      items[at] = value;
      put(t, old);
      at = at + 1 == n ? 0 : at + 1;
    }
  }

  /// One update, the one of number `index`.
  T update(T value, std::int64_t index) noexcept {
    T out;
    run(
        {index, 1}, [&](std::size_t) { return value; }, [&](std::size_t, T old) { out = old; });
    return out;
  }
};

/// The items of four windows that begin one after the other at `first`.
[[nodiscard]] inline auto items_in_turn(const double* first) noexcept {
  return [first](std::size_t i) { return load(first + i); };
}
/// The items of four windows side by side.
[[nodiscard]] inline auto items_abreast(const Lanes* first) noexcept {
  return [first](std::size_t i) { return first[i]; };
}

/// The last n values, contiguous and oldest first, for kernels that look at a whole short window.
template <int n, class T = double>
struct Ring {
  std::array<T, 2 * n> items{};

  /// Writes what is said of every window to the column `out`: `four(t, items)` of four windows, whose items
  /// number i are `items(i)`; `one(t, window)` of a single one. They must say the same, to the bit.
  template <class X, class Out, class One, class Four>
  void run(Stretch stretch, X x, Out out, One one, Four four) noexcept {
    auto next = [&, index = stretch.index](std::size_t t) {
      return update(x(t), index + static_cast<std::int64_t>(t));
    };
    if constexpr (std::is_same_v<T, Lanes>) {
      for (std::size_t t = 0; t < stretch.count; ++t)
        out(t, four(t, items_abreast(next(t))));
    } else if (stretch.count < 4) {
      for (std::size_t t = 0; t < stretch.count; ++t)
        out(t, one(t, next(t)));
    } else {
      // The windows one after the other; behind the last stand zeros, so that they can be read four at a
      // time.
      std::array<double, n + longest_run + 3> laid;
      std::memcpy(laid.data(), items.data() + place_in_block<n>(stretch.index) + 1, (n - 1) * sizeof(double));
      for (std::size_t t = 0; t < stretch.count; ++t) {
        laid[n - 1 + t] = x(t);
        next(t);
      }
      std::fill_n(laid.data() + n - 1 + stretch.count, 3, 0.0);
      for (std::size_t t = 0; t < stretch.count; t += 4) {
        auto said = four(t, items_in_turn(laid.data() + t));
        for (std::size_t i = 0; i < 4 && t + i < stretch.count; ++i)
          out(t + i, said[i]);
      }
    }
  }

private:
  /// Adds x and returns the window's oldest item.
  const T* update(T x, std::int64_t index) noexcept {
    auto at = place_in_block<n>(index);
    items[at] = items[at + n] = x;
    return items.data() + (at + 1 == n ? 0 : at + 1);
  }
};

/// Exponential average with k = 2/(n+1), seeded with the mean of its first n inputs, which start at bar
/// `start`.
template <int n, int start = 0, class T = double>
struct Ema {
  T value{};

  T update(T x, std::int64_t index) noexcept {
    constexpr double k = 2.0 / (n + 1);
    if (index >= start + n)
      value += k * (x - value);
    else if (index >= start)
      value = index == start + n - 1 ? (value + x) / double{n} : value + x;
    return value;
  }
};

/// Wilder's average: seeded with the mean of its first n inputs, then (p·(n−1) + x)/n, written as p + (x −
/// p)·(1/n), which is twice as fast and keeps a constant exactly.
template <int n, int start, class T = double>
struct Wilder {
  T value{};

  T update(T x, std::int64_t index) noexcept {
    if (index >= start + n)
      value += (x - value) * (1.0 / n);
    else if (index >= start)
      value = index == start + n - 1 ? (value + x) / double{n} : value + x;
    return value;
  }
};

/// How many of n values (a multiple of 4) are at most x.
template <int n>
[[nodiscard]] std::int64_t count_at_most(const double* values, double x) noexcept {
  static_assert(n % 4 == 0);
  Counts count{};
#pragma GCC unroll 5
  for (int i = 0; i < n; i += 4)
    count -= load(values + i) <= all(x);
  return total(count);
}
/// The same for four windows, each with its own x: `items(i)` are their items number i.
template <int n, class Items>
[[nodiscard]] Counts count_at_most(Items items, Lanes x) noexcept {
  Counts count{};
#pragma GCC unroll 10
  for (std::size_t i = 0; i < n; ++i)
    count -= items(i) <= x;
  return count;
}

/// Mid-rank of x among the n values (a multiple of 4): (#less + ½·#equal)/n.
template <int n>
[[nodiscard]] double mid_rank(const double* values, double x) noexcept {
  static_assert(n % 4 == 0);
  Counts twice{};
#pragma GCC unroll 5
  for (int i = 0; i < n; i += 4) {
    auto v = load(values + i);
    twice -= (v < all(x)) + (v <= all(x));
  }
  return static_cast<double>(total(twice)) / (2.0 * n);
}
/// The same for the newest values of four windows.
template <int n, class Items>
[[nodiscard]] Lanes mid_ranks(Items items) noexcept {
  auto x = items(n - 1);
  Counts below{}, at_most{};
#pragma GCC unroll 10
  for (std::size_t i = 0; i < n; ++i) {
    auto v = items(i);
    below -= v < x;
    at_most -= v <= x;
  }
  auto twice = below + at_most;
  return Lanes{static_cast<double>(twice[0]), static_cast<double>(twice[1]), static_cast<double>(twice[2]),
               static_cast<double>(twice[3])} /
         all(2.0 * n);
}

} // namespace finch::features
