#include "tests/features/naive.hpp"
#include "tests/features/series_maker.hpp"
#include "tests/features/vectors.hpp"

#include <doctest/doctest.h>

using namespace finch;
using namespace finch::features;

namespace finch::test {
namespace {

/// The bars as functions of their number, and what most formulas start from.
struct Base {
  const std::vector<market::Bar>& bars;
  int count = static_cast<int>(bars.size());
  const market::Bar& at(int i) const { return bars[static_cast<std::size_t>(i)]; }
  Function O = [this](int i) { return at(i).open; };
  Function H = [this](int i) { return at(i).high; };
  Function L = [this](int i) { return at(i).low; };
  Function C = [this](int i) { return at(i).close; };
  Function V = [this](int i) { return at(i).volume; };
  Function ret = [this](int i) { return i < 1 ? 0 : C(i) / C(i - 1) - 1; };
  Function logret = [this](int i) { return i < 1 ? 0 : std::log(C(i) / C(i - 1)); };
  Function tr = [this](int i) { return std::max(H(i), C(i - 1)) - std::min(L(i), C(i - 1)); };
  Function vol20 = [this](int i) { return i < 20 ? 0 : Span{logret, i, 20}.deviation(1); };
  Function trades = [this](int i) { return static_cast<double>(at(i).trade_count); };
  Function flow = [this](int i) { return 2 * at(i).buy_volume - at(i).volume; };
  Function ratio20 = [this](int i) { return i < 19 ? 0 : part(V(i), Span{V, i, 20}.mean(), 1); };
};

using Columns = std::map<std::string, Column>;

struct Maker {
  const Base& b;
  Columns& out;
  void operator()(const std::string& name, int from, const Function& f) {
    Column column(static_cast<std::size_t>(b.count), std::nan(""));
    for (int i = from; i < b.count; ++i)
      column[static_cast<std::size_t>(i)] = f(i);
    out[name] = std::move(column);
  }
};

Function column_of(const Column& column) {
  return [&column](int i) { return column[static_cast<std::size_t>(i)]; };
}

void prices(const Base& b, Columns& out) {
  Maker add{b, out};
  const auto &C = b.C, &H = b.H, &L = b.L;
  add("ret_60", 60, [&](int i) { return C(i) / C(i - 60) - 1; });
  add("log_ret_20", 20, [&](int i) { return std::log(C(i) / C(i - 20)); });
  add("median_price", 0, [&](int i) { return (H(i) + L(i)) / 2; });
  add("weighted_close", 0, [&](int i) { return (H(i) + L(i) + 2 * C(i)) / 4; });
  add("day_ret", 0, [&](int i) {
    auto first = i;
    while (first > 0 &&
           b.at(first - 1).open_time_ns / market::ns_per_day == b.at(i).open_time_ns / market::ns_per_day)
      --first;
    return C(i) / b.O(first) - 1;
  });
  add("dist_high_20", 19, [&](int i) { return C(i) / Span{H, i, 20}.max() - 1; });
  add("dist_low_20", 19, [&](int i) { return C(i) / Span{L, i, 20}.min() - 1; });
  add("donchian_upper_20", 19, [&](int i) { return Span{H, i, 20}.max(); });
  add("donchian_lower_20", 19, [&](int i) { return Span{L, i, 20}.min(); });
  add("donchian_pos_20", 19, [&](int i) {
    auto low = Span{L, i, 20}.min();
    return part(C(i) - low, Span{H, i, 20}.max() - low, 0.5);
  });
  add("sma_200", 199, [&](int i) { return Span{C, i, 200}.mean(); });
  add("price_vs_sma_50", 49, [&](int i) { return C(i) / Span{C, i, 50}.mean() - 1; });
  add("sma_20_50_cross", 49, [&](int i) {
    auto d = Span{C, i, 20}.mean() - Span{C, i, 50}.mean();
    return std::abs(d) < 1e-9 * C(i) ? 0 : side_of(d);
  });
  auto wma = [](const Function& f, int i, int n) {
    double sum = 0;
    for (int k = 0; k < n; ++k)
      sum += (n - k) * f(i - k);
    return sum / (n * (n + 1) / 2.0);
  };
  Function hull = [&](int i) { return 2 * wma(C, i, 10) - wma(C, i, 20); };
  add("hma_20", 22, [&](int i) { return wma(hull, i, 4); });
  auto e5 = ema(C, 5, 0, b.count), e20 = ema(C, 20, 0, b.count), e200 = ema(C, 200, 0, b.count);
  auto atr10 = wilder(b.tr, 10, 1, b.count);
  add("ema_200", 199, column_of(e200));
  add("ema_5_20_spread", 19, [&](int i) { return column_of(e5)(i) / column_of(e20)(i) - 1; });
  add("ema_20_slope_5", 24, [&](int i) { return (column_of(e20)(i) / column_of(e20)(i - 5) - 1) / 5; });
  add("keltner_upper_20", 19, [&](int i) { return column_of(e20)(i) + 2 * column_of(atr10)(i); });
  add("keltner_lower_20", 19, [&](int i) { return column_of(e20)(i) - 2 * column_of(atr10)(i); });
}

void spreads(const Base& b, Columns& out) {
  Maker add{b, out};
  const auto& C = b.C;
  add("volatility_60", 60, [&](int i) { return Span{b.logret, i, 60}.deviation(1); });
  add("vol_ratio_5_20", 20, [&](int i) { return part(Span{b.logret, i, 5}.deviation(1), b.vol20(i), 1); });
  add("vol_of_vol_20", 39, [&](int i) { return Span{b.vol20, i, 20}.deviation(1); });
  Function down = [&](int i) { return std::pow(std::min(b.logret(i), 0.0), 2); };
  add("downside_vol_20", 20, [&](int i) { return std::sqrt(Span{down, i, 20}.mean()); });
  Function depth = [&](int i) { return std::pow(C(i) / Span{C, i, 14}.max() - 1, 2); };
  add("ulcer_index_14", 26, [&](int i) { return std::sqrt(Span{depth, i, 14}.mean()); });
  Function range = [&](int i) { return (b.H(i) - b.L(i)) / C(i); };
  add("range_pctile_100", 99, [&](int i) { return Span{range, i, 100}.rank(); });
  add("quantile_rank_100", 99, [&](int i) { return Span{C, i, 100}.rank(); });
  add("hurst_100", 99, [&](int i) {
    double xy = 0, xx = 0;
    for (int k = 0; k < 5; ++k) {
      auto lag = 1 << k;
      Function move = [&](int j) { return std::log(C(j)) - std::log(C(j - lag)); };
      auto x = (k - 2) * std::log(2.0);
      xy += x * std::log(Span{move, i, 100 - lag}.deviation(1));
      xx += x * x;
    }
    return xy / xx;
  });
  add("entropy_60", 60, [&](int i) {
    std::map<double, double> shares;
    for (int k = i - 59; k <= i; ++k)
      shares[side_of(b.ret(k))] += 1.0 / 60;
    double entropy = 0;
    for (auto [sign, p] : shares)
      entropy -= p * std::log(p) / std::log(3.0);
    return entropy;
  });
  add("frac_diff_04", 54, [&](int i) {
    double weight = 1, sum = 0;
    for (int k = 0; std::abs(weight) >= 1e-3; ++k) {
      sum += weight * std::log(C(i - k));
      weight = -weight * (0.4 - k) / (k + 1);
    }
    return sum;
  });
  add("drawdown_state", 99, [&](int i) { return C(i) / Span{C, i, std::min(i + 1, 500)}.max() - 1; });
}

void momentum(const Base& b, Columns& out) {
  Maker add{b, out};
  const auto &C = b.C, &H = b.H, &L = b.L;
  Function gain = [&](int i) { return std::max(0.0, C(i) - C(i - 1)); };
  Function loss = [&](int i) { return std::max(0.0, C(i - 1) - C(i)); };
  auto rsi = [&](int n) {
    auto g = wilder(gain, n, 1, b.count), l = wilder(loss, n, 1, b.count);
    Column column(g.size());
    for (std::size_t i = 0; i < g.size(); ++i)
      column[i] = part(100 * g[i], g[i] + l[i], 50);
    return column;
  };
  auto rsi7 = rsi(7), rsi14 = rsi(14);
  auto rsi14_at = column_of(rsi14);
  add("rsi_7", 7, column_of(rsi7));
  add("stochrsi_14", 27, [&](int i) {
    auto low = Span{rsi14_at, i, 14}.min();
    return part(rsi14_at(i) - low, Span{rsi14_at, i, 14}.max() - low, 0.5);
  });
  add("rsi_14_lag_1", 15, [&](int i) { return rsi14_at(i - 1); });
  add("mom_10", 10, [&](int i) { return C(i) - C(i - 10); });
  Function move = [&](int i) { return C(i) - C(i - 1); },
           size = [&](int i) { return std::abs(C(i) - C(i - 1)); };
  auto move1 = ema(move, 25, 1, b.count), size1 = ema(size, 25, 1, b.count);
  auto move2 = ema(column_of(move1), 13, 25, b.count), size2 = ema(column_of(size1), 13, 25, b.count);
  add("tsi_25_13", 37, [&](int i) { return 100 * column_of(move2)(i) / column_of(size2)(i); });
  auto five = [&](int i) { return std::log(C(i) / C(i - 5)); };
  add("mom_accel_5", 10, [&](int i) { return five(i) - five(i - 5); });
  auto atr14 = wilder(b.tr, 14, 1, b.count), atr10 = wilder(b.tr, 10, 1, b.count);
  add("slope_norm_20", 19, [&](int i) { return part(Span{C, i, 20}.slope(), column_of(atr14)(i), 0); });
  Function plus = [&](int i) { return std::abs(H(i) - L(i - 1)); },
           minus = [&](int i) { return std::abs(L(i) - H(i - 1)); };
  add("vortex_plus_14", 14, [&](int i) { return part(Span{plus, i, 14}.sum(), Span{b.tr, i, 14}.sum(), 1); });
  add("vortex_minus_14", 14, [&](int i) {
    return part(Span{minus, i, 14}.sum(), Span{b.tr, i, 14}.sum(), 1);
  });
  auto since = [&](const Function& f, int i, double sign) {
    int best = i;
    for (int k = i - 1; k >= i - 25; --k)
      if (sign * f(k) > sign * f(best))
        best = k;
    return i - best;
  };
  add("aroon_osc_25", 25, [&](int i) { return 4.0 * (since(L, i, -1) - since(H, i, 1)); });
  Column supertrend(static_cast<std::size_t>(b.count), 1);
  double upper = 0, lower = 0, side = 1;
  for (int i = 10; i < b.count; ++i) {
    auto mid = (H(i) + L(i)) / 2, reach = 3 * column_of(atr10)(i);
    auto up = mid + reach, down = mid - reach;
    if (i > 10) {
      side = C(i) > upper ? 1 : C(i) < lower ? -1 : side;
      if (C(i - 1) <= upper)
        up = std::min(up, upper);
      if (C(i - 1) >= lower)
        down = std::max(down, lower);
    }
    upper = up, lower = down;
    supertrend[static_cast<std::size_t>(i)] = side;
  }
  add("supertrend_10_3", 10, column_of(supertrend));
}

void volumes(const Base& b, Columns& out) {
  Maker add{b, out};
  const auto &C = b.C, &V = b.V, &H = b.H, &L = b.L;
  add("volume_spike", 19, [&](int i) { return b.ratio20(i) >= 2 ? 1 : 0; });
  add("volume_ratio_lag_1", 20, [&](int i) { return b.ratio20(i - 1); });
  add("volume_ratio_max_10", 28, [&](int i) { return Span{b.ratio20, i, 10}.max(); });
  add("dollar_volume", 0, [&](int i) { return b.at(i).quote_volume; });
  Column obv(static_cast<std::size_t>(b.count), V(0));
  for (int i = 1; i < b.count; ++i)
    obv[static_cast<std::size_t>(i)] = obv[static_cast<std::size_t>(i - 1)] + side_of(C(i) - C(i - 1)) * V(i);
  auto obv_at = column_of(obv);
  add("obv_slope_20", 19, [&](int i) { return part(Span{obv_at, i, 20}.slope(), Span{V, i, 20}.mean(), 0); });
  Function force = [&](int i) { return (C(i) - C(i - 1)) * V(i); };
  auto average = ema(force, 13, 1, b.count);
  add("force_index_13", 13, column_of(average));
  Function ease = [&](int i) {
    return part(((H(i) + L(i)) / 2 - (H(i - 1) + L(i - 1)) / 2) * (H(i) - L(i)), V(i), 0);
  };
  add("eom_14", 14, [&](int i) { return Span{ease, i, 14}.mean(); });
  Function turnover = [&](int i) { return C(i) * V(i); };
  add("vwma_20", 19, [&](int i) {
    return part(Span{turnover, i, 20}.sum(), Span{V, i, 20}.sum(), Span{C, i, 20}.mean());
  });
  Function dollars = [&](int i) { return b.at(i).quote_volume; };
  add("vwap_20", 19, [&](int i) {
    return part(Span{dollars, i, 20}.sum(), Span{V, i, 20}.sum(), (H(i) + L(i) + C(i)) / 3);
  });
}

void candles(const Base& b, Columns& out) {
  Maker add{b, out};
  const auto &O = b.O, &C = b.C, &H = b.H, &L = b.L;
  auto body = [&](int i) { return std::abs(C(i) - O(i)); };
  auto top = [&](int i) { return H(i) - std::max(O(i), C(i)); };
  auto foot = [&](int i) { return std::min(O(i), C(i)) - L(i); };
  auto range = [&](int i) { return H(i) - L(i); };
  add("body_ratio", 0, [&](int i) { return part(body(i), range(i), 0); });
  add("upper_shadow_ratio", 0, [&](int i) { return part(top(i), range(i), 0); });
  add("lower_shadow_ratio", 0, [&](int i) { return part(foot(i), range(i), 0); });
  add("candle_dir", 0, [&](int i) { return side_of(C(i) - O(i)); });
  add("doji", 0, [&](int i) { return range(i) > 0 && body(i) / range(i) <= 0.1 ? 1 : 0; });
  add("hammer", 0, [&](int i) {
    auto hammer = body(i) > 0 && foot(i) >= 2 * body(i) && top(i) <= 0.3 * body(i);
    auto star = body(i) > 0 && top(i) >= 2 * body(i) && foot(i) <= 0.3 * body(i);
    return hammer ? 1 : star ? -1 : 0;
  });
  add("engulfing", 1, [&](int i) {
    auto now = side_of(C(i) - O(i)), before = side_of(C(i - 1) - O(i - 1));
    auto contains = std::min(O(i), C(i)) < std::min(O(i - 1), C(i - 1)) &&
                    std::max(O(i), C(i)) > std::max(O(i - 1), C(i - 1));
    return contains && now * before == -1 ? now : 0;
  });
  add("inside_bar", 1, [&](int i) { return H(i) < H(i - 1) && L(i) > L(i - 1) ? 1 : 0; });
  add("run_length", 1, [&](int i) {
    auto s = side_of(b.ret(i));
    int n = 0;
    while (s != 0 && i - n > 0 && side_of(b.ret(i - n)) == s)
      ++n;
    return s * n;
  });
}

void micro(const Base& b, Columns& out) {
  Maker add{b, out};
  const auto &C = b.C, &V = b.V, &H = b.H, &L = b.L;
  auto plain = [&](const char* name, auto field) {
    add(name, 0, [&, field](int i) { return b.at(i).*field; });
  };
  plain("spread_bps", &market::Bar::spread_bps);
  plain("microprice_dev", &market::Bar::microprice_dev);
  plain("funding_rate", &market::Bar::funding_rate);
  plain("funding_z_90", &market::Bar::funding_z);
  plain("vpin_50", &market::Bar::vpin);
  add("trade_count", 0, b.trades);
  add("avg_trade_size", 0, [&](int i) { return part(V(i), b.trades(i), 0); });
  add("tick_imbalance", 0, [&](int i) {
    return part(static_cast<double>(b.at(i).buy_count - b.at(i).sell_count), b.trades(i), 0);
  });
  add("large_trade_share", 0, [&](int i) { return part(b.at(i).large_volume, V(i), 0); });
  add("trade_intensity_z", 19, [&](int i) {
    return part(b.trades(i) - Span{b.trades, i, 20}.mean(), Span{b.trades, i, 20}.deviation(1), 0);
  });
  add("interarrival_cv", 0, [&](int i) {
    const auto& bar = b.at(i);
    return bar.trade_count < 2 ? 0
                               : std::sqrt(bar.interarrival_m2 / static_cast<double>(bar.trade_count - 1)) /
                                     bar.interarrival_mean_ns;
  });
  add("cvd_60", 59, [&](int i) { return part(Span{b.flow, i, 60}.sum(), Span{V, i, 60}.sum(), 0); });
  Function sqrt_flow = [&](int i) { return b.at(i).sqrt_flow; };
  add("hasbrouck_lambda_60", 60, [&](int i) { return regression(b.logret, sqrt_flow, i, 60); });
  Function order_flow = [&](int i) { return b.at(i).order_flow; },
           depth = [&](int i) { return b.at(i).mean_depth; };
  add("ofi_60", 59, [&](int i) { return Span{order_flow, i, 60}.sum() / Span{depth, i, 60}.mean(); });
  Function spread = [&](int i) {
    auto square = [](double x) { return x * x; };
    auto beta = square(std::log(H(i) / L(i))) + square(std::log(H(i - 1) / L(i - 1)));
    auto gamma = square(std::log(std::max(H(i), H(i - 1)) / std::min(L(i), L(i - 1))));
    auto k = 3 - 2 * std::sqrt(2.0);
    auto alpha = (std::sqrt(2 * beta) - std::sqrt(beta)) / k - std::sqrt(gamma / k);
    return std::max(0.0, 2 * (std::exp(alpha) - 1) / (1 + std::exp(alpha)));
  };
  add("corwin_schultz_20", 20, [&](int i) { return Span{spread, i, 20}.mean(); });
  add("ret_1_lag_1", 2, [&](int i) { return b.ret(i - 1); });
  add("ret_1_lag_2", 3, [&](int i) { return b.ret(i - 2); });
  add("ret_1_std_10", 10, [&](int i) { return Span{b.ret, i, 10}.deviation(1); });
  add("ret_1_min_10", 10, [&](int i) { return Span{b.ret, i, 10}.min(); });
  add("log_ret_5", 5, [&](int i) { return std::log(C(i) / C(i - 5)); });
}

void clock(const Base& b, Columns& out) {
  Maker add{b, out};
  auto minute = [&](int i) {
    return static_cast<double>(b.at(i).open_time_ns / market::ns_per_minute % 1440);
  };
  auto weekday = [&](int i) {
    return static_cast<double>((b.at(i).open_time_ns / market::ns_per_day + 3) % 7);
  };
  auto turn = 2 * std::acos(-1.0);
  add("dow_sin", 0, [&](int i) { return std::sin(turn * weekday(i) / 7); });
  add("dow_cos", 0, [&](int i) { return std::cos(turn * weekday(i) / 7); });
  add("minute_of_day", 0, minute);
  add("mins_to_funding", 0, [&](int i) { return 480 - std::fmod(minute(i), 480); });
  add("session", 0, [&](int i) {
    auto hour = std::floor(minute(i) / 60);
    return hour < 8 ? 0 : hour < 13 ? 1 : hour < 21 ? 2 : 3;
  });
}

} // namespace

std::map<std::string, Column> naive_columns(const std::vector<market::Bar>& bars) {
  Base base{bars};
  Columns out;
  prices(base, out);
  spreads(base, out);
  momentum(base, out);
  volumes(base, out);
  candles(base, out);
  micro(base, out);
  clock(base, out);
  return out;
}

} // namespace finch::test

