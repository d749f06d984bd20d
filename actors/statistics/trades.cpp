#include "actors/statistics/trades.hpp"

#include "actors/statistics/moments.hpp"
#include "actors/statistics/returns.hpp"

#include <algorithm>
#include <cmath>

namespace finch::statistics {

namespace {

constexpr double planned_without_target = 2;
constexpr std::int64_t ns_per_day = 86'400'000'000'000;

double ratio_or(double over, double under, double otherwise) noexcept {
  return under > 0 ? over / under : otherwise;
}

// Sums of the figures in R, over the trades that have one.
struct InR {
  double count = 0, net = 0, wins = 0, win_count = 0, losses = 0, loss_count = 0;
  double captured = 0, favourable = 0, adverse = 0;
  std::size_t eligible = 0, kept = 0;

  void add(const TradeOutcome& trade) {
    auto unit = trade.unit();
    if (!(unit > 0))
      return;
    auto r = trade.net_r();
    ++count;
    net += r;
    if (r > 0)
      wins += r, ++win_count;
    if (r < 0)
      losses -= r, ++loss_count;
    captured += std::max(trade.gross / unit, 0.0);
    favourable += trade.favourable / unit;
    adverse += trade.adverse / unit;
    if (trade.favourable >= 0.5 * unit) {
      ++eligible;
      kept += r >= -0.1 ? 1 : 0;
    }
  }
};

} // namespace

double TradeOutcome::net_r() const noexcept { return unit() > 0 ? net() / unit() : nan; }

TradeSummary summarise(std::span<const TradeOutcome> trades) {
  TradeSummary s;
  s.trades = trades.size();
  InR r;
  double gross_winnings = 0, planned = 0, stops = 0;
  for (const auto& trade : trades) {
    auto net = trade.net();
    s.net += net;
    s.costs += trade.costs;
    if (net > 0)
      ++s.wins, s.gross_profit += net;
    if (net < 0)
      ++s.losses, s.gross_loss -= net;
    gross_winnings += std::max(trade.gross, 0.0);
    planned += trade.planned_reward > 0 ? trade.planned_reward : planned_without_target;
    stops += trade.stopped ? 1 : 0;
    r.add(trade);
  }
  auto n = static_cast<double>(s.trades);
  s.win_rate = ratio_or(static_cast<double>(s.wins), n, nan);
  s.profit_factor_capped = s.gross_loss == 0 && s.gross_profit > 0;
  s.profit_factor = s.profit_factor_capped ? ratio_cap
                    : s.trades == 0        ? nan
                                           : ratio_or(s.gross_profit, s.gross_loss, 0);
  s.expectancy = ratio_or(s.net, n, nan);
  s.expectancy_r = ratio_or(r.net, r.count, nan);
  s.mean_win_r = ratio_or(r.wins, r.win_count, nan);
  s.mean_loss_r = ratio_or(r.losses, r.loss_count, nan);
  s.payoff = s.mean_win_r / s.mean_loss_r;
  s.breakeven_win_rate = 1 / (1 + s.payoff);
  s.planned_reward = ratio_or(planned, n, nan);
  s.reward_realisation = r.count == 0        ? nan
                         : r.win_count == 0  ? 0
                         : r.loss_count == 0 ? 1
                                             : s.payoff / s.planned_reward;
  s.mean_favourable_r = ratio_or(r.favourable, r.count, nan);
  s.mean_adverse_r = ratio_or(r.adverse, r.count, nan);
  s.profit_capture = ratio_or(r.captured, r.favourable, 0);
  s.stop_frequency = ratio_or(stops, n, nan);
  s.breakeven_eligible = r.eligible;
  s.breakeven_rate = ratio_or(static_cast<double>(r.kept), static_cast<double>(r.eligible), nan);
  s.cost_share = ratio_or(s.costs, gross_winnings, 1);
  s.kelly = s.win_rate - (1 - s.win_rate) / s.payoff;
  return s;
}

double trade_sharpe(std::span<const TradeOutcome> trades, double days_observed) {
  std::vector<double> r;
  for (const auto& trade : trades)
    if (trade.unit() > 0)
      r.push_back(trade.net_r());
  return days_observed > 0 ? sharpe(r, static_cast<double>(trades.size()) * days_per_year / days_observed)
                           : nan;
}

std::vector<double> daily_returns(std::span<const TradeOutcome> trades, double start_equity,
                                  std::int64_t first_day, std::int64_t last_day) {
  if (last_day < first_day)
    return {};
  std::vector<double> nets(static_cast<std::size_t>(last_day - first_day + 1));
  for (const auto& trade : trades) {
    auto day = trade.close_time_ns / ns_per_day - (trade.close_time_ns % ns_per_day < 0 ? 1 : 0);
    if (day >= first_day && day <= last_day)
      nets[static_cast<std::size_t>(day - first_day)] += trade.net();
  }
  auto equity = start_equity;
  for (auto& value : nets) {
    auto before = equity;
    equity += value;
    value = before > 0 ? value / before : -1;
  }
  return nets;
}

bool beats_breakeven(const TradeSummary& s) noexcept {
  auto error = std::sqrt(s.win_rate * (1 - s.win_rate) / static_cast<double>(s.trades));
  return s.win_rate >= s.breakeven_win_rate + 2 * error;
}

} // namespace finch::statistics
