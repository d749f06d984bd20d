/// Streaming windows and recursions the kernels are made of. All are trivially copyable and allocate nothing.
///
/// A window never subtracts what leaves it. It keeps the last full block of n items as suffix aggregates and
/// the current block as one running aggregate; their join is the window. So each value is an aggregate of
/// exactly the window's items, re-summed every n bars keyed to the bar's number: a jump leaves no residue and
/// zeros sum to zero.
///
/// `run(stretch, x, put)` takes `x(t)` for every t below the count and hands what the window says to `put(t,
/// …)`; what one update needs of the last is in local variables, so that it stays in registers. T is
/// `double`, or `Lanes` for four windows in lock step.
#pragma once

#include "actors/features/lanes.hpp"

namespace finch::features {

/// Most values of a column in one run, of one series or of four side by side: enough to forget the cost of a
/// call, few enough for all columns of a plan to stay in the cache.
inline constexpr std::size_t longest_run = 256;

/// Where bar `index` stands in blocks of n bars.
template <int n>
[[nodiscard]] std::size_t place_in_block(std::int64_t index) noexcept {
  return static_cast<std::uint32_t>(index) % static_cast<std::uint32_t>(n);
}

/// Some updates in a row: the number of the first, counted from 0 on, and how many.
struct Stretch {
  std::int64_t index;
  std::size_t count;
};

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

} // namespace finch::features
