#include "actors/statistics/scores.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace finch::statistics {

namespace {

constexpr std::array profit_factor_anchors{Anchor{1, 0}, Anchor{1.5, 50}, Anchor{2, 80}, Anchor{3, 100}};
constexpr std::array sharpe_anchors{Anchor{0, 0}, Anchor{0.5, 40}, Anchor{1, 60}, Anchor{2, 80},
                                    Anchor{3, 100}};
constexpr std::array drawdown_anchors{Anchor{0, 100}, Anchor{0.05, 80}, Anchor{0.1, 50}, Anchor{0.2, 20},
                                      Anchor{0.35, 0}};
constexpr std::array sortino_anchors{Anchor{0, 0}, Anchor{0.75, 40}, Anchor{1.5, 60}, Anchor{3, 80},
                                     Anchor{4.5, 100}};
constexpr std::array expectancy_anchors{Anchor{0, 0}, Anchor{0.1, 50}, Anchor{0.25, 75}, Anchor{0.5, 100}};
constexpr std::array capture_anchors{Anchor{0, 0}, Anchor{0.35, 50}, Anchor{0.7, 100}};
constexpr std::array realisation_anchors{Anchor{0, 0}, Anchor{1, 100}};
constexpr std::array stop_anchors{Anchor{0.2, 100}, Anchor{0.7, 0}};
constexpr std::array breakeven_anchors{Anchor{0.5, 0}, Anchor{1, 100}};
constexpr std::array cost_anchors{Anchor{0.1, 100}, Anchor{0.3, 50}, Anchor{0.6, 0}};

constexpr double eep_full_trades = 50;
// The exit weights as first written sum to 0.70; dividing restores a 0..100 part.
constexpr double exit_weight_sum = 0.70;

double score_or(std::span<const Anchor> anchors, double value, double if_nan) noexcept {
  return std::isnan(value) ? if_nan : interpolate(anchors, value);
}

double share(std::size_t part, std::size_t whole) noexcept {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

} // namespace

double interpolate(std::span<const Anchor> anchors, double value) noexcept {
  if (std::isnan(value) || value <= anchors.front().value)
    return std::isnan(value) ? value : anchors.front().score;
  for (std::size_t i = 1; i < anchors.size(); ++i) {
    const auto &a = anchors[i - 1], &b = anchors[i];
    if (value <= b.value)
      return a.score + (value - a.value) / (b.value - a.value) * (b.score - a.score);
  }
  return anchors.back().score;
}

double sharpe_score(double value) noexcept { return score_or(sharpe_anchors, value, 0); }
double drawdown_score(double value) noexcept { return score_or(drawdown_anchors, value, 0); }

Eep eep(const EepInputs& in) noexcept {
  Eep e;
  e.profit_factor = score_or(profit_factor_anchors, in.profit_factor, 0);
  e.sharpe = sharpe_score(in.sharpe);
  e.max_drawdown = drawdown_score(in.max_drawdown);
  e.sortino = score_or(sortino_anchors, in.sortino, 0);
  e.expectancy_r = score_or(expectancy_anchors, in.expectancy_r, 0);
  e.profit_capture = score_or(capture_anchors, in.profit_capture, 0);
  e.reward_realisation = score_or(realisation_anchors, in.reward_realisation, 0);
  e.stop_frequency = score_or(stop_anchors, in.stop_frequency, 0);
  e.breakeven_rate = score_or(breakeven_anchors, in.breakeven_rate, 50);
  e.entry = 0.30 * e.profit_factor + 0.25 * e.sharpe + 0.20 * e.max_drawdown + 0.15 * e.sortino +
            0.10 * e.expectancy_r;
  e.exit = (0.25 * e.profit_capture + 0.20 * e.reward_realisation + 0.15 * e.stop_frequency +
            0.10 * e.breakeven_rate) /
           exit_weight_sum;
  e.confidence = std::min(1.0, static_cast<double>(in.trades) / eep_full_trades);
  e.score = e.confidence * (0.60 * e.entry + 0.40 * e.exit);
  return e;
}

Composite composite(const CompositeInputs& in) noexcept {
  Composite c;
  c.cost_score = score_or(cost_anchors, in.cost_share, 0);
  auto cells = in.cells < 3 ? 0 : share(in.profitable_cells, in.cells);
  auto dsr = std::isnan(in.dsr) ? 0 : in.dsr;
  c.before_drift = 0.50 * in.eep + 0.20 * 100 * dsr + 0.10 * 100 * share(in.profitable_folds, in.folds) +
                   0.10 * 100 * cells + 0.10 * c.cost_score;
  if (!std::isnan(in.drift))
    c.drift_multiplier = 1 - 0.5 * std::clamp((in.drift - 0.10) / 0.10, 0.0, 1.0);
  c.score = c.before_drift * c.drift_multiplier;
  return c;
}

Health health(const HealthInputs& in) noexcept {
  Health h;
  h.sharpe_score = sharpe_score(in.sharpe);
  h.drawdown_score = drawdown_score(in.max_drawdown);
  auto over = in.correlated > 0 ? static_cast<double>(in.correlated) : 1;
  h.diversification = 100 * in.effective_strategies / over;
  h.drift_score = std::isnan(in.drift) ? 0 : 100 * std::clamp(1 - in.drift / 0.20, 0.0, 1.0);
  h.operations = 100 * in.uptime * std::min(1.0, share(in.active, in.slots));
  h.score = 0.25 * h.sharpe_score + 0.20 * h.drawdown_score + 0.15 * in.mean_composite +
            0.15 * h.diversification + 0.15 * h.drift_score + 0.10 * h.operations;
  h.band = h.score <= 20   ? "CRITICAL"
           : h.score <= 40 ? "POOR"
           : h.score <= 60 ? "FAIR"
           : h.score <= 80 ? "GOOD"
                           : "EXCELLENT";
  return h;
}

double effective_count(std::span<const double> correlation, std::size_t n) noexcept {
  double total = 0;
  for (std::size_t i = 0; i < n * n; ++i)
    total += std::max(0.0, correlation[i]);
  return total > 0 ? static_cast<double>(n) * static_cast<double>(n) / total : 0;
}

} // namespace finch::statistics
