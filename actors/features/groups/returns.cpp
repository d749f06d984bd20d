/// Price and returns (reference 1.4).
#include "actors/features/logarithm.hpp"
#include "actors/features/shared_kernels.hpp"

namespace finch::features {
namespace {

/// close, open, day.
template <class T = double>
struct DayReturn {
  static constexpr int inputs = 3, parts = 1;
  T day = T{} + std::numeric_limits<double>::quiet_NaN(), open{};
  void update(InOf<T> in, const Now&, OutOf<T> out) noexcept {
    out[0] = open = pick(in[2] == day, open, in[1]);
    day = in[2];
  }
  static double finish(In parts, In in) noexcept { return in[0] / parts[0] - 1; }
};

Kernel change() {
  return formula<2>([](In in) { return in[0] / in[1] - 1; });
}
Kernel log_change() {
  return formula<2>([](auto in) { return natural_log(in[0] / in[1]); });
}

} // namespace

Entries return_features() {
  using enum Dimension;
  Entries out{
      {{.name = "ret_1",
        .formula = "C/C[-1] - 1",
        .unit = "fraction",
        .warmup = 1,
        .neutral = 0,
        .talib = "ROCP(1)"},
       {"close", ".prev_close"},
       change()},
      {{.name = "ret_5",
        .formula = "C/C[-5] - 1",
        .unit = "fraction",
        .warmup = 5,
        .neutral = 0,
        .talib = "ROCP(5)"},
       {"close", ".close_lag_5"},
       change()},
      {{.name = "ret_20",
        .formula = "C/C[-20] - 1",
        .unit = "fraction",
        .warmup = 20,
        .neutral = 0,
        .talib = "ROCP(20)"},
       {"close", ".close_lag_20"},
       change()},
      {{.name = "ret_60",
        .formula = "C/C[-60] - 1",
        .unit = "fraction",
        .warmup = 60,
        .neutral = 0,
        .talib = "ROCP(60)"},
       {"close", ".close_lag_60"},
       change()},
      {{.name = "log_ret_1", .formula = "ln(C/C[-1])", .unit = "log fraction", .warmup = 1, .neutral = 0},
       {"close", ".prev_close"},
       log_change()},
      {{.name = "log_ret_5", .formula = "ln(C/C[-5])", .unit = "log fraction", .warmup = 5, .neutral = 0},
       {"close", ".close_lag_5"},
       log_change()},
      {{.name = "log_ret_20", .formula = "ln(C/C[-20])", .unit = "log fraction", .warmup = 20, .neutral = 0},
       {"close", ".close_lag_20"},
       log_change()},
      {{.name = "price_change",
        .formula = "C - C[-1]",
        .unit = "quote per base",
        .dimension = price,
        .warmup = 1,
        .neutral = 0,
        .talib = "MOM(1)"},
       {"close", ".prev_close"},
       formula<2>([](In in) { return in[0] - in[1]; })},
      {{.name = "high_low_ratio", .formula = "H/L", .unit = "ratio", .neutral = 1},
       {"high", "low"},
       formula<2>([](In in) { return in[0] / in[1]; })},
      {{.name = "close_open_ratio", .formula = "C/O", .unit = "ratio", .neutral = 1},
       {"close", "open"},
       formula<2>([](In in) { return in[0] / in[1]; })},
      {{.name = "gap_open", .formula = "O/C[-1] - 1", .unit = "fraction", .warmup = 1, .neutral = 0},
       {"open", ".prev_close"},
       change()},
      {{.name = "typical_price",
        .formula = "(H+L+C)/3",
        .unit = "quote per base",
        .dimension = price,
        .talib = "TYPPRICE"},
       {"high", "low", "close"},
       formula<3>([](In in) { return (in[0] + in[1] + in[2]) / 3; })},
      {{.name = "median_price",
        .formula = "(H+L)/2",
        .unit = "quote per base",
        .dimension = price,
        .talib = "MEDPRICE"},
       {"high", "low"},
       formula<2>([](In in) { return (in[0] + in[1]) / 2; })},
      {{.name = "weighted_close",
        .formula = "(H+L+2C)/4",
        .unit = "quote per base",
        .dimension = price,
        .talib = "WCLPRICE"},
       {"high", "low", "close"},
       formula<3>([](In in) { return (in[0] + in[1] + 2 * in[2]) / 4; })},
      {{.name = "close_location", .formula = "(C-L)/(H-L)", .unit = "fraction", .neutral = 0.5},
       {"close", "low", "high"},
       formula<3>([](In in) { return ratio(in[0] - in[1], in[2] - in[1], 0.5); })},
      {{.name = "day_ret",
        .formula = "C/(open of the first bar of the UTC day) - 1",
        .unit = "fraction",
        .neutral = 0},
       {"close", "open", ".day"},
       kernel<DayReturn<>>()},
      {{.name = "dist_high_20",
        .formula = "C/max_20(H) - 1",
        .unit = "fraction",
        .warmup = 19,
        .neutral = 0,
        .talib = "MAX(20)"},
       {"close", "donchian_upper_20"},
       change()},
      {{.name = "dist_low_20",
        .formula = "C/min_20(L) - 1",
        .unit = "fraction",
        .warmup = 19,
        .neutral = 0,
        .talib = "MIN(20)"},
       {"close", "donchian_lower_20"},
       change()},
      node(".close_lag_5", {"close"}, kernel<LagOf<5>>()),
      node(".close_lag_10", {"close"}, kernel<LagOf<10>>()),
      node(".close_lag_20", {"close"}, kernel<LagOf<20>>()),
      node(".close_lag_60", {"close"}, kernel<LagOf<60>>()),
      node(".log_close", {"close"}, formula<1>([](auto in) { return natural_log(in[0]); })),
      // ln(C/O), ln(H/C) and ln(L/C): every range estimator is made of these three and the return.
      node(".log_co", {"close", "open"}, log_change()),
      node(".log_hc", {"high", "close"}, log_change()),
      node(".log_lc", {"low", "close"}, log_change()),
  };
  return out;
}

} // namespace finch::features
