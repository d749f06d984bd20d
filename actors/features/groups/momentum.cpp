/// Momentum (reference 1.7).
#include "actors/features/shared_kernels.hpp"

namespace finch::features {
namespace {

template <class T = double>
struct StochRsi {
  static constexpr int inputs = 1, parts = 2;
  Window<MaxOf, 14, T> highest;
  Window<MinOf, 14, T> lowest;
  void run(const Bars<T>& bars) noexcept {
    lowest.run(bars, bars.in(0), bars.out(0));
    highest.run(bars, bars.in(0), bars.out(1));
  }
  static double finish(In parts, In in) noexcept {
    auto range = parts[1] - parts[0];
    return negligible(range, 100) ? 0.5 : (in[0] - parts[0]) / range;
  }
};

template <class T = double>
struct Cci {
  static constexpr int inputs = 1;
  Ring<20, T> window;

  void run(const Bars<T>& bars) noexcept {
    window.run(
        bars, bars.in(0), bars.out(0), [](std::size_t, const double* values) { return of_one(values); },
        [](std::size_t, auto items) { return of_four(items); });
  }

private:
  static double of_one(const double* values) noexcept {
    // About the newest value, so that a flat window has deviations of exactly 0.
    Lanes sum{}, spread{};
    auto base = all(values[19]);
    for (int i = 0; i < 20; i += 4)
      sum += load(values + i) - base;
    auto mean = total(sum) / 20;
    for (int i = 0; i < 20; i += 4)
      spread += magnitude(load(values + i) - base - all(mean));
    auto deviation = total(spread) / 20;
    return deviation == 0 ? 0 : -mean / (0.015 * deviation);
  }

