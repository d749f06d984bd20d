#include "actors/evolution/score.hpp"

#include "actors/statistics/moments.hpp"
#include "actors/statistics/returns.hpp"
#include "actors/statistics/sharpe.hpp"
#include "actors/statistics/splits.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace finch::evolution {

namespace {

namespace st = statistics;

constexpr double hours_per_year = 8'760;
constexpr double stress = 1.5;

// The book's own equity over the test spans of a scaled walk-forward.
void count_folds(Score& s, std::span<const double> equity) {
  auto days = (equity.size() - 1) / 24;
  for (const auto& fold : st::walk_forward(days, st::scaled_walk_forward(days))) {
    ++s.folds;
    s.profitable_folds += equity[(fold.test.last + 1) * 24] > equity[fold.test.first * 24] ? 1 : 0;
  }
}

void measure_ratios(Score& s, const Search& search) {
  const auto& r = s.hourly_returns;
  s.sharpe = s.sortino = s.psr = s.dsr = s.sharpe_per_hour = st::nan;
  s.min_track_record_days = std::numeric_limits<double>::infinity();
  if (s.trades.trades < st::min_observations || r.size() < st::min_observations)
    return;
  auto sample = st::measure_sharpe(r);
  auto lo = st::lo_factor(hours_per_year, st::autocorrelation(r));
  s.sharpe_per_hour = sample.sharpe;
  s.sharpe = st::annual_sharpe(r, hours_per_year);
  s.sortino = st::sortino(r, hours_per_year).value * lo;
  s.psr = st::probabilistic_sharpe(sample);
  s.dsr = st::deflated_sharpe(sample, search.trials, search.sharpe_variance);
  s.min_track_record_days = st::min_track_record(sample, 0, 0.10) / 24;
}

} // namespace

Score score(std::string instance, const Evidence& evidence, std::span<const Cell> cells, const Search& search,
            double drift) {
  Score s;
  s.instance = std::move(instance);
  s.trades = st::summarise(evidence.trades);
  s.hourly_returns = st::fixed_capital_returns(evidence.hourly_equity);
  s.days = static_cast<double>(s.hourly_returns.size()) / 24;
  s.total_return = std::accumulate(s.hourly_returns.begin(), s.hourly_returns.end(), 0.0);
  s.max_drawdown = std::max(evidence.max_drawdown, st::max_drawdown(evidence.hourly_equity));
  measure_ratios(s, search);
  if (!evidence.hourly_equity.empty())
    count_folds(s, evidence.hourly_equity);
  s.cells = cells.size();
  s.profitable_cells = static_cast<std::size_t>(
      std::count_if(cells.begin(), cells.end(), [](const Cell& c) { return c.profitable(); }));
  s.profitable_at_stress = s.trades.net - (stress - 1) * s.trades.costs > 0;
  s.trades_per_day = s.days > 0 ? static_cast<double>(s.trades.trades) / s.days : st::nan;
  s.cost_bps = evidence.turnover > 0 ? 1e4 * s.trades.costs / evidence.turnover : st::nan;
  s.eep = st::eep({s.trades.profit_factor, s.sharpe, s.max_drawdown, s.sortino, s.trades.expectancy_r,
                   s.trades.profit_capture, s.trades.reward_realisation, s.trades.stop_frequency,
                   s.trades.breakeven_rate, s.trades.trades});
  s.composite = st::composite({s.eep.score, s.dsr, s.profitable_folds, s.folds, s.profitable_cells, s.cells,
                               s.trades.cost_share, drift});
  return s;
}

statistics::DriftMetrics drift_metrics(const Score& s) noexcept {
  return {s.trades.expectancy_r, s.trades.profit_factor,
          s.trades.win_rate,     s.sharpe,
          s.trades_per_day,      s.cost_bps};
}

} // namespace finch::evolution
