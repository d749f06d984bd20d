/// Volume (reference 1.9).
#include "actors/features/shared_kernels.hpp"

namespace finch::features {
namespace {

/// A running total over all bars.
template <class T = double>
struct Cumulative {
  static constexpr int inputs = 1;
  T value{};
  T update(InOf<T> in, const Now&) noexcept { return value += in[0]; }
};

/// What the bar adds, volume; the first adds all of it.
template <class T = double>
struct OnBalance {
  static constexpr int inputs = 2;
  T value{};
  T update(InOf<T> in, const Now& now) noexcept { return value += now.index == 0 ? in[1] : in[0]; }
};

/// on_balance_volume, volume_sma_20.
template <class T = double>
struct ObvSlope {
  static constexpr int inputs = 2, parts = 1;
  Trend<20, T> window;
  void run(const Bars<T>& bars) noexcept {
    window.run(bars, bars.in(0), [out = bars.out(0)](std::size_t t, T, T, T trend) { out(t, trend); });
  }
  static double finish(In parts, In in) noexcept {
    return ratio(parts[0] / Trend<20>::weights_squared, in[1], 0);
  }
};

template <class T = double>
struct ChaikinOscillator {
  static constexpr int inputs = 1;
  T fast{}, slow{};
  T update(InOf<T> in, const Now& now) noexcept {
    if (now.index == 0)
      fast = slow = in[0];
    fast += 2.0 / 4 * (in[0] - fast);
    slow += 2.0 / 11 * (in[0] - slow);
    return fast - slow;
  }
};

/// typical price, volume.
template <class T = double>
struct MoneyFlow {
  static constexpr int inputs = 2, parts = 2;
  T before{};
  SumWindow<14, T> rising, falling;
  void run(const Bars<T>& bars) noexcept {
    auto price = bars.in(0), volume = bars.in(1);
    auto last = [&](std::size_t t) { return t > 0 ? price(t - 1) : bars.index > 0 ? before : price(t); };
    rising.run(
        bars, [&](std::size_t t) { return pick(price(t) > last(t), price(t) * volume(t), 0.0); },
        bars.out(0));
    falling.run(
        bars, [&](std::size_t t) { return pick(price(t) < last(t), price(t) * volume(t), 0.0); },
        bars.out(1));
    before = price(bars.count - 1);
  }
  static double finish(In parts, In) noexcept { return ratio(100 * parts[0], parts[0] + parts[1], 50); }
};

/// high, low, previous high, previous low, volume.
template <class T = double>
struct EaseOfMovement {
  static constexpr int inputs = 5, parts = 1;
  SumWindow<14, T> window;
  void run(const Bars<T>& bars) noexcept {
    auto high = bars.in(0), low = bars.in(1), last_high = bars.in(2), last_low = bars.in(3),
         volume = bars.in(4);
    window.run(
        bars,
        [=](std::size_t t) {
          auto move = (high(t) + low(t)) / 2.0 - (last_high(t) + last_low(t)) / 2.0;
          return pick(volume(t) == 0.0, 0.0, move * (high(t) - low(t)) / volume(t));
        },
        bars.out(0));
  }
  static double finish(In parts, In) noexcept { return parts[0] / 14; }
};

/// close, volume, sma_20.
template <class T = double>
struct Vwma {
  static constexpr int inputs = 3, parts = 2;
  SumWindow<20, T> turnover, volume;
  void run(const Bars<T>& bars) noexcept {
    auto price = bars.in(0), traded = bars.in(1);
    turnover.run(
        bars, [=](std::size_t t) { return price(t) * traded(t); }, bars.out(0));
    volume.run(bars, traded, bars.out(1));
  }
  static double finish(In parts, In in) noexcept { return ratio(parts[0], parts[1], in[2]); }
};

} // namespace

Entries volume_features() {
  using enum Dimension;
  return {
      {{.name = "volume_sma_20",
        .formula = "mean_20(V)",
        .unit = "base",
        .dimension = volume,
        .warmup = 19,
        .neutral = 0,
        .talib = "SMA(20)"},
       {"volume"},
       kernel<MeanOf<20>>()},
      {{.name = "volume_ratio",
        .formula = "V/mean_20(V), the newest bar included",
        .unit = "ratio",
        .warmup = 19,
        .neutral = 1},
       {"volume", "volume_sma_20"},
       formula<2>([](In in) { return ratio(in[0], in[1], 1); })},
      {{.name = "volume_spike",
        .formula = "1 if volume_ratio >= 2",
        .unit = "flag",
        .dimension = flag,
        .warmup = 19,
        .neutral = 0},
       {"volume_ratio"},
       formula<1>([](In in) { return in[0] >= 2 ? 1.0 : 0.0; })},
      {{.name = "volume_zscore_20",
        .formula = "(V - mean_20 V)/sample std",
        .unit = "deviations",
        .warmup = 19,
        .neutral = 0},
       {"volume"},
       kernel<ZScoreOf<20>>()},
      {{.name = "dollar_volume",
        .formula = "sum p q of the bar's trades where the source says so, else C V",
        .unit = "quote",
        .dimension = volume,
        .neutral = 0},
       {".dollars"},
       same()},
      {{.name = "price_volume_trend",
        .formula = "running sum of V (C/C[-1] - 1) from 0",
        .unit = "base",
        .dimension = volume,
        .talib = "PVT (0.8.1)"},
       {".volume_times_return"},
       kernel<Cumulative<>>()},
      {{.name = "on_balance_volume",
        .formula = "V[0], then + V on a higher close, - V on a lower one",
        .unit = "base",
        .dimension = volume,
        .neutral = 0,
        .talib = "OBV"},
       {".directed_volume", "volume"},
       kernel<OnBalance<>>()},
      {{.name = "obv_slope_20",
        .formula = "least-squares slope of on_balance_volume on 0..19 / volume_sma_20",
        .unit = "ratio",
        .warmup = 19,
        .neutral = 0},
       {"on_balance_volume", "volume_sma_20"},
       kernel<ObvSlope<>>()},
      {{.name = "ad_line",
        .formula = "running sum of CLV V, CLV = ((C-L) - (H-C))/(H-L); 0 where H = L",
        .unit = "base",
        .dimension = volume,
        .talib = "AD"},
       {".clv_volume"},
       kernel<Cumulative<>>()},
      {{.name = "adosc_3_10",
        .formula = "EMA(3) - EMA(10) of ad_line, both starting at its first value",
        .unit = "base",
        .dimension = volume,
        .warmup = 9,
        .talib = "ADOSC(3,10)"},
       {"ad_line"},
       kernel<ChaikinOscillator<>>()},
      {{.name = "mfi_14",
        .formula = "100 P/(P + N), 14-bar sums of tp V where tp rose and where it fell",
        .unit = "percent",
        .warmup = 14,
        .neutral = 50,
        .talib = "MFI(14)"},
       {"typical_price", "volume"},
       kernel<MoneyFlow<>>()},
      {{.name = "cmf_20",
        .formula = "sum_20(CLV V)/sum_20 V",
        .unit = "ratio",
        .warmup = 19,
        .neutral = 0,
        .talib = "CMF(20) (0.8.1)"},
       {".clv_volume", "volume"},
       kernel<ShareOf<20>>()},
      {{.name = "force_index_13",
        .formula = "EMA(13) of (C - C[-1]) V",
        .unit = "quote",
        .dimension = volume,
        .warmup = 13,
        .neutral = 0,
        .talib = "EFI(13) (0.8.1)"},
       {".force"},
       kernel<EmaOf<13, 1>>()},
      {{.name = "eom_14",
        .formula = "mean_14((mid - mid[-1])(H - L)/V), mid = (H+L)/2; bars with V = 0 give 0",
        .unit = "quote^2 per base^3",
        .warmup = 14,
        .neutral = 0},
       {"high", "low", ".prev_high", ".prev_low", "volume"},
       kernel<EaseOfMovement<>>()},
      {{.name = "vwma_20",
        .formula = "sum_20(C V)/sum_20 V; sma_20 where nothing traded",
        .unit = "quote per base",
        .dimension = price,
        .warmup = 19,
        .talib = "VWMA(20) (0.8.1)"},
       {"close", "volume", "sma_20"},
       kernel<Vwma<>>()},
      node(".directed_volume", {"close", ".prev_close", "volume"}, formula<3>([](In in) {
             auto fallen = in[0] < in[1] ? -in[2] : 0;
             return in[0] > in[1] ? in[2] : fallen;
           })),
      node(".volume_times_return", {"volume", "ret_1"}, formula<2>([](In in) { return in[0] * in[1]; })),
      node(".clv_volume", {"high", "low", "close", "volume"}, formula<4>([](In in) {
             return ratio(((in[2] - in[1]) - (in[0] - in[2])) * in[3], in[0] - in[1], 0);
           })),
      node(".force", {"price_change", "volume"}, formula<2>([](In in) { return in[0] * in[1]; })),
  };
}

} // namespace finch::features