TEST_CASE("features without vectors equal their plain formulas") {
  for (auto minutes : {1, 60}) {
    auto bars = test::random_bars(700, 41, {minutes});
    auto expected = test::naive_columns(bars);
    CHECK(expected.size() >= 84);
    std::vector<std::string> names;
    for (const auto& [name, column] : expected)
      names.push_back(name);
    auto plan = *Plan::make(names);
    auto rows = test::run(plan, bars);
    for (const auto& [name, column] : expected) {
      auto f = *plan.index(name);
      for (std::size_t i = 0; i < bars.size(); ++i) {
        auto have = rows[i][f], want = column[i];
        // Near zero, against the size the column has elsewhere.
        auto good = std::isnan(want) ? std::isnan(have)
                                     : std::abs(have - want) <= 1e-9 * std::max(1e-3, std::abs(want));
        if (!good) {
          FAIL_CHECK(name << " at bar " << i << ": " << have << " instead of " << want);
          break;
        }
      }
    }
  }
}

TEST_CASE("every available feature of one instrument is checked against a vector or a plain formula") {
  auto bars = test::random_bars(50, 42);
  bars.resize(50);
  auto vectors = test::read_columns("ind_a.csv");
  std::vector<market::Bar> enough = test::random_bars(220, 42);
  auto formulas = test::naive_columns(enough);
  // These are compositions tested by name below.
  const std::vector<std::string> composed{"psar_side",     "adxr_14",           "market_regime",
                                          "regime_age",    "trend_x_imbalance", "ret_5_x_volatility_regime",
                                          "tick_imbalance"};
  for (const auto& definition : catalogue()) {
    std::string name{definition.name};
    if (definition.available() && definition.group != "cross_asset")
      CHECK_MESSAGE((vectors.contains(name) || formulas.contains(name) ||
                     std::find(composed.begin(), composed.end(), name) != composed.end()),
                    name);
  }
}

