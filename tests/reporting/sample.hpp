/// A made-up replay, the same every time, for tests of the page.
#pragma once

#include "actors/reporting/replay_report.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdint>

namespace finch::reporting::sample {

/// A small generator of uniform draws in [0, 1).
class Draws {
public:
  explicit Draws(std::uint64_t seed) : state_{seed * 2 + 1} {}
  double operator()() {
    state_ = state_ * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL;
    return static_cast<double>(state_ >> 11) / 9'007'199'254'740'992.0;
  }

private:
  std::uint64_t state_;
};

inline Account account(const std::string& name, std::uint64_t seed, const ReplayReport& report, double edge) {
  static constexpr std::array reasons{"target", "stop", "trailing", "max_hold", "opposite"};
  Draws draw{seed};
  Account out;
  out.name = name;
  out.rounds = (report.to_ns - report.from_ns) / market::ns_per_minute;
  out.equity_start_quote = out.equity_end_quote = 100'000;
  auto peak = out.equity_start_quote;
  for (auto time = report.from_ns + market::ns_per_hour; time <= report.to_ns; time += market::ns_per_hour) {
    const auto& series =
        report.prices[static_cast<std::size_t>(draw() * static_cast<double>(report.prices.size()))];
    auto slot_at = [&](market::TimeNs when) {
      return static_cast<std::size_t>((when - series.begin_ns()) / series.step_ns());
    };
    auto hold = static_cast<market::TimeNs>(draw() * 5 * market::ns_per_hour) + market::ns_per_minute;
    if (draw() < 0.3 && time + hold < report.to_ns) {
      TradeLine trade;
      trade.instrument = series.name();
      trade.side = draw() < 0.55 ? market::Side::buy : market::Side::sell;
      trade.entry_time_ns = time;
      trade.exit_time_ns = time + hold;
      trade.entry_price = series.close()[slot_at(time)];
      trade.exit_price = series.close()[slot_at(time + hold)];
      trade.quantity = std::floor(25'000 / trade.entry_price * 1'000) / 1'000;
      trade.fees_quote = 25;
      auto gross = (trade.exit_price - trade.entry_price) * trade.quantity * static_cast<int>(trade.side);
      trade.net_quote = gross + edge - trade.fees_quote;
      trade.planned_risk_quote = 500;
      trade.exit_reason = reasons[static_cast<std::size_t>(draw() * draw() * 5)];
      out.fees_quote += trade.fees_quote;
      out.equity_end_quote += trade.net_quote;
      out.trades.push_back(trade);
      out.orders += 2, out.fills += 2;
    }
    out.votes += 7;
    peak = std::max(peak, out.equity_end_quote);
    out.max_drawdown = std::max(out.max_drawdown, 1 - out.equity_end_quote / peak);
    out.equity.push_back({time, out.equity_end_quote});
  }
  return out;
}

inline ReplayReport report() {
  ReplayReport out;
  out.title = "Six strategies on 6 instruments";
  out.command = "finch replay --from 2021-04-01 --to 2021-05-14 --report replay.html";
  out.build = "0.1.0 (0123456789ab)";
  out.digest = "5f1d7a84e0c2b3965f1d7a84e0c2b396";
  out.from_ns = *market::parse_time("2021-04-01");
  out.to_ns = *market::parse_time("2021-05-14");
  out.synthetic = true;
  out.timeframes = {"1m", "5m", "15m", "60m"};
  out.trials = 1'284;
  out.provisional_weights = true;
  out.warnings = {"ADA-USDT: 3 minutes are missing on 2021-04-25 and were taken as a gap"};
  auto price = 58'000.0;
  auto seed = std::uint64_t{1};
  for (auto coin : {"BTC", "ETH", "ADA", "SOL", "XRP", "LTC"}) {
    Draws draw{seed++};
    PriceSeries series{fmt::format("sim.perp/{}-USDT", coin), price > 100 ? 2 : 4, out.from_ns, out.to_ns};
    auto level = price;
    for (auto time = out.from_ns; time < out.to_ns; time += 5 * market::ns_per_minute) {
      auto before = level;
      level *= std::exp(0.002 * (draw() + draw() + draw() - 1.5));
      auto reach = level * 0.001 * draw();
      series.add(time, std::fmax(before, level) + reach, std::fmin(before, level) - reach, level);
    }
    out.prices.push_back(series);
    price /= 7;
  }
  out.desk = account("desk", 77, out, 20);
  out.desk.ticks = 35'012'345;
  out.desk.bars = 371'520;
  auto edge = 60.0;
  for (auto name : {"momentum 15m", "breakout 60m", "vwap_reversion 5m", "ema_crossover 15m",
                    "rsi_divergence 5m", "bb_squeeze 60m"}) {
    out.books.push_back(account(name, seed++, out, edge));
    edge -= 25;
  }
  return out;
}

} // namespace finch::reporting::sample
