/// Regimes (reference 1.13). Codes of market_regime: 0 range, 1 trend, 2 panic, 3 illiquid.
#include "actors/features/shared_kernels.hpp"

#include <algorithm>

namespace finch::features {
namespace {

constexpr std::int64_t first_regime = 119; ///< bar whose raw code is the first one computed from warm inputs

/// volume, dollar_volume, volatility_pctile_100, log_ret_20, volatility_20, trend_strength.
struct RawRegime {
  static constexpr int inputs = 6;
  SumWindow<20> recent;
  Ring<100> dollars;

  double update(In in, const Now&) noexcept {
    auto mean = recent.update(in[1]) / 20;
    const auto* window = dollars.update(in[1]);
    return code(in, below_median(window, 4 * mean, count_at_most<100>(window, 4 * mean)));
  }

  void scan(double* const* columns, std::size_t count) noexcept {
    std::array<double, 100 + longest_run + 3> laid;
    std::array<double, longest_run + 3> limit{};
    for (std::size_t t = 0; t < count; ++t)
      limit[t] = 4 * (recent.update(columns[1][t]) / 20);
    dollars.lay_out(columns[1], count, laid.data());
    for (std::size_t t = 0; t < count; t += 4) {
      auto at_most = count_at_most<100>(laid.data() + t, load(limit.data() + t));
      for (std::size_t i = 0; i < 4 && t + i < count; ++i)
        columns[inputs][t + i] =
            code(In{columns, t + i}, below_median(laid.data() + t + i, limit[t + i], at_most[i]));
    }
  }

private:
  static double code(In in, bool illiquid) noexcept {
    if (in[0] == 0 || illiquid)
      return 3;
    if (in[2] >= 0.95 && in[4] > 0 && in[3] <= -1.5 * in[4] * std::sqrt(20.0))
      return 2;
    return in[5] >= 0.45 ? 1 : 0;
  }

  /// Whether x is less than the median of 100 values, `at_most` of which are at most x: the mean of the 50th
  /// and 51st.
  static bool below_median(const double* window, double x, std::int64_t at_most) noexcept {
    if (at_most != 50)
      return at_most < 50;
    auto lower = -std::numeric_limits<double>::infinity(), upper = -lower;
    for (int i = 0; i < 100; ++i) {
      if (window[i] <= x)
        lower = std::max(lower, window[i]);
      else
        upper = std::min(upper, window[i]);
    }
    return x < (lower + upper) / 2;
  }
};

/// Panic and illiquidity at once, anything else after three bars in a row.
struct Regime {
  static constexpr int inputs = 1;
  double current = 0, candidate = 0;
  std::int64_t streak = 0;
  double update(In in, const Now& now) noexcept {
    streak = in[0] == candidate ? streak + 1 : 1;
    candidate = in[0];
    if (now.index <= first_regime || candidate >= 2 || streak >= 3)
      current = candidate;
    return current;
  }
};

struct RegimeAge {
  static constexpr int inputs = 1;
  double code = 0;
  double age = 0;
  double update(In in, const Now& now) noexcept {
    age = now.index <= first_regime || in[0] != code ? 0 : age + 1;
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
    return in[0] / highest.update(in[0]) - 1;
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
       kernel<Regime>()},
      {{.name = "regime_age",
        .formula = "bars since market_regime changed",
        .unit = "bars",
        .dimension = count,
        .warmup = 119,
        .neutral = 0},
       {"market_regime"},
       kernel<RegimeAge>()},
      {{.name = "drawdown_state",
        .formula = "C/max of the last 500 closes - 1, of fewer from the 100th on",
        .unit = "fraction",
        .warmup = 99,
        .neutral = 0},
       {"close"},
       kernel<Drawdown>()},
      node(".market_regime_raw",
           {"volume", ".dollars", "volatility_pctile_100", "log_ret_20", "volatility_20", "trend_strength"},
           kernel<RawRegime>()),
  };
}

} // namespace finch::features
