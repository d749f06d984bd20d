/// Trend (reference 1.8).
#include "actors/features/logarithm.hpp"
#include "actors/features/shared_kernels.hpp"

namespace finch::features {
namespace {

/// high, low, previous high, previous low. Outputs +DM and −DM; equal moves give neither.
template <class T = double>
struct DirectionalMove {
  static constexpr int inputs = 4, outputs = 2;
  void update(InOf<T> in, const Now&, OutOf<T> out) const noexcept {
    auto up = in[0] - in[2], down = in[3] - in[1];
    out[0] = pick((up > down) & (up > 0.0), up, 0.0);
    out[1] = pick((down > up) & (down > 0.0), down, 0.0);
  }
};

/// Wilder's sum: the plain sum of bars 1 to 13, then X − X/14 + x.
template <class T = double>
struct WilderSum14 {
  static constexpr int inputs = 1;
  T value{};
  T update(InOf<T> in, const Now& now) noexcept {
    if (now.index >= 14)
      value = value * (13.0 / 14) + in[0];
    else if (now.index >= 1)
      value += in[0];
    return value;
  }
};

/// +DI, −DI; keeps its last value while there is no directional movement at all.
template <class T = double>
struct Dx {
  static constexpr int inputs = 2;
  T value{};
  T update(InOf<T> in, const Now&) noexcept {
    auto sum = in[0] + in[1];
    return value = pick(sum == 0.0, value, 100.0 * magnitude(in[0] - in[1]) / sum);
  }
};

/// DX, +DI, −DI.
template <class T = double>
struct Adx {
  static constexpr int inputs = 3;
  T value{};
  T update(InOf<T> in, const Now& now) noexcept {
    auto moved = in[1] + in[2] != 0.0;
    if (now.index >= 28)
      value = pick(moved, value + (in[0] - value) * (1.0 / 14), value);
    else if (now.index >= 14) {
      value += pick(moved, in[0], 0.0);
      value = now.index == 27 ? value / 14.0 : value;
    }
    return value;
  }
};

template <class T = double>
struct Adxr {
  static constexpr int inputs = 1;
  Lag<13, T> values;
  void run(const Bars<T>& bars) noexcept {
    values.run(bars, bars.in(0),
               [now = bars.in(0), out = bars.out(0)](std::size_t t, T old) { out(t, (now(t) + old) / 2.0); });
  }
};

/// A value and the index of its bar, which is a double so that it goes through the same choices.
template <class T>
struct Spot {
  T value{}, at{};
};
struct LatestMax {
  template <class T>
  static Spot<T> join(Spot<T> older, Spot<T> newer) noexcept {
    auto take = newer.value >= older.value;
    return {pick(take, newer.value, older.value), pick(take, newer.at, older.at)};
  }
};
struct LatestMin {
  template <class T>
  static Spot<T> join(Spot<T> older, Spot<T> newer) noexcept {
    auto take = newer.value <= older.value;
    return {pick(take, newer.value, older.value), pick(take, newer.at, older.at)};
  }
};

/// Bars since the extreme of 26 bars, as Aroon counts it.
template <class Op, class T = double>
struct Aroon {
  static constexpr int inputs = 1;
  Window<Op, 26, Spot<T>> window;
  void run(const Bars<T>& bars) noexcept {
    auto index_at = [&](std::size_t t) {
      return T{} + static_cast<double>(bars.index + static_cast<std::int64_t>(t));
    };
    window.run(
        bars,
        [&, x = bars.in(0)](std::size_t t) {
          return Spot<T>{x(t), index_at(t)};
        },
        [&, out = bars.out(0)](std::size_t t, const Spot<T>& extreme) {
          out(t, 100.0 * (25.0 - (index_at(t) - extreme.at)) / 25.0);
        });
  }
};

/// high, low, previous high, previous low. Acceleration 0.02 up to 0.2. A short side is a long one in the
/// mirror, which turns prices round and loses nothing.
template <class T = double>
struct ParabolicStop {
  static constexpr int inputs = 4;
  T stop{}, extreme{}, speed = T{} + 0.02, side = T{} + 1.0;