TEST_CASE("compositions are what they are composed of") {
  auto bars = test::read_bars("ohlcv_a.csv", {60});
  auto raw = test::read_columns("ind_a.csv");
  auto plan = Plan::everything();
  auto rows = test::run(plan, bars);
  auto value = [&](std::size_t i, const char* name) { return rows[i][*plan.index(name)]; };
  double current = 0, candidate = -1;
  int streak = 0, age = 0;
  for (std::size_t i = 41; i < rows.size(); ++i) {
    CHECK(value(i, "psar_side") == test::side_of(bars[i].close - raw["psar"][i]));
    CHECK(value(i, "adxr_14") ==
          doctest::Approx((raw["adx_14"][i] + raw["adx_14"][i - 13]) / 2).epsilon(1e-12));
    CHECK(value(i, "trend_x_imbalance") ==
          doctest::Approx(raw["trend_strength"][i] * raw["trade_imbalance"][i]).epsilon(1e-12));
    if (i < 119)
      continue;
    CHECK(value(i, "ret_5_x_volatility_regime") ==
          doctest::Approx(raw["ret_5"][i] * raw["volatility_regime"][i]));
    auto code = raw["market_regime_raw"][i];
    streak = code == candidate ? streak + 1 : 1;
    candidate = code;
    auto before = current;
    if (i == 119 || code >= 2 || streak >= 3)
      current = code;
    age = i == 119 || current != before ? 0 : age + 1;
    CHECK(value(i, "market_regime") == current);
    CHECK(value(i, "regime_age") == age);
  }
}
