/// Short windows that are looked at whole, and ranks in them.
#pragma once

#include "actors/features/windows.hpp"

#include <algorithm>
#include <type_traits>

namespace finch::features {

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

} // namespace finch::features
