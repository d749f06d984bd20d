/// Regimes (reference 1.13). Codes of market_regime: 0 range, 1 trend, 2 panic, 3 illiquid.
#include "actors/features/shared_kernels.hpp"

#include <algorithm>

namespace finch::features {
namespace {

constexpr std::int64_t first_regime = 119; ///< bar whose raw code is the first one computed from warm inputs

/// volume, dollar_volume, volatility_pctile_100, log_ret_20, volatility_20, trend_strength.
template <class T = double>
struct RawRegime {
  static constexpr int inputs = 6, parts = 1;
  SumWindow<20, T> recent;
  Ring<100, T> dollars;

  void run(const Bars<T>& bars) noexcept {
    auto traded = bars.in(1), illiquid = bars.out(0);
    recent.run(bars, traded, [=](std::size_t t, T sum) { illiquid(t, 4.0 * (sum / 20.0)); });
    dollars.run(
        bars, traded, illiquid,
        [=](std::size_t t, const double* window) {
          auto limit = illiquid.values[t];
          auto below = below_median([=](std::size_t i) { return window[i]; }, limit,
                                    count_at_most<100>(window, limit));
          return below ? 1.0 : 0.0;
        },
        [=](std::size_t t, auto items) { return pick(below_medians(items, illiquid.four(t)), 1.0, 0.0); });
  }

  static double finish(In parts, In in) noexcept {
    auto panic = (in[2] >= 0.95) & (in[4] > 0) & (in[3] <= -1.5 * in[4] * root20);
    auto calm = panic ? 2.0 : in[5] >= 0.45 ? 1.0 : 0.0;
    return (in[0] == 0) | (parts[0] != 0) ? 3.0 : calm;
  }

private:
  /// Whether x is less than the median of 100 values, `at_most` of which are at most x: the mean of the 50th
  /// and 51st.
  template <class Item>
  static bool below_median(Item item, double x, std::int64_t at_most) noexcept {
    if (at_most != 50)
      return at_most < 50;
    auto lower = -std::numeric_limits<double>::infinity(), upper = -lower;
    for (std::size_t i = 0; i < 100; ++i) {
      if (item(i) <= x)
        lower = std::max(lower, item(i));
      else
        upper = std::min(upper, item(i));
    }
    return x < (lower + upper) / 2;
  }

  template <class Items>
  static Counts below_medians(Items items, Lanes x) noexcept {
    auto at_most = count_at_most<100>(items, x);
    auto out = at_most < 50;
    if (total(Counts(at_most == 50)) != 0)
      for (int k = 0; k < 4; ++k)
        out[k] = below_median([&](std::size_t i) { return items(i)[k]; }, x[k], at_most[k]) ? -1 : 0;
    return out;
  }

  static constexpr double root20 = 4.47213595499957939;
};

/// Panic and illiquidity at once, anything else after three bars in a row.
template <class T = double>
struct Regime {
  static constexpr int inputs = 1;
  T current{}, candidate{}, streak{};
  T update(InOf<T> in, const Now& now) noexcept {
    streak = pick(in[0] == candidate, streak + 1.0, 1.0);
    candidate = in[0];
    auto sure = (candidate >= 2.0) | (streak >= 3.0);
    return current = now.index <= first_regime ? candidate : pick(sure, candidate, current);
  }
};

template <class T = double>
struct RegimeAge {
  static constexpr int inputs = 1;
  T code{}, age{};
  T update(InOf<T> in, const Now& now) noexcept {
    age = now.index <= first_regime ? T{} : pick(in[0] != code, 0.0, age + 1.0);
    code = in[0];
    return age;
  }
};

struct Drawdown {
  static constexpr int inputs = 1;
  Window<MaxOf, 500> highest;
  double update(In in, const Now& now) noexcept {
    // The window may be partial, so unlike others it must not reach over a gap.
    if (now.since_gap == 0)
      highest = {};
    return in[0] / highest.update(in[0], now.since_gap) - 1;
  }
};

} // namespace

Entries regime_features() {
  using enum Dimension;
  return {
      {{.name = "trend_strength",
        .formula = "efficiency_ratio_20/2 + min(1, adx_14/50)/2",
        .unit = "fraction",
        .warmup = 27,
        .neutral = 0},
       {"efficiency_ratio_20", "adx_14"},
       formula<2>([](In in) {
         auto direction = in[1] / 50;
         return 0.5 * in[0] + 0.5 * (direction > 1 ? 1 : direction);
       })},
      {{.name = "volatility_regime",
        .formula = "volatility_pctile_100 < 1/3: 0 low, <= 2/3: 1 medium, else 2 high",
        .unit = "code",
        .dimension = flag,
        .warmup = 119,
        .neutral = 1},
       {"volatility_pctile_100"},
       formula<1>([](In in) { return in[0] < 1.0 / 3    ? 0.0
                                     : in[0] <= 2.0 / 3 ? 1.0
                                                        : 2.0; })},
      {{.name = "market_regime",
        .formula =
            "3 illiquid: V = 0 or mean_20(dollar_volume) < 0.25 median_100; 2 panic: volatility_pctile_100 "
            ">= 0.95 "
            "and log_ret_20/(volatility_20 sqrt 20) <= -1.5; 1 trend: trend_strength >= 0.45; else 0 range; "
            "2 and 3 at once, others after 3 bars",
        .unit = "code",
        .dimension = flag,
        .warmup = 119,
        .neutral = 0},
       {".market_regime_raw"},
       kernel<Regime<>>()},
      {{.name = "regime_age",
        .formula = "bars since market_regime changed",
        .unit = "bars",
        .dimension = count,
        .warmup = 119,
        .neutral = 0},
       {"market_regime"},
       kernel<RegimeAge<>>()},
      {{.name = "drawdown_state",
        .formula = "C/max of the last 500 closes - 1, of fewer from the 100th on",
        .unit = "fraction",
        .warmup = 99,
        .neutral = 0},
       {"close"},
       kernel<Drawdown>()},
      node(".market_regime_raw",
           {"volume", ".dollars", "volatility_pctile_100", "log_ret_20", "volatility_20", "trend_strength"},
           kernel<RawRegime<>>()),
  };
}

} // namespace finch::features
