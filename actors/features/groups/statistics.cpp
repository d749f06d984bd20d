/// Statistical features (reference 1.10).
#include "actors/features/logarithm.hpp"
#include "actors/features/shared_kernels.hpp"

namespace finch::features {
namespace {

/// Sums of 60 values, their powers up to the fourth and the products of neighbours, by the scheme of
/// `Moments`: about a value of the window, which no mean is further from than sqrt(59) deviations, so that
/// the fourth central moment keeps twelve digits.
template <class T>
struct PowerSums60 {
  static constexpr int n = 60;
  struct Sums {
    T first{}, second{}, third{}, fourth{}, pairs{};
    void add(T d, T neighbour) noexcept {
      auto square = d * d;
      first += d, second += square, third += square * d, fourth += square * square, pairs += d * neighbour;
    }
  };
  std::array<T, n> x{};
  std::array<Sums, n> suffix{};
  Sums block{};
  T reference{}, last{};

  /// put(t, sums, ends): `ends` is the oldest and the newest value together, about the reference.
  template <class X, class Put>
  void run(Stretch stretch, X input, Put put) noexcept {
    auto at = place_in_block<n>(stretch.index);
    auto own = block;
    auto about = reference, before = last;
    for (std::size_t t = 0; t < stretch.count; ++t) {
      T value = input(t), d = value - about;
      x[at] = value;
      // The reference is the last value before the block, so that the pair across has a product of 0.
      own.add(d, at == 0 ? T{} : before);
      before = d;
      Sums total;
      if (++at < n) {
        const auto& old = suffix[at];
        total.first = old.first + own.first, total.second = old.second + own.second;
        total.third = old.third + own.third, total.fourth = old.fourth + own.fourth;
        total.pairs = old.pairs + own.pairs;
        put(t, total, x[at] - about + d);
        continue;
      }
      about = value;
      T newer{};
      while (at-- > 0) {
        auto e = x[at] - about;
        total.add(e, newer);
        newer = e;
        suffix[at] = total;
      }
      put(t, total, newer);
      at = 0;
      own = {};
    }
    block = own;
    reference = about, last = before;
  }
};

/// log_ret_1 and its mean over 60 bars. Outputs skewness, kurtosis and lag-1 autocorrelation of the 60
/// values.
template <class T = double>
struct Shape60 {
  static constexpr int inputs = 2, outputs = 3, parts = 6;
  PowerSums60<T> sums;

  void run(const Bars<T>& bars) noexcept {
    using Sums = typename PowerSums60<T>::Sums;
    sums.run(bars, bars.in(0), [&](std::size_t t, const Sums& total, T ends) {
      bars.out(0)(t, total.first), bars.out(1)(t, total.second), bars.out(2)(t, total.third);
      bars.out(3)(t, total.fourth), bars.out(4)(t, total.pairs), bars.out(5)(t, ends);
    });
  }

  static void finish(In parts, In in, Out out) noexcept {
    constexpr double n = 60;
    auto m = parts[0] * (1 / n), s2 = parts[1] - parts[0] * m, m2 = s2 * (1 / n);
    auto m3 = parts[2] - 3 * m * parts[1] + 2 * n * m * m * m;
    auto m4 = parts[3] - 4 * m * parts[2] + 6 * m * m * parts[1] - 3 * n * m * m * m * m;
    auto products = parts[4] - m * (2 * parts[0] - parts[5]) + (n - 1) * m * m;
    auto root = std::sqrt(m2 > 0 ? m2 : 0 * m2);
    auto flat = (m2 <= 0) | negligible(root, in[1]);
    auto skewness = m3 * (1 / n) / (m2 * root), kurtosis = m4 * (1 / n) / (m2 * m2),
         correlation = products / s2;
    out[0] = flat ? 0 : skewness;
    out[1] = flat ? 3 : kurtosis;
    out[2] = flat ? 0 : correlation;
  }
};

/// log_ret_1, its mean and its sample deviation over 60 bars.
template <class T = double>
struct VarianceRatio {
  static constexpr int inputs = 3, parts = 2;
  SumWindow<5, T> five;
  Moments<56, T> sums;
  void run(const Bars<T>& bars) noexcept {
    auto mean = bars.out(0), squares = bars.out(1);
    five.run(bars, bars.in(0), mean);
    sums.run(bars, mean, [=](std::size_t t, T m, T m2) { mean(t, m), squares(t, m2); });
  }
  static double finish(In parts, In in) noexcept {
    constexpr double n = 60, q = 5, m = q * (n - q + 1) * (1 - q / n);
    auto bias = parts[0] - q * in[1];
    auto variance = in[2] * in[2];
    return variance == 0 || negligible(in[2], in[1]) ? 1 : (parts[1] + 56 * bias * bias) / m / variance;
  }
};

/// ln τ is 0..4 times ln 2, so the slope of ln std is Σ(i − 2)·ln std_i over 10 ln 2. This is e to twice that
/// sum; 0 where a variance is 0.
template <class T = double>
struct HurstRise {
  static constexpr int inputs = 1, parts = 5;
  std::array<T, 16> closes{}; ///< the last, oldest first
  Moments<99, T> one;
  Moments<98, T> two;
  Moments<96, T> four;
  Moments<92, T> eight;
  Moments<84, T> sixteen;

