/// Market microstructure (reference 1.11). Inputs that a source lacks are NaN in the bar and so is what needs
/// them.
#include "actors/features/shared_kernels.hpp"

#include <numbers>

namespace finch::features {
namespace {

struct InterarrivalCv {
  static constexpr int inputs = 0, parts = 2;
  void update(In, const Now& now, Out out) const noexcept {
    const auto& bar = *now.bar;
    auto defined = bar.trade_count > 1 && bar.interarrival_mean_ns > 0;
    auto unknown = bar.has_ticks ? 0 : std::numeric_limits<double>::quiet_NaN();
    out[0] = defined ? bar.interarrival_m2 / static_cast<double>(bar.trade_count - 1) + unknown : unknown;
    out[1] = defined ? bar.interarrival_mean_ns : 1;
  }
  static double finish(In parts, In) noexcept { return std::sqrt(parts[0]) / parts[1]; }
};

/// Slope of the first input on the second.
template <class T = double>
struct Slope60 {
  static constexpr int inputs = 2, parts = 2;
  Comoments<60, T> window;
  void run(const Bars<T>& bars) noexcept {
    window.run(bars, bars.in(1), bars.in(0), [&](std::size_t t, const Joint<T>& joint) {
      bars.out(0)(t, joint.xy), bars.out(1)(t, joint.xx);
    });
  }
  static double finish(In parts, In) noexcept { return ratio(parts[0], parts[1], 0); }
};

/// ret_1, dollar_volume.
template <class T = double>
struct Amihud {
  static constexpr int inputs = 2, parts = 2;
  SumWindow<60, T> impact, traded;
  void run(const Bars<T>& bars) noexcept {
    auto move = bars.in(0), dollars = bars.in(1);
    impact.run(
        bars, [=](std::size_t t) { return pick(dollars(t) == 0.0, 0.0, magnitude(move(t)) / dollars(t)); },
        bars.out(0));
    traded.run(
        bars, [=](std::size_t t) { return pick(dollars(t) == 0.0, T{}, T{} + 1.0); }, bars.out(1));
  }
  static double finish(In parts, In) noexcept { return ratio(1e6 * parts[0], parts[1], 0); }
};

/// price_change, close.
template <class T = double>
struct RollSpread {
  static constexpr int inputs = 2, parts = 1;
  Comoments<60, T> window;
  T before{};
  void run(const Bars<T>& bars) noexcept {
    auto move = bars.in(0), out = bars.out(0);
    window.run(
        bars, [&](std::size_t t) { return t > 0 ? move(t - 1) : before; }, move,
        [=](std::size_t t, const Joint<T>& joint) { out(t, joint.xy); });
    before = move(bars.count - 1);
  }
  static double finish(In parts, In in) noexcept {
    auto covariance = parts[0] / 60;
    return 2 * std::sqrt(covariance < 0 ? -covariance : 0) / in[1];
  }
};

/// tanh y for y >= 0: Lambert's fraction of y/128, whose error is below the rounding, then seven doublings of
/// the quotient rise/run, whose parts stay below 1e9.
double tanh_of(double y) noexcept {
  auto u = (y < 20 ? y : 20) * 0x1p-7, z = u * u;
  auto rise = u * (10'395 + z * (1'260 + z * 21)) / (10'395 + z * (4'725 + z * (210 + z))), run = 1.0;
  for (int i = 0; i < 7; ++i) {
    auto product = rise * run;
    run = run * run + rise * rise;
    rise = product + product;
  }
  return rise / run;
}

