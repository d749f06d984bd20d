/// Moving averages (reference 1.5; seeds as TA-Lib, reference 1.1).
#include "actors/features/shared_kernels.hpp"

namespace finch::features {
namespace {

/// Outputs mean, Σ(C − mean)² and the centred trend of 20 closes, which six features share.
template <class T = double>
struct Closes20 {
  static constexpr int inputs = 1, outputs = 3;
  Trend<20, T> window;
  void run(const Bars<T>& bars) noexcept {
    auto means = bars.out(0), squares = bars.out(1), trends = bars.out(2);
    window.run(bars, bars.in(0), [=](std::size_t t, T mean, T m2, T trend) {
      means(t, mean), squares(t, m2), trends(t, trend);
    });
  }
};

template <int n, class T = double>
struct Wma {
  static constexpr int inputs = 1, parts = 1;
  WeightedSum<n, T> window;
  void run(const Bars<T>& bars) noexcept { window.run(bars, bars.in(0), bars.out(0)); }
  static double finish(In parts, In) noexcept { return parts[0] / (n * (n + 1) / 2.0); }
};

template <int n, class T = double>
struct Path {
  static constexpr int inputs = 1;
  SumWindow<n, T> window;
  void run(const Bars<T>& bars) noexcept {
    window.run(
        bars, [moves = bars.in(0)](std::size_t t) { return magnitude(moves(t)); }, bars.out(0));
  }
};

/// close, close 10 bars ago, Σ10 |ΔC|.
template <class T = double>
struct Kama {
  static constexpr int inputs = 3;
  T value{};
  T update(InOf<T> in, const Now& now) noexcept {
    constexpr double fast = 2.0 / 3, slow = 2.0 / 31;
    if (now.index < 10)
      return value = in[0];
    auto direct = magnitude(in[0] - in[1]);
    auto efficiency = pick((in[2] == 0.0) | (direct > in[2]), 1.0, direct / in[2]);
    auto speed = efficiency * (fast - slow) + slow;
    value += speed * speed * (in[0] - value);
    return value;
  }
};

/// turnover, volume, typical price, day.
template <class T = double>
struct DayVwap {
  static constexpr int inputs = 4, parts = 2;
  T day = T{} + std::numeric_limits<double>::quiet_NaN(), turnover{}, volume{};
  void update(InOf<T> in, const Now&, OutOf<T> out) noexcept {
    auto same_day = in[3] == day;
    day = in[3];
    out[0] = turnover = in[0] + pick(same_day, turnover, 0.0);
    out[1] = volume = in[1] + pick(same_day, volume, 0.0);
  }
  static double finish(In parts, In in) noexcept { return ratio(parts[0], parts[1], in[2]); }
};

template <class T = double>
struct Vwap20 {
  static constexpr int inputs = 3, parts = 2;
  SumWindow<20, T> turnover, volume;
  void run(const Bars<T>& bars) noexcept {
    turnover.run(bars, bars.in(0), bars.out(0));
    volume.run(bars, bars.in(1), bars.out(1));
  }
  static double finish(In parts, In in) noexcept { return ratio(parts[0], parts[1], in[2]); }
};

template <class T = double>
struct EmaSlope {
  static constexpr int inputs = 1;
  Lag<5, T> values;
  void run(const Bars<T>& bars) noexcept {
    values.run(bars, bars.in(0), [now = bars.in(0), out = bars.out(0)](std::size_t t, T old) {
      out(t, (now(t) / old - 1.0) / 5.0);
    });
  }
};

/// Averages of equal prices miss them by a rounding, which must not read as a side.
Kernel distance() {
  return formula<2>([](In in) { return negligible(in[0] - in[1], in[1]) ? 0 : in[0] / in[1] - 1; });
}

Entry average(std::string_view name, std::string_view text, int warmup, std::string_view talib,
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

Entry relative(std::string_view name, std::string_view text, int warmup,
               std::vector<std::string_view> wires) {
  return {{.name = name, .formula = text, .unit = "fraction", .warmup = warmup, .neutral = 0},
          std::move(wires),
          distance()};
}

} // namespace

Entries average_features() {
  using enum Dimension;
  return {
      average("sma_5", "mean_5(C)", 4, "SMA(5)", {"close"}, kernel<MeanOf<5>>()),
      average("sma_10", "mean_10(C)", 9, "SMA(10)", {"close"}, kernel<MeanOf<10>>()),
      average("sma_20", "mean_20(C)", 19, "SMA(20)", {".closes_20"}, same()),
      average("sma_50", "mean_50(C)", 49, "SMA(50)", {"close"}, kernel<MeanOf<50>>()),
      average("sma_200", "mean_200(C)", 199, "SMA(200)", {"close"}, kernel<MeanOf<200>>()),
      average("ema_5", "EMA(5) of C, seeded with mean_5", 4, "EMA(5)", {"close"}, kernel<EmaOf<5>>()),
      average("ema_10", "EMA(10) of C, seeded with mean_10", 9, "EMA(10)", {"close"}, kernel<EmaOf<10>>()),
      average("ema_20", "EMA(20) of C, seeded with mean_20", 19, "EMA(20)", {"close"}, kernel<EmaOf<20>>()),
      average("ema_50", "EMA(50) of C, seeded with mean_50", 49, "EMA(50)", {"close"}, kernel<EmaOf<50>>()),
      average("ema_200", "EMA(200) of C, seeded with mean_200", 199, "EMA(200)", {"close"},
              kernel<EmaOf<200>>()),
      average("wma_20", "sum (i+1) C_i / 210 over 20 bars, newest heaviest", 19, "WMA(20)", {"close"},
              kernel<Wma<20>>()),
      average("dema_20", "2 e1 - e2, e1 = ema_20, e2 = EMA(20) of e1", 38, "DEMA(20)",
              {"ema_20", ".ema_20_twice"}, formula<2>([](In in) { return 2 * in[0] - in[1]; })),
      average("tema_20", "3 e1 - 3 e2 + e3, each stage an EMA(20) of the last", 57, "TEMA(20)",
              {"ema_20", ".ema_20_twice", ".ema_20_thrice"},
              formula<3>([](In in) { return 3 * in[0] - 3 * in[1] + in[2]; })),
      average(
          "kama_10",
          "p += sc (C - p), sc = (ER (2/3 - 2/31) + 2/31)^2, ER = abs(C - C[-10]) / sum_10 abs(C - C[-1])",
          10, "KAMA(10)", {"close", ".close_lag_10", ".path_10"}, kernel<Kama<>>()),
      average("hma_20", "WMA_4(2 WMA_10(C) - WMA_20(C))", 22, "HMA(20) (0.8.1)", {".hull_raw"},
              kernel<Wma<4>>()),
      average("vwap_day", "sum tp V / sum V since 00:00 UTC; sum p q / sum q where the bars come from trades",
              0, "", {".turnover", "volume", "typical_price", ".day"}, kernel<DayVwap<>>()),
      average("vwap_20", "sum_20 tp V / sum_20 V; sum p q / sum q where the bars come from trades", 19, "",
              {".turnover", "volume", "typical_price"}, kernel<Vwap20<>>()),
      relative("price_vs_sma_20", "C/sma_20 - 1", 19, {"close", "sma_20"}),
      relative("price_vs_sma_50", "C/sma_50 - 1", 49, {"close", "sma_50"}),
      relative("price_vs_ema_20", "C/ema_20 - 1", 19, {"close", "ema_20"}),
      relative("price_vs_vwap", "C/vwap_day - 1", 0, {"close", "vwap_day"}),
      relative("ema_5_20_spread", "ema_5/ema_20 - 1", 19, {"ema_5", "ema_20"}),
      {{.name = "sma_20_50_cross",
        .formula = "sign(sma_20 - sma_50)",
        .unit = "sign",
        .dimension = flag,
        .warmup = 49,
        .neutral = 0},
       {"sma_20", "sma_50"},
       formula<2>([](In in) {
         auto difference = in[0] - in[1];
         return negligible(difference, in[1]) ? 0.0 : sign(difference);
       })},
      {{.name = "ema_20_slope_5",
        .formula = "(ema_20/ema_20[-5] - 1)/5",
        .unit = "fraction per bar",
        .warmup = 24,
        .neutral = 0},
       {"ema_20"},
       kernel<EmaSlope<>>()},
      node(".ema_20_twice", {"ema_20"}, kernel<EmaOf<20, 19>>()),
      node(".ema_20_thrice", {".ema_20_twice"}, kernel<EmaOf<20, 38>>()),
      node(".closes_20", {"close"}, kernel<Closes20<>>()),
      node(".path_10", {"price_change"}, kernel<Path<10>>()),
      node(".path_20", {"price_change"}, kernel<Path<20>>()),
      node(".wma_10", {"close"}, kernel<Wma<10>>()),
      node(".hull_raw", {".wma_10", "wma_20"}, formula<2>([](In in) { return 2 * in[0] - in[1]; })),
  };
}

} // namespace finch::features