  void run(const Bars<T>& bars) noexcept {
    auto close = bars.in(0);
    auto over = [&](std::size_t lag, auto& moments, Column<T> out) {
      auto change = [&](std::size_t t) {
        return close(t) - (t < lag ? closes[16 + t - lag] : close(t - lag));
      };
      moments.run(bars, change, [=](std::size_t t, T, T squares) { out(t, squares); });
    };
    over(1, one, bars.out(0));
    over(2, two, bars.out(1));
    over(4, four, bars.out(2));
    over(8, eight, bars.out(3));
    over(16, sixteen, bars.out(4));
    auto count = std::min<std::size_t>(bars.count, 16);
    std::copy(closes.begin() + static_cast<std::ptrdiff_t>(count), closes.end(), closes.begin());
    for (std::size_t i = 0; i < count; ++i)
      closes[16 - count + i] = close(bars.count - count + i);
  }

  static double finish(In parts, In) noexcept {
    auto one = parts[0] / 98, two = parts[1] / 97, four = parts[2] / 95, eight = parts[3] / 91,
         sixteen = parts[4] / 83;
    auto rise = sixteen / one;
    auto flat = (one == 0) | (two == 0) | (four == 0) | (eight == 0) | (sixteen == 0);
    return flat ? 0 : rise * rise * (eight / two);
  }
};

/// −p ln p / ln 3 for p = i/60.
const auto entropy_terms = [] {
  std::array<double, 61> out{};
  for (int i = 1; i < 60; ++i)
    out[static_cast<std::size_t>(i)] = -(i / 60.0) * std::log(i / 60.0) / std::log(3.0);
  return out;
}();

struct Entropy60 {
  static constexpr int inputs = 1;
  std::array<std::int8_t, 64> signs{}; ///< 60 of them; 0 still, 1 up, 2 down
  std::int64_t ups = 0, downs = 0;

  double update(In in, const Now& now) noexcept {
    auto& old = signs[place_in_block<60>(now.index)];
    std::int64_t up = in[0] > 0, down = in[0] < 0;
    ups += up - (old & 1);
    downs += down - (old >> 1);
    old = static_cast<std::int8_t>(up + 2 * down);
    return term(downs) + term(60 - ups - downs) + term(ups);
  }

private:
  static double term(std::int64_t count) noexcept { return entropy_terms[static_cast<std::size_t>(count)]; }
};

/// Order 0.4, weights down to 1e-3: 55 of them, oldest first, after one of 0 that fills the vector.
constexpr auto difference_weights = [] {
  std::array<double, 56> out{};
  auto weight = 1.0;
  for (int k = 0; k < 55; ++k) {
    out[static_cast<std::size_t>(55 - k)] = weight;
    weight = -weight * (0.4 - k) / (k + 1);
  }
  return out;
}();

template <class T = double>
struct FractionalDifference {
  static constexpr int inputs = 1;
  Ring<56, T> window;