/// One bar's spread of ln(H/C), ln(L/C), log_ret_1 and the bar before.
template <class T = double>
struct CorwinSchultz {
  static constexpr int inputs = 3, parts = 2;
  T high = T{} + std::numeric_limits<double>::quiet_NaN(), low = high;
  void update(InOf<T> in, const Now&, OutOf<T> out) noexcept {
    out[0] = high, out[1] = low;
    high = in[0], low = in[1];
  }
  static double finish(In parts, In in) noexcept {
    // The previous bar's extremes relative to this close.
    auto last_high = parts[0] - in[2], last_low = parts[1] - in[2];
    auto square = [](double x) { return x * x; };
    auto beta = square(in[0] - in[1]) + square(parts[0] - parts[1]);
    auto gamma = square((in[0] > last_high ? in[0] : last_high) - (in[1] < last_low ? in[1] : last_low));
    constexpr double root2 = std::numbers::sqrt2, scale = 3 - 2 * root2;
    auto alpha = (std::sqrt(2 * beta) - std::sqrt(beta)) / scale - std::sqrt(gamma / scale);
    // 2(e^α − 1)/(1 + e^α) is 2 tanh(α/2), which cannot overflow. On the first bar α is NaN.
    return 2 * tanh_of(alpha > 0 ? alpha / 2 : 0);
  }
};

/// Order-flow imbalance over 60 bars against the mean depth at the best prices.
template <class T = double>
struct OrderFlow60 {
  static constexpr int inputs = 2, parts = 2;
  SumWindow<60, T> flow, depth;
  void run(const Bars<T>& bars) noexcept {
    flow.run(bars, bars.in(0), bars.out(0));
    depth.run(bars, bars.in(1), bars.out(1));
  }
  static double finish(In parts, In) noexcept { return ratio(60 * parts[0], parts[1], 0); }
};

Entry micro(std::string_view name, std::string_view text, std::string_view unit, Dimension dimension,
            int warmup, std::string_view source, std::vector<std::string_view> wires, Kernel made) {
  return {{.name = name,
           .formula = text,
           .unit = unit,
           .dimension = dimension,
           .warmup = warmup,
           .neutral = 0,
           .source = source},
          std::move(wires),
          made};
}

Entry missing(std::string_view name, std::string_view text, std::string_view unit, std::string_view reason) {
  return {{.name = name, .formula = text, .unit = unit, .neutral = 0, .unavailable_reason = reason}, {}, {}};
}

} // namespace

