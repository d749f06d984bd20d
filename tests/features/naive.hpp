/// The features again, as slow and as plain as their formulas: from the whole history, at every bar. Truth
/// for those without a column in the vectors.
#pragma once

#include "actors/market/bar.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace finch::test {

using Column = std::vector<double>;
using Function = std::function<double(int)>;

/// Plain statistics over [i − n + 1, i] of a function of the bar number.
struct Span {
  const Function& f;
  int i, n;

  [[nodiscard]] double sum() const {
    long double total = 0;
    for (int k = i - n + 1; k <= i; ++k)
      total += f(k);
    return static_cast<double>(total);
  }
  [[nodiscard]] double mean() const { return sum() / n; }
  [[nodiscard]] double deviation(int ddof) const {
    long double total = 0, m = 0;
    for (int k = i - n + 1; k <= i; ++k)
      m += f(k);
    m /= n;
    for (int k = i - n + 1; k <= i; ++k)
      total += (f(k) - m) * (f(k) - m);
    return static_cast<double>(std::sqrt(total / (n - ddof)));
  }
  [[nodiscard]] double max() const {
    auto out = f(i);
    for (int k = i - n + 1; k < i; ++k)
      out = std::max(out, f(k));
    return out;
  }
  [[nodiscard]] double min() const {
    auto out = f(i);
    for (int k = i - n + 1; k < i; ++k)
      out = std::min(out, f(k));
    return out;
  }
  [[nodiscard]] double rank() const {
    double twice = 0;
    for (int k = i - n + 1; k <= i; ++k)
      twice += (f(k) < f(i)) + (f(k) <= f(i));
    return twice / (2.0 * n);
  }
  [[nodiscard]] double slope() const {
    long double xy = 0, xx = 0;
    auto m = mean();
    for (int k = 0; k < n; ++k) {
      xy += (k - (n - 1) / 2.0) * (f(i - n + 1 + k) - m);
      xx += (k - (n - 1) / 2.0) * (k - (n - 1) / 2.0);
    }
    return static_cast<double>(xy / xx);
  }
};

/// Slope of y on x over [i − n + 1, i], 0 where x does not move.
inline double regression(const Function& y, const Function& x, int i, int n) {
  auto mx = Span{x, i, n}.mean(), my = Span{y, i, n}.mean();
  double xy = 0, xx = 0;
  for (int k = i - n + 1; k <= i; ++k) {
    xy += (x(k) - mx) * (y(k) - my);
    xx += (x(k) - mx) * (x(k) - mx);
  }
  return xx == 0 ? 0 : xy / xx;
}

inline double part(double a, double b, double neutral) { return b == 0 ? neutral : a / b; }
inline double side_of(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }

/// EMA of f whose first input is bar `start`.
inline Column ema(const Function& f, int n, int start, int count) {
  Column out(static_cast<std::size_t>(count), std::nan(""));
  double value = 0;
  for (int i = start; i < count; ++i) {
    if (i < start + n)
      value += f(i) / n;
    else
      value += 2.0 / (n + 1) * (f(i) - value);
    if (i >= start + n - 1)
      out[static_cast<std::size_t>(i)] = value;
  }
  return out;
}

inline Column wilder(const Function& f, int n, int start, int count) {
  Column out(static_cast<std::size_t>(count), std::nan(""));
  double value = 0;
  for (int i = start; i < count; ++i) {
    if (i < start + n)
      value += f(i) / n;
    else
      value += (f(i) - value) / n;
    if (i >= start + n - 1)
      out[static_cast<std::size_t>(i)] = value;
  }
  return out;
}

/// Columns of the features named, by their plain formulas; rows before the warm-up mean nothing.
std::map<std::string, Column> naive_columns(const std::vector<market::Bar>& bars);

} // namespace finch::test
