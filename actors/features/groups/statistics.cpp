/// Statistical features (reference 1.10).
#include "actors/features/shared_kernels.hpp"

namespace finch::features {
namespace {

/// log_ret_1 and its mean over 60 bars. Outputs skewness, kurtosis and lag-1 autocorrelation of the 60
/// values, from their deviations about the mean.
struct Shape60 {
  static constexpr int inputs = 2, outputs = 3;
  Ring<60> window;

  void update(In in, const Now&, Out out) noexcept {
    const auto* r = window.update(in[0]);
    auto mean = all(in[1]);
    // Two chains of sums, for the processor to run side by side; the last vector has no pair of its newest
    // value.
    Sums even, odd;
    for (int i = 0; i < 56; i += 8) {
      even.add(load(r + i) - mean, load(r + i + 1) - mean);
      odd.add(load(r + i + 4) - mean, load(r + i + 5) - mean);
    }
    auto last = load(r + 56) - mean;
    even.add(last, Lanes{last[1], last[2], last[3], 0});
    auto s2 = total(even.squares + odd.squares), m2 = s2 / 60;
    if (m2 == 0 || negligible(std::sqrt(m2), in[1])) {
      out[0] = 0, out[1] = 3, out[2] = 0;
      return;
    }
    out[0] = total(even.cubes + odd.cubes) / 60 / (m2 * std::sqrt(m2));
    out[1] = total(even.fourths + odd.fourths) / 60 / (m2 * m2);
    out[2] = total(even.products + odd.products) / s2;
  }

private:
  struct Sums {
    Lanes squares{}, cubes{}, fourths{}, products{};
    void add(Lanes d, Lanes next) noexcept {
      auto d2 = d * d;
      squares += d2, cubes += d2 * d, fourths += d2 * d2, products += d * next;
    }
  };
};

/// log_ret_1, its mean and its sample deviation over 60 bars.
struct VarianceRatio {
  static constexpr int inputs = 3;
  SumWindow<5> five;
  Moments<56> sums;
  double update(In in, const Now&) noexcept {
    constexpr double n = 60, q = 5, m = q * (n - q + 1) * (1 - q / n);
    sums.update(five.update(in[0]));
    auto bias = sums.mean - q * in[1];
    auto variance = in[2] * in[2];
    return variance == 0 || negligible(in[2], in[1]) ? 1 : (sums.m2 + 56 * bias * bias) / m / variance;
  }
};

struct Hurst {
  static constexpr int inputs = 1;
  Ring<17> closes;
  Moments<99> one;
  Moments<98> two;
  Moments<96> four;
  Moments<92> eight;
  Moments<84> sixteen;

  double update(In in, const Now&) noexcept {
    const auto* x = closes.update(in[0]);
    one.update(x[16] - x[15]);
    two.update(x[16] - x[14]);
    four.update(x[16] - x[12]);
    eight.update(x[16] - x[8]);
    sixteen.update(x[16] - x[0]);
    // ln τ is 0..4 times ln 2, so the slope is Σ(i − 2)·ln std_i over 10 ln 2; half of ln variance is ln std.
    std::array variance{one.m2 / 98, two.m2 / 97, four.m2 / 95, eight.m2 / 91, sixteen.m2 / 83};
    for (auto v : variance)
      if (v == 0)
        return 0.5;
    auto slope =
        std::log(variance[4] / variance[0] * (variance[4] / variance[0]) * (variance[3] / variance[1]));
    return slope * 0.5 / (10 * 0.6931471805599453);
  }
};

struct Entropy60 {
  static constexpr int inputs = 1;
  std::array<double, 61> terms = make_terms(); ///< −p ln p / ln 3 for p = i/60
  std::array<std::int8_t, 60> signs{};
  std::array<std::int32_t, 4> counts{0, 60, 0, 0};
  std::int64_t at = 0;

  double update(In in, const Now&) noexcept {
    auto& old = signs[static_cast<std::size_t>(at)];
    --counts[static_cast<std::size_t>(old + 1)];
    old = in[0] > 0 ? 1 : in[0] < 0 ? -1 : 0;
    ++counts[static_cast<std::size_t>(old + 1)];
    at = at + 1 == 60 ? 0 : at + 1;
    return term(0) + term(1) + term(2);
  }

private:
  [[nodiscard]] double term(std::size_t i) const noexcept {
    return terms[static_cast<std::size_t>(counts[i])];
  }
  static std::array<double, 61> make_terms() {
    std::array<double, 61> out{};
    for (int i = 1; i < 60; ++i)
      out[static_cast<std::size_t>(i)] = -(i / 60.0) * std::log(i / 60.0) / std::log(3.0);
    return out;
  }
};

/// Order 0.4, weights down to 1e-3: 55 of them, oldest first, after one of 0 that fills the vector.
struct FractionalDifference {
  static constexpr int inputs = 1;
  std::array<double, 56> weights = make_weights();
  Ring<56> window;

  double update(In in, const Now&) noexcept {
    const auto* x = window.update(in[0]);
    Lanes sum{};
    for (int i = 0; i < 56; i += 4)
      sum += load(weights.data() + i) * load(x + i);
    return total(sum);
  }

private:
  static std::array<double, 56> make_weights() {
    std::array<double, 56> out{};
    auto weight = 1.0;
    for (int k = 0; k < 55; ++k) {
      out[static_cast<std::size_t>(55 - k)] = weight;
      weight = -weight * (0.4 - k) / (k + 1);
    }
    return out;
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
       kernel<VarianceRatio>()},
      {{.name = "hurst_100",
        .formula = "slope of ln std(ln C - ln C[-t]) on ln t, t = 1, 2, 4, 8, 16, last 100 closes",
        .unit = "exponent",
        .warmup = 99,
        .neutral = 0.5},
       {".log_close"},
       kernel<Hurst>()},
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
       kernel<RankOf100>()},
      {{.name = "frac_diff_04",
        .formula = "sum w_k ln C[-k], w_0 = 1, w_k = -w_(k-1) (0.4 - k + 1)/k, 55 weights",
        .unit = "log quote per base",
        .warmup = 54,
        .source = "Lopez de Prado, Advances in Financial Machine Learning 2018"},
       {".log_close"},
       kernel<FractionalDifference>()},
      node(".shape_60", {"log_ret_1", ".log_ret_spread_60"}, kernel<Shape60>()),
  };
}

} // namespace finch::features