Entries microstructure_features() {
  using enum Dimension;
  Entries out{
      micro("trade_count", "number of trades in the bar", "trades", count, 0, "", {".trades"}, same()),
      micro("avg_trade_size", "V/trades", "base", volume, 0, "", {"volume", ".trades"},
            formula<2>([](In in) { return ratio(in[0], in[1], 0); })),
      micro("signed_volume", "V bought by aggressors - V sold by them", "base", volume, 0, "", {".signed"},
            same()),
      micro("trade_imbalance", "signed_volume/V", "fraction", unitless, 0, "", {".signed", "volume"},
            formula<2>([](In in) { return in[1] == 0 ? 0 * in[0] : in[0] / in[1]; })),
      micro("tick_imbalance", "(buys - sells)/trades", "fraction", unitless, 0, "",
            {".tick_signed", ".trades"},
            formula<2>([](In in) { return in[1] == 0 ? 0 * in[0] : in[0] / in[1]; })),
      micro("large_trade_share",
            "share of V from trades at or above the 95th percentile of the sizes of the 10,000 trades before "
            "them",
            "fraction", unitless, 0, "", {"volume"}, formula<1>([](In in, const Now& now) {
              return in[0] == 0 ? 0 * now.bar->large_volume : now.bar->large_volume / in[0];
            })),
      micro("trade_intensity_z", "z-score of trade_count in 20 bars, ddof 1", "deviations", unitless, 19, "",
            {".trades"}, kernel<ZScoreOf<20>>()),
      micro("interarrival_cv",
            "population std/mean of the times between the bar's trades; 0 with fewer than two", "ratio",
            unitless, 0, "", {}, kernel<InterarrivalCv>()),
      micro("cvd_60", "sum_60 signed_volume/sum_60 V", "fraction", unitless, 59, "", {".signed", "volume"},
            kernel<ShareOf<60>>()),
      {{.name = "vpin_50",
        .formula = "sum_50 abs(V_buy - V_sell)/sum_50 V over buckets of 1/50 of the mean daily volume so far",
        .unit = "fraction",
        .source = "Easley, Lopez de Prado and O'Hara 2012, RFS 25"},
       {},
       formula<0>([](In, const Now& now) { return now.bar->vpin; })},
      micro("kyle_lambda_60", "cov(C - C[-1], signed_volume)/var(signed_volume) over 60 bars",
            "quote per base^2", unitless, 60, "Kyle 1985, Econometrica 53", {"price_change", ".signed"},
            kernel<Slope60<>>()),
      micro("amihud_60", "1e6 mean_60(abs(ret_1)/dollar_volume), bars without volume left out",
            "1e-6 per quote", unitless, 60, "Amihud 2002, JFM 5", {"ret_1", ".dollars"}, kernel<Amihud<>>()),
      micro("hasbrouck_lambda_60", "slope of log_ret_1 on sum side sqrt(p q) over 60 bars", "per sqrt(quote)",
            unitless, 60, "Hasbrouck 2009, JF 64", {"log_ret_1", ".sqrt_flow"}, kernel<Slope60<>>()),
      micro("roll_spread_60", "2 sqrt(max(0, -cov(C - C[-1], the same one bar before)))/C, 60 pairs, ddof 0",
            "fraction", unitless, 61, "Roll 1984, JF 39", {"price_change", "close"}, kernel<RollSpread<>>()),
      micro("corwin_schultz_20",
            "mean_20 max(0, 2(e^a - 1)/(1 + e^a)), a = (sqrt(2b) - sqrt b)/(3 - 2 sqrt 2) - sqrt(g/(3 - 2 "
            "sqrt 2))",
            "fraction", unitless, 20, "Corwin and Schultz 2012, JF 67", {".corwin_schultz"},
            kernel<MeanOf<20>>()),
      node(".corwin_schultz", {".log_hc", ".log_lc", "log_ret_1"}, kernel<CorwinSchultz<>>()),
      {{.name = "spread_bps", .formula = "1e4 (ask - bid)/mid, time-weighted in the bar", .unit = "bps"},
       {},
       formula<0>([](In, const Now& now) { return now.bar->spread_bps; })},
      missing("book_imbalance_5", "(Q_bid - Q_ask)/(Q_bid + Q_ask), top 5 levels", "fraction",
              "needs the order book's depth, which is not stored yet"),
      micro("microprice_dev", "((ask q_bid + bid q_ask)/(q_bid + q_ask) - mid)/mid of the bar's last quote",
            "fraction", unitless, 0, "", {},
            formula<0>([](In, const Now& now) { return now.bar->microprice_dev; })),
      micro("ofi_60",
            "sum_60 of the order-flow imbalance of best-quote updates / mean depth at the best prices",
            "ratio", unitless, 59, "Cont, Kukanov and Stoikov 2014, JFEC 12", {".order_flow", ".mean_depth"},
            kernel<OrderFlow60<>>()),
      node(".order_flow", {}, formula<0>([](In, const Now& now) { return now.bar->order_flow; })),
      node(".mean_depth", {}, formula<0>([](In, const Now& now) { return now.bar->mean_depth; })),
      micro("funding_rate", "last settled funding rate", "fraction per interval", unitless, 0, "", {},
            formula<0>([](In, const Now& now) { return now.bar->funding_rate; })),
      micro("funding_z_90", "z-score of funding_rate in the last 90 settlements, ddof 1", "deviations",
            unitless, 0, "", {}, formula<0>([](In, const Now& now) { return now.bar->funding_z; })),
      missing("basis_bps", "1e4 (mark/index - 1)", "bps",
              "needs mark and index prices, which are not stored yet"),
      missing("oi_change_60", "OI/OI[-60] - 1", "fraction", "needs open interest, which is not stored yet"),
  };
  return out;
}

} // namespace finch::features