  /// Each with the sums above in the same order.
  template <class Items>
  static Lanes of_four(Items values) noexcept {
    auto base = values(19);
    std::array<Lanes, 4> sum{}, spread{};
    for (std::size_t i = 0; i < 20; i += 4)
      for (std::size_t k = 0; k < 4; ++k)
        sum[k] += values(i + k) - base;
    auto mean = ((sum[0] + sum[2]) + (sum[1] + sum[3])) / 20.0;
    for (std::size_t i = 0; i < 20; i += 4)
      for (std::size_t k = 0; k < 4; ++k)
        spread[k] += magnitude(values(i + k) - base - mean);
    auto deviation = ((spread[0] + spread[2]) + (spread[1] + spread[3])) / 20.0;
    return pick(deviation == 0.0, 0.0, -mean / (0.015 * deviation));
  }
};

template <class T = double>
struct Roc1 {
  static constexpr int inputs = 1;
  T before{};
  T update(InOf<T> in, const Now&) noexcept {
    auto out = 100.0 * (in[0] / before - 1.0);
    before = in[0];
    return out;
  }
};

/// Buying pressure, true range.
template <class T = double>
struct Ultimate {
  static constexpr int inputs = 2, parts = 6;
  SumWindow<7, T> pressure7, range7;
  SumWindow<14, T> pressure14, range14;
  SumWindow<28, T> pressure28, range28;
  void run(const Bars<T>& bars) noexcept {
    pressure7.run(bars, bars.in(0), bars.out(0)), range7.run(bars, bars.in(1), bars.out(1));
    pressure14.run(bars, bars.in(0), bars.out(2)), range14.run(bars, bars.in(1), bars.out(3));
    pressure28.run(bars, bars.in(0), bars.out(4)), range28.run(bars, bars.in(1), bars.out(5));
  }
  static double finish(In parts, In) noexcept {
    auto a7 = ratio(parts[0], parts[1], 0), a14 = ratio(parts[2], parts[3], 0),
         a28 = ratio(parts[4], parts[5], 0);
    return 100 * (4 * a7 + 2 * a14 + a28) / 7;
  }
};

template <class T = double>
struct Tsi {
  static constexpr int inputs = 1, parts = 2;
  Ema<25, 1, T> move1, size1;
  Ema<13, 25, T> move2, size2;
  void update(InOf<T> in, const Now& now, OutOf<T> out) noexcept {
    out[0] = move2.update(move1.update(in[0], now.index), now.index);
    out[1] = size2.update(size1.update(magnitude(in[0]), now.index), now.index);
  }
  static double finish(In parts, In) noexcept { return ratio(100 * parts[0], parts[1], 0); }
};

template <class T = double>
struct Acceleration {
  static constexpr int inputs = 1;
  Lag<5, T> values;
  void run(const Bars<T>& bars) noexcept {
    values.run(bars, bars.in(0),
               [now = bars.in(0), out = bars.out(0)](std::size_t t, T old) { out(t, now(t) - old); });
  }
};

Entry percent(std::string_view name, std::string_view text, int warmup, double neutral,
              std::string_view talib, std::vector<std::string_view> wires, Kernel made) {
  return {{.name = name,
           .formula = text,
           .unit = "percent",
           .warmup = warmup,
           .neutral = neutral,
           .talib = talib},
          std::move(wires),
          made};
}

Entry priced(std::string_view name, std::string_view text, int warmup, std::string_view talib,
             std::vector<std::string_view> wires, Kernel made) {
  return {{.name = name,
           .formula = text,
           .unit = "quote per base",
           .dimension = Dimension::price,
           .warmup = warmup,
           .neutral = 0,
           .talib = talib},
          std::move(wires),
          made};
}

Kernel strength() {
  return formula<2>([](In in) { return ratio(100 * in[0], in[0] + in[1], 50); });
}

} // namespace

Entries momentum_features() {
  return {
      percent("rsi_14", "100 G/(G + L), Wilder(14) means of gains and losses", 14, 50, "RSI(14)",
              {".gain_14", ".loss_14"}, strength()),
      percent("rsi_7", "100 G/(G + L), Wilder(7) means of gains and losses", 7, 50, "RSI(7)",
              {".gain_7", ".loss_7"}, strength()),
      {{.name = "stochrsi_14",
        .formula = "(rsi_14 - min_14 rsi_14)/(max_14 - min_14)",
        .unit = "fraction",
        .warmup = 27,
        .neutral = 0.5,
        .talib = "STOCHRSI(14,14,1)/100"},
       {"rsi_14"},
       kernel<StochRsi<>>()},
      priced("macd", "EMA(12) - EMA(26) of C, the fast one seeded on bars 14 to 25", 33, "MACD(12,26,9)",
             {".macd_fast", ".ema_26"},
             formula<2>([](In in) { return negligible(in[0] - in[1], in[1]) ? 0 : in[0] - in[1]; })),
      priced("macd_signal", "EMA(9) of macd, seeded on its first 9 values", 33, "MACD(12,26,9)", {"macd"},
             kernel<EmaOf<9, 25>>()),
      priced("macd_histogram", "macd - macd_signal", 33, "MACD(12,26,9)", {"macd", "macd_signal"},
             formula<2>([](In in) { return in[0] - in[1]; })),
      percent("stoch_k", "SMA_3 of 100 (C - min_14 L)/(max_14 H - min_14 L)", 17, 50, "STOCH(14,3,SMA,3,SMA)",
              {".stoch_slow"}, same()),
      percent("stoch_d", "SMA_3 of stoch_k", 17, 50, "STOCH(14,3,SMA,3,SMA)", {".stoch_slow"},
              kernel<MeanOf<3>>()),
      {{.name = "cci_20",
        .formula = "(tp - mean_20 tp)/(0.015 mean absolute deviation)",
        .unit = "index",
        .warmup = 19,
        .neutral = 0,
        .talib = "CCI(20)"},
       {"typical_price"},
       kernel<Cci<>>()},
      percent("willr_14", "-100 (max_14 H - C)/(max_14 H - min_14 L)", 13, -50, "WILLR(14)",
              {".highest_14", "close", ".lowest_14"},
              formula<3>([](In in) { return ratio(-100 * (in[0] - in[1]), in[0] - in[2], -50); })),
      percent("roc_10", "100 (C/C[-10] - 1)", 10, 0, "ROC(10)", {"close", ".close_lag_10"},
              formula<2>([](In in) { return 100 * (in[0] / in[1] - 1); })),
      priced("mom_10", "C - C[-10]", 10, "MOM(10)", {"close", ".close_lag_10"},
             formula<2>([](In in) { return in[0] - in[1]; })),
      percent("cmo_14", "100 (G - L)/(G + L), Wilder(14) means of gains and losses", 14, 0, "CMO(14)",
              {".gain_14", ".loss_14"},
              formula<2>([](In in) { return ratio(100 * (in[0] - in[1]), in[0] + in[1], 0); })),
      percent("ppo_12_26", "100 (EMA(12) - EMA(26))/EMA(26) of C, both seeded from bar 0", 25, 0,
              "PPO(12,26,EMA)", {".ema_12", ".ema_26"}, formula<2>([](In in) {
                return negligible(in[0] - in[1], in[1]) ? 0 : 100 * (in[0] - in[1]) / in[1];
              })),
      percent("trix_15", "1-bar percentage change of a triple EMA(15)", 43, 0, "TRIX(15)", {".trix_3"},
              kernel<Roc1<>>()),
      percent("ultosc_7_14_28",
              "100 (4 a7 + 2 a14 + a28)/7, a_n = sum_n BP / sum_n TR, BP = C - min(L, C[-1])", 28, 0,
              "ULTOSC(7,14,28)", {".buying_pressure", "true_range"}, kernel<Ultimate<>>()),
      percent("tsi_25_13", "100 EMA13(EMA25(C - C[-1]))/EMA13(EMA25(abs(C - C[-1])))", 37, 0,
              "TSI(25,13) (0.8.1)", {"price_change"}, kernel<Tsi<>>()),
      {{.name = "mom_accel_5",
        .formula = "log_ret_5 - log_ret_5[-5]",
        .unit = "log fraction",
        .warmup = 10,
        .neutral = 0},
       {"log_ret_5"},
       kernel<Acceleration<>>()},
      node(".gain", {"price_change"}, formula<1>([](In in) { return in[0] > 0 ? in[0] : 0; })),
      node(".loss", {"price_change"}, formula<1>([](In in) { return in[0] < 0 ? -in[0] : 0; })),
      node(".gain_14", {".gain"}, kernel<WilderOf<14, 1>>()),
      node(".loss_14", {".loss"}, kernel<WilderOf<14, 1>>()),
      node(".gain_7", {".gain"}, kernel<WilderOf<7, 1>>()),
      node(".loss_7", {".loss"}, kernel<WilderOf<7, 1>>()),
      node(".ema_12", {"close"}, kernel<EmaOf<12>>()),
      node(".ema_26", {"close"}, kernel<EmaOf<26>>()),
      node(".macd_fast", {"close"}, kernel<EmaOf<12, 14>>()),
      node(".highest_14", {"high"}, kernel<ExtremeOf<MaxOf, 14>>()),
      node(".lowest_14", {"low"}, kernel<ExtremeOf<MinOf, 14>>()),
      node(".stoch_raw", {"close", ".lowest_14", ".highest_14"},
           formula<3>([](In in) { return ratio(100 * (in[0] - in[1]), in[2] - in[1], 50); })),
      node(".stoch_slow", {".stoch_raw"}, kernel<MeanOf<3>>()),
      node(".trix_1", {"close"}, kernel<EmaOf<15>>()),
      node(".trix_2", {".trix_1"}, kernel<EmaOf<15, 14>>()),
      node(".trix_3", {".trix_2"}, kernel<EmaOf<15, 28>>()),
      node(".buying_pressure", {"close", "low", ".prev_close"},
           formula<3>([](In in) { return in[0] - (in[1] < in[2] ? in[1] : in[2]); })),
  };
}

} // namespace finch::features
