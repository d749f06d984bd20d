/// Volatility, per bar and not annualised (reference 1.6).
#include "actors/features/shared_kernels.hpp"

#include <numbers>

namespace finch::features {
namespace {

/// Outputs: mean and sample deviation (ddof 1) of the last n inputs.
template <int n, class T = double>
struct Spread {
  static constexpr int inputs = 1, outputs = 2, parts = 2;
  Moments<n, T> window;
  void run(const Bars<T>& bars) noexcept {
    window.run(bars, bars.in(0), [mean = bars.out(0), squares = bars.out(1)](std::size_t t, T m, T m2) {
      mean(t, m), squares(t, m2);
    });
  }
  static void finish(In parts, In, Out out) noexcept {
    out[0] = parts[0];
    out[1] = std::sqrt(parts[1] / (n - 1));
  }
};

template <class T = double>
struct EwmaVolatility {
  static constexpr int inputs = 1, parts = 1;
  T variance{};
  void update(InOf<T> in, const Now& now, OutOf<T> out) noexcept {
    auto square = in[0] * in[0];
    out[0] = variance = now.index <= 1 ? square : 0.94 * variance + 0.06 * square;
  }
  static double finish(In parts, In) noexcept { return std::sqrt(parts[0]); }
};

/// Square root of the mean of 20 terms, floored at 0.
template <class T = double>
struct RootMean20 {
  static constexpr int inputs = 1, parts = 1;
  SumWindow<20, T> window;
  void run(const Bars<T>& bars) noexcept { window.run(bars, bars.in(0), bars.out(0)); }
  static double finish(In parts, In) noexcept {
    auto mean = parts[0] / 20;
    return std::sqrt(mean < 0 ? 0 : mean);
  }
};

/// log_ret_1, ln(C/O), Rogers-Satchell deviation. ln(O/C[-1]) is the difference of the first two.
template <class T = double>
struct YangZhang {
  static constexpr int inputs = 3, parts = 2;
  Moments<20, T> overnight, session;
  void run(const Bars<T>& bars) noexcept {
    auto whole = bars.in(0), within = bars.in(1), out0 = bars.out(0), out1 = bars.out(1);
    overnight.run(
        bars, [=](std::size_t t) { return whole(t) - within(t); },
        [=](std::size_t t, T, T squares) { out0(t, squares); });
    session.run(bars, within, [=](std::size_t t, T, T squares) { out1(t, squares); });
  }
  static double finish(In parts, In in) noexcept {
    constexpr double k = 0.34 / (1.34 + 21.0 / 19.0);
    return std::sqrt(parts[0] / 19 + k * (parts[1] / 19) + (1 - k) * in[2] * in[2]);
  }
};

template <class T = double>
struct Ulcer {
  static constexpr int inputs = 1, parts = 1;
  Window<MaxOf, 14, T> highest;
  SumWindow<14, T> squares;
  void run(const Bars<T>& bars) noexcept {
    auto close = bars.in(0), out = bars.out(0);
    highest.run(bars, close, [=](std::size_t t, T top) {
      auto depth = close(t) / top - 1.0;
      out(t, depth * depth);
    });
    squares.run(bars, out, out);
  }
  static double finish(In parts, In) noexcept { return std::sqrt(parts[0] / 14); }
};

Entry priced(std::string_view name, std::string_view text, int warmup, std::string_view talib,
             std::vector<std::string_view> wires, Kernel made) {
  return {{.name = name,
           .formula = text,
           .unit = "quote per base",
           .dimension = Dimension::price,
           .warmup = warmup,
           .talib = talib},
          std::move(wires),
          made};
}

Entry ratioed(std::string_view name, std::string_view text, int warmup, double neutral,
              std::string_view source, std::vector<std::string_view> wires, Kernel made) {
  return {{.name = name,
           .formula = text,
           .unit = "fraction",
           .warmup = warmup,
           .neutral = neutral,
           .source = source},
          std::move(wires),
          made};
}

} // namespace

Entries volatility_features() {
  using enum Dimension;
  return {
      ratioed("volatility_5", "sample std of log_ret_1 over 5 bars", 5, 0, "", {"log_ret_1"},
              kernel<DeviationOf<5, 1>>()),
      ratioed("volatility_20", "sample std of log_ret_1 over 20 bars", 20, 0, "", {"log_ret_1"},
              kernel<DeviationOf<20, 1>>()),
      ratioed("volatility_60", "sample std of log_ret_1 over 60 bars", 60, 0, "", {".log_ret_spread_60#1"},
              same()),
      ratioed("ewma_vol_94", "sqrt(s2), s2 = 0.94 s2 + 0.06 r^2, first s2 = r_1^2", 1, 0,
              "RiskMetrics Technical Document, J.P. Morgan 1996", {"log_ret_1"}, kernel<EwmaVolatility<>>()),
      {{.name = "true_range",
        .formula = "max(H, C[-1]) - min(L, C[-1])",
        .unit = "quote per base",
        .dimension = price,
        .warmup = 1,
        .neutral = 0,
        .talib = "TRANGE"},
       {"high", "low", ".prev_close"},
       formula<3>([](In in) { return (in[0] > in[2] ? in[0] : in[2]) - (in[1] < in[2] ? in[1] : in[2]); })},
      {{.name = "atr_14",
        .formula = "Wilder(14) of true_range",
        .unit = "quote per base",
        .dimension = price,
        .warmup = 14,
        .neutral = 0,
        .talib = "ATR(14)"},
       {"true_range"},
       kernel<WilderOf<14>>()},
      {{.name = "natr_14",
        .formula = "100 atr_14/C",
        .unit = "percent",
        .warmup = 14,
        .neutral = 0,
        .talib = "NATR(14)"},
       {"atr_14", "close"},
       formula<2>([](In in) { return 100 * in[0] / in[1]; })},
      {{.name = "stddev_20",
        .formula = "population std of C over 20 bars",
        .unit = "quote per base",
        .dimension = price,
        .warmup = 19,
        .neutral = 0,
        .talib = "STDDEV(20,1)"},
       {".closes_20#1"},
       formula<1>([](In in) { return std::sqrt(in[0] / 20); })},
      priced("bb_middle", "sma_20", 19, "BBANDS(20,2,2,SMA)", {"sma_20"}, same()),
      priced("bb_upper", "sma_20 + 2 stddev_20", 19, "BBANDS(20,2,2,SMA)", {"sma_20", "stddev_20"},
             formula<2>([](In in) { return in[0] + 2 * in[1]; })),
      priced("bb_lower", "sma_20 - 2 stddev_20", 19, "BBANDS(20,2,2,SMA)", {"sma_20", "stddev_20"},
             formula<2>([](In in) { return in[0] - 2 * in[1]; })),
      ratioed("bb_width", "(bb_upper - bb_lower)/bb_middle", 19, 0, "", {"sma_20", "stddev_20"},
              formula<2>([](In in) { return negligible(in[1], in[0]) ? 0.0 : 4 * in[1] / in[0]; })),
      ratioed("price_vs_bb", "(C - bb_lower)/(bb_upper - bb_lower), not clipped", 19, 0.5, "",
              {"close", "sma_20", "stddev_20"}, formula<3>([](In in) {
                return negligible(in[2], in[1]) ? 0.5 : 0.5 + (in[0] - in[1]) / (4 * in[2]);
              })),
      priced("keltner_upper_20", "ema_20 + 2 ATR(10)", 19, "~KC(20,10,2) (0.8.1)", {"ema_20", ".atr_10"},
             formula<2>([](In in) { return in[0] + 2 * in[1]; })),
      priced("keltner_lower_20", "ema_20 - 2 ATR(10)", 19, "~KC(20,10,2) (0.8.1)", {"ema_20", ".atr_10"},
             formula<2>([](In in) { return in[0] - 2 * in[1]; })),
      priced("donchian_upper_20", "max_20(H)", 19, "MAX(20)", {"high"}, kernel<ExtremeOf<MaxOf, 20>>()),
      priced("donchian_lower_20", "min_20(L)", 19, "MIN(20)", {"low"}, kernel<ExtremeOf<MinOf, 20>>()),
      ratioed("donchian_pos_20", "(C - min_20 L)/(max_20 H - min_20 L)", 19, 0.5, "",
              {"close", "donchian_lower_20", "donchian_upper_20"},
              formula<3>([](In in) { return ratio(in[0] - in[1], in[2] - in[1], 0.5); })),
      ratioed("parkinson_20", "sqrt(mean_20(ln^2(H/L)) / (4 ln 2))", 19, 0, "Parkinson 1980, J. Business 53",
              {".parkinson_term"}, kernel<RootMean20<>>()),
      ratioed("garman_klass_20", "sqrt(max(0, mean_20(ln^2(H/L)/2 - (2 ln 2 - 1) ln^2(C/O))))", 19, 0,
              "Garman and Klass 1980, J. Business 53", {".garman_klass_term"}, kernel<RootMean20<>>()),
      ratioed("rogers_satchell_20", "sqrt(max(0, mean_20(ln(H/C) ln(H/O) + ln(L/C) ln(L/O))))", 19, 0,
              "Rogers and Satchell 1991, Annals of Applied Probability 1", {".rogers_satchell_term"},
              kernel<RootMean20<>>()),
      ratioed("yang_zhang_20",
              "sqrt(var(ln O/C[-1]) + k var(ln C/O) + (1-k) rogers_satchell^2), k = .34/(1.34 + 21/19), var "
              "ddof 1",
              20, 0, "Yang and Zhang 2000, J. Business 73", {"log_ret_1", ".log_co", "rogers_satchell_20"},
              kernel<YangZhang<>>()),
      ratioed("vol_ratio_5_20", "volatility_5/volatility_20", 20, 1, "", {"volatility_5", "volatility_20"},
              formula<2>([](In in) { return ratio(in[0], in[1], 1); })),
      ratioed("volatility_pctile_100", "mid-rank of volatility_20 in its last 100 values", 119, 0.5, "",
              {"volatility_20"}, kernel<RankOf100<>>()),
      ratioed("vol_of_vol_20", "sample std of the last 20 volatility_20", 39, 0, "", {"volatility_20"},
              kernel<DeviationOf<20, 1>>()),
      ratioed("downside_vol_20", "sqrt(mean_20(min(log_ret_1, 0)^2))", 20, 0, "", {".downside"},
              kernel<RootMean20<>>()),
      ratioed("ulcer_index_14", "sqrt(mean_14(d^2)), d = C/max_14(C) - 1", 26, 0, "Martin and McCann 1989",
              {"close"}, kernel<Ulcer<>>()),
      ratioed("range_pctile_100", "mid-rank of (H-L)/C in its last 100 values", 99, 0.5, "",
              {".relative_range"}, kernel<RankOf100<>>()),
      node(".log_ret_spread_60", {"log_ret_1"}, kernel<Spread<60>>()),
      node(".atr_10", {"true_range"}, kernel<WilderOf<10>>()),
      node(".parkinson_term", {".log_hc", ".log_lc"}, formula<2>([](In in) {
             auto range = in[0] - in[1];
             return range * range / (4 * std::numbers::ln2);
           })),
      node(".garman_klass_term", {".log_hc", ".log_lc", ".log_co"}, formula<3>([](In in) {
             auto range = in[0] - in[1];
             return 0.5 * range * range - (2 * std::numbers::ln2 - 1) * in[2] * in[2];
           })),
      node(".rogers_satchell_term", {".log_hc", ".log_lc", ".log_co"},
           formula<3>([](In in) { return in[0] * (in[0] + in[2]) + in[1] * (in[1] + in[2]); })),
      node(".downside", {"log_ret_1"},
           formula<1>([](In in) { return in[0] < 0 ? in[0] * in[0] : 0 * in[0]; })),
      node(".relative_range", {"high", "low", "close"},
           formula<3>([](In in) { return (in[0] - in[1]) / in[2]; })),
  };
}

} // namespace finch::features