  void run(const Bars<T>& bars) noexcept {
    window.run(
        bars, bars.in(0), bars.out(0), [](std::size_t, const double* x) { return of_one(x); },
        [](std::size_t, auto items) { return of_four(items); });
  }

private:
  static double of_one(const double* x) noexcept {
    Lanes sum{};
    for (std::size_t i = 0; i < 56; i += 4)
      sum += load(difference_weights.data() + i) * load(x + i);
    return total(sum);
  }

  /// Each with the sums above in the same order.
  template <class Items>
  static Lanes of_four(Items x) noexcept {
    std::array<Lanes, 4> sum{};
    for (std::size_t i = 0; i < 56; i += 4)
      for (std::size_t k = 0; k < 4; ++k)
        sum[k] += all(difference_weights[i + k]) * x(i + k);
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
  }
};

} // namespace

Entries statistic_features() {
  return {
      {{.name = "zscore_20",
        .formula = "(C - sma_20)/sample std",
        .unit = "deviations",
        .warmup = 19,
        .neutral = 0},
       {"close", ".closes_20", ".closes_20#1"},
       formula<3>([](In in) {
         auto deviation = std::sqrt(in[2] / 19);
         return negligible(deviation, in[1]) ? 0 : (in[0] - in[1]) / deviation;
       })},
      {{.name = "skew_60",
        .formula = "population skewness of log_ret_1 over 60 bars",
        .unit = "ratio",
        .warmup = 60,
        .neutral = 0},
       {".shape_60"},
       same()},
      {{.name = "kurt_60",
        .formula = "population kurtosis of log_ret_1 over 60 bars, not in excess",
        .unit = "ratio",
        .warmup = 60,
        .neutral = 3},
       {".shape_60#1"},
       same()},
      {{.name = "autocorr_1_60",
        .formula = "sum (r - m)(r[-1] - m)/sum (r - m)^2 over 60 log_ret_1, m their mean",
        .unit = "correlation",
        .warmup = 60,
        .neutral = 0},
       {".shape_60#2"},
       same()},
      {{.name = "variance_ratio_5_60",
        .formula = "variance of overlapping 5-bar sums of log_ret_1 over 5 times that of log_ret_1, "
                   "unbiased, 60 bars",
        .unit = "ratio",
        .warmup = 60,
        .neutral = 1,
        .source = "Lo and MacKinlay 1988, RFS 1"},
       {"log_ret_1", ".log_ret_spread_60", ".log_ret_spread_60#1"},
       kernel<VarianceRatio<>>()},
      {{.name = "hurst_100",
        .formula = "slope of ln std(ln C - ln C[-t]) on ln t, t = 1, 2, 4, 8, 16, last 100 closes",
        .unit = "exponent",
        .warmup = 99,
        .neutral = 0.5},
       {".hurst_rise"},
       formula<1>([](auto in) {
         constexpr double ln2 = 0.6931471805599453;
         auto rise = in[0];
         return pick(rise == 0.0, rise + 0.5, natural_log(rise) * 0.5 / (10 * ln2));
       })},
      {{.name = "entropy_60",
        .formula = "-sum p ln p/ln 3 over the signs of the last 60 ret_1",
        .unit = "fraction",
        .warmup = 60,
        .neutral = 0},
       {"ret_1"},
       kernel<Entropy60>()},
      {{.name = "quantile_rank_100",
        .formula = "mid-rank of C in its last 100 values",
        .unit = "fraction",
        .warmup = 99,
        .neutral = 0.5},
       {"close"},
       kernel<RankOf100<>>()},
      {{.name = "frac_diff_04",
        .formula = "sum w_k ln C[-k], w_0 = 1, w_k = -w_(k-1) (0.4 - k + 1)/k, 55 weights",
        .unit = "log quote per base",
        .warmup = 54,
        .source = "Lopez de Prado, Advances in Financial Machine Learning 2018"},
       {".log_close"},
       kernel<FractionalDifference<>>()},
      node(".hurst_rise", {".log_close"}, kernel<HurstRise<>>()),
      node(".shape_60", {"log_ret_1", ".log_ret_spread_60"}, kernel<Shape60<>>()),
  };
}

} // namespace finch::features
