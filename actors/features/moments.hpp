/// Windows of first and second moments: means, deviations, trends, correlations.
#pragma once

#include "actors/features/windows.hpp"

namespace finch::features {

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

} // namespace finch::features