  T update(InOf<T> in, const Now& now) noexcept {
    auto high = in[0], low = in[1], last_high = in[2], last_low = in[3];
    if (now.index == 0)
      return stop = low;
    if (now.index == 1) {
      auto down = last_low - low;
      auto falling = (down > 0.0) & (down > high - last_high);
      side = pick(falling, -1.0, 1.0);
      extreme = pick(falling, low, high);
      stop = pick(falling, last_high, last_low);
      // The first step has no bar before it whose extremes could bind the stop.
      last_high = high, last_low = low;
    }
    auto higher = MaxOf::join(last_high, high), lower = MinOf::join(last_low, low);
    auto upright = side > 0.0;
    auto mirrored = [&](T plain, T other) { return pick(upright, plain, -other); };
    auto top = mirrored(high, low), bottom = mirrored(low, high);
    auto ceiling = mirrored(higher, lower), floor = mirrored(lower, higher);
    auto level = stop * side, best = extreme * side;

    auto turned = bottom <= level, further = top > best;
    auto faster = pick(further, pick(speed + 0.02 > 0.2, 0.2, speed + 0.02), speed);
    auto out = pick(turned, MaxOf::join(ceiling, best), level);
    best = pick(turned, bottom, pick(further, top, best));
    speed = pick(turned, 0.02, faster);
    auto next = out + speed * (best - out);
    stop = pick(turned, MaxOf::join(ceiling, next), MinOf::join(floor, next)) * side;
    extreme = best * side;
    out *= side;
    side = pick(turned, -side, side);
    return out;
  }
};

/// high, low, close, ATR(10), previous close.
template <class T = double>
struct Supertrend {
  static constexpr int inputs = 5;
  T upper{}, lower{}, side = T{} + 1.0;
  T update(InOf<T> in, const Now& now) noexcept {
    auto middle = (in[0] + in[1]) / 2.0;
    auto next_upper = middle + 3.0 * in[3], next_lower = middle - 3.0 * in[3];
    if (now.index > 10) {
      // A band is let go on the bar after the close that crossed it, as in TA-Lib.
      next_upper = pick((next_upper < upper) | (in[4] > upper), next_upper, upper);
      next_lower = pick((next_lower > lower) | (in[4] < lower), next_lower, lower);
      side = pick(in[2] > upper, 1.0, pick(in[2] < lower, -1.0, side));
    }
    upper = next_upper;
    lower = next_lower;
    return side;
  }
};

/// high, previous low (or low, previous high), Σ14 TR.
template <class T = double>
struct Vortex {
  static constexpr int inputs = 3, parts = 1;
  SumWindow<14, T> moves;
  void run(const Bars<T>& bars) noexcept {
    moves.run(
        bars, [a = bars.in(0), b = bars.in(1)](std::size_t t) { return magnitude(a(t) - b(t)); },
        bars.out(0));
  }
  static double finish(In parts, In in) noexcept { return ratio(parts[0], in[2], 1); }
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

Kernel share_of_range() {
  return formula<2>([](In in) { return ratio(100 * in[0], in[1], 0); });
}

} // namespace

Entries trend_features() {
  using enum Dimension;
  return {
      percent("adx_14", "mean of the first 14 dx_14, then Wilder(14); kept while nothing moves", 27, 0,
              "ADX(14)", {"dx_14", "plus_di_14", "minus_di_14"}, kernel<Adx<>>()),
      percent("plus_di_14", "100 (Wilder sum of +DM)/(Wilder sum of true_range)", 14, 0, "PLUS_DI(14)",
              {".dm_plus_14", ".tr_14"}, share_of_range()),
      percent("minus_di_14", "100 (Wilder sum of -DM)/(Wilder sum of true_range)", 14, 0, "MINUS_DI(14)",
              {".dm_minus_14", ".tr_14"}, share_of_range()),
      percent("dx_14", "100 abs(+DI - -DI)/(+DI + -DI); kept while nothing moves", 14, 0, "DX(14)",
              {"plus_di_14", "minus_di_14"}, kernel<Dx<>>()),
      percent("adxr_14", "(adx_14 + adx_14[-13])/2", 40, 0, "ADXR(14)", {"adx_14"}, kernel<Adxr<>>()),
      percent("aroon_up_25", "100 (25 - bars since the highest H of 26)/25, latest of equals", 25,
              std::numeric_limits<double>::quiet_NaN(), "AROON(25)", {"high"}, kernel<Aroon<LatestMax>>()),
      percent("aroon_down_25", "100 (25 - bars since the lowest L of 26)/25, latest of equals", 25,
              std::numeric_limits<double>::quiet_NaN(), "AROON(25)", {"low"}, kernel<Aroon<LatestMin>>()),
      percent("aroon_osc_25", "aroon_up_25 - aroon_down_25", 25, std::numeric_limits<double>::quiet_NaN(),
              "AROONOSC(25)", {"aroon_up_25", "aroon_down_25"},
              formula<2>([](In in) { return in[0] - in[1]; })),
      {{.name = "psar",
        .formula = "parabolic stop and reverse, step 0.02, limit 0.2",
        .unit = "quote per base",
        .dimension = price,
        .warmup = 1,
        .talib = "SAR(.02,.2)",
        .source = "Wilder 1978"},
       {"high", "low", ".prev_high", ".prev_low"},
       kernel<ParabolicStop<>>()},
      {{.name = "psar_side", .formula = "sign(C - psar)", .unit = "sign", .dimension = flag, .warmup = 1},
       {"close", "psar"},
       formula<2>([](In in) { return sign(in[0] - in[1]); })},
      {{.name = "linreg_slope_20",
        .formula = "least-squares slope of C on 0..19",
        .unit = "quote per base per bar",
        .dimension = price,
        .warmup = 19,
        .neutral = 0,
        .talib = "LINEARREG_SLOPE(20)"},
       {".closes_20#2"},
       formula<1>([](In in) { return in[0] / Trend<20>::weights_squared; })},
      {{.name = "linreg_r2_20",
        .formula = "R^2 of that regression",
        .unit = "fraction",
        .warmup = 19,
        .neutral = 0},
       {".closes_20#2", ".closes_20#1", "close"},
       formula<3>([](In in) {
         auto flat = in[1] == 0 || negligible(std::sqrt(in[1]), in[2]);
         auto share = flat ? 0 : in[0] * in[0] / (Trend<20>::weights_squared * in[1]);
         return share > 1 ? 1 : share;
       })},
      {{.name = "slope_norm_20",
        .formula = "linreg_slope_20/atr_14",
        .unit = "ratio",
        .warmup = 19,
        .neutral = 0},
       {"linreg_slope_20", "atr_14"},
       formula<2>([](In in) { return ratio(in[0], in[1], 0); })},
      {{.name = "efficiency_ratio_20",
        .formula = "abs(C - C[-20])/sum_20 abs(C - C[-1])",
        .unit = "fraction",
        .warmup = 20,
        .neutral = 0,
        .talib = "ER(20) (0.8.1)",
        .source = "Kaufman 1995"},
       {"close", ".close_lag_20", ".path_20"},
       formula<3>([](In in) {
         auto share = ratio(std::abs(in[0] - in[1]), in[2], 0);
         return share > 1 ? 1 : share;
       })},
      {{.name = "choppiness_14",
        .formula = "100 log10(sum_14 TR/(max_14 H - min_14 L))/log10 14",
        .unit = "percent",
        .warmup = 14,
        .neutral = 100},
       {".tr_sum_14", ".highest_14", ".lowest_14"},
       formula<3>([](auto in) {
         constexpr double ln14 = 2.6390573296152586;
         auto range = in[1] - in[2], flat = range - range;
         return pick(range == 0.0, flat + 100.0, 100.0 * natural_log(in[0] / range) / ln14);
       })},
      {{.name = "supertrend_10_3",
        .formula = "side of (H+L)/2 +- 3 ATR(10), the upper band only falling and the lower only rising "
                   "until C[-1] crossed it",
        .unit = "sign",
        .dimension = flag,
        .warmup = 10,
        .talib = "SUPERTREND(10,3) (0.8.1)"},
       {"high", "low", "close", ".atr_10", ".prev_close"},
       kernel<Supertrend<>>()},
      {{.name = "vortex_plus_14",
        .formula = "sum_14 abs(H - L[-1])/sum_14 TR",
        .unit = "ratio",
        .warmup = 14,
        .neutral = 1,
        .talib = "VORTEX(14) (0.8.1)"},
       {"high", ".prev_low", ".tr_sum_14"},
       kernel<Vortex<>>()},
      {{.name = "vortex_minus_14",
        .formula = "sum_14 abs(L - H[-1])/sum_14 TR",
        .unit = "ratio",
        .warmup = 14,
        .neutral = 1,
        .talib = "VORTEX(14) (0.8.1)"},
       {"low", ".prev_high", ".tr_sum_14"},
       kernel<Vortex<>>()},
      node(".dm", {"high", "low", ".prev_high", ".prev_low"}, kernel<DirectionalMove<>>()),
      node(".dm_plus_14", {".dm"}, kernel<WilderSum14<>>()),
      node(".dm_minus_14", {".dm#1"}, kernel<WilderSum14<>>()),
      node(".tr_14", {"true_range"}, kernel<WilderSum14<>>()),
      node(".tr_sum_14", {"true_range"}, kernel<TotalOf<14>>()),
  };
}

} // namespace finch::features
