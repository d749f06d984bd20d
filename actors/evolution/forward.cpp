#include "actors/evolution/forward.hpp"

#include <fmt/format.h>

#include <cmath>

namespace finch::evolution {

namespace {

std::vector<double> in_r(const Evidence& book) {
  std::vector<double> result;
  for (const auto& trade : book.trades)
    if (trade.unit() > 0)
      result.push_back(trade.net_r());
  return result;
}

} // namespace

ForwardVerdict judge_forward(const Score& backtest, const Evidence& backtest_book, const Score& forward,
                             const Evidence& forward_book) {
  ForwardVerdict verdict;
  auto now = forward_book.trades.size();
  verdict.drift = statistics::drift(drift_metrics(backtest), drift_metrics(forward), now);
  auto ks = statistics::kolmogorov_smirnov(in_r(backtest_book), in_r(forward_book));
  verdict.ks_p = std::isnan(ks.p) ? 1 : ks.p;
  if (now > 0 && !backtest_book.trades.empty())
    verdict.win_rate_z = statistics::win_rate_z(forward.trades.win_rate, now, backtest.trades.win_rate,
                                                backtest_book.trades.size());
  if (statistics::drift_demotes(verdict.drift, verdict.ks_p, verdict.win_rate_z, now))
    verdict.demote =
        fmt::format("drift {:.2f} > {:g} over {} forward trades (KS p {:.3f}, win rate z {:.2f})",
                    verdict.drift.overall, statistics::drift_limit, now, verdict.ks_p, verdict.win_rate_z);
  return verdict;
}

} // namespace finch::evolution
