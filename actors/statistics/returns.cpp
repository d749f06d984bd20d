#include "actors/statistics/returns.hpp"

#include "actors/statistics/moments.hpp"

#include <algorithm>
#include <cmath>

namespace finch::statistics {

std::vector<double> returns_of(std::span<const double> equity) {
  std::vector<double> result;
  for (std::size_t i = 1; i < equity.size(); ++i)
    result.push_back(equity[i - 1] > 0 ? equity[i] / equity[i - 1] - 1 : -1.0);
  return result;
}

std::vector<double> fixed_capital_returns(std::span<const double> equity) {
  std::vector<double> result;
  for (std::size_t i = 1; i < equity.size(); ++i)
    result.push_back((equity[i] - equity[i - 1]) / equity.front());
  return result;
}

std::vector<double> equity_of(std::span<const double> returns, double start) {
  std::vector<double> result{start};
  for (auto r : returns)
    result.push_back(result.back() * (1 + r));
  return result;
}

double total_return(std::span<const double> returns) noexcept {
  double growth = 1;
  for (auto r : returns)
    growth *= 1 + r;
  return growth - 1;
}

double annualised_return(std::span<const double> returns, double per_year) noexcept {
  if (returns.empty())
    return 0;
  auto growth = 1 + total_return(returns);
  return growth > 0 ? std::pow(growth, per_year / static_cast<double>(returns.size())) - 1 : -1;
}

double annualised_volatility(std::span<const double> returns, double per_year) noexcept {
  return deviation(returns) * std::sqrt(per_year);
}

double sharpe(std::span<const double> returns, double per_year, double risk_free) {
  auto spread = deviation(returns);
  return spread > 0 ? (mean(returns) - risk_free) / spread * std::sqrt(per_year) : nan;
}

double downside_risk(std::span<const double> returns, double per_year, double target) noexcept {
  double total = 0;
  for (auto r : returns) {
    auto below = std::min(r - target, 0.0);
    total += below * below;
  }
  return returns.empty() ? nan : std::sqrt(total / static_cast<double>(returns.size()) * per_year);
}

Capped sortino(std::span<const double> returns, double per_year, double target) noexcept {
  if (returns.empty())
    return {nan, false};
  auto excess = mean(returns) - target;
  auto risk = downside_risk(returns, 1, target);
  if (risk > 0)
    return {excess / risk * std::sqrt(per_year), false};
  return {excess > 0 ? ratio_cap : 0, true};
}

Capped calmar(double annualised, double drawdown) noexcept {
  if (drawdown > 0)
    return {annualised / drawdown, false};
  return {annualised > 0 ? ratio_cap : 0, annualised > 0};
}

Capped omega(std::span<const double> returns, double threshold) noexcept {
  if (returns.empty())
    return {nan, false};
  double gains = 0, losses = 0;
  for (auto r : returns)
    (r > threshold ? gains : losses) += std::abs(r - threshold);
  return losses > 0 ? Capped{gains / losses, false} : Capped{ratio_cap, true};
}

double tail_mean(std::span<const double> returns, double share) {
  if (returns.empty())
    return nan;
  std::vector<double> sorted{returns.begin(), returns.end()};
  std::sort(sorted.begin(), sorted.end());
  auto count = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  return mean(std::span{sorted}.first(std::max<std::size_t>(count, 1)));
}

std::vector<double> drawdowns(std::span<const double> equity) {
  std::vector<double> result;
  double peak = 0;
  for (auto value : equity) {
    peak = std::max(peak, value);
    result.push_back(value > 0 ? 1 - value / peak : 1.0);
  }
  return result;
}

double max_drawdown(std::span<const double> equity) noexcept {
  double peak = 0, worst = 0;
  for (auto value : equity) {
    peak = std::max(peak, value);
    worst = std::max(worst, value > 0 ? 1 - value / peak : 1.0);
  }
  return worst;
}

std::vector<DrawdownEpisode> drawdown_episodes(std::span<const double> equity) {
  std::vector<DrawdownEpisode> result;
  auto depths = drawdowns(equity);
  std::size_t peak = 0;
  bool under = false;
  for (std::size_t i = 0; i < equity.size(); ++i) {
    if (depths[i] > 0) {
      if (!under)
        result.push_back({peak, i, i, 0, true});
      under = true;
      auto& episode = result.back();
      if (depths[i] > episode.depth)
        episode.depth = depths[i], episode.trough = i;
      episode.recovery = i;
    } else {
      if (under)
        result.back().recovery = i, result.back().open = false;
      under = false;
      peak = i;
    }
  }
  return result;
}

DrawdownSummary summarise_drawdowns(std::span<const double> equity) {
  DrawdownSummary summary;
  auto episodes = drawdown_episodes(equity);
  std::size_t recovered = 0;
  for (const auto& episode : episodes) {
    summary.average_depth += episode.depth;
    summary.longest_underwater = std::max(summary.longest_underwater, episode.recovery - episode.peak);
    if (!episode.open) {
      summary.average_recovery += static_cast<double>(episode.recovery - episode.trough);
      ++recovered;
    }
  }
  if (!episodes.empty())
    summary.average_depth /= static_cast<double>(episodes.size());
  if (recovered > 0)
    summary.average_recovery /= static_cast<double>(recovered);
  double squares = 0;
  for (auto depth : drawdowns(equity))
    squares += depth * depth;
  if (!equity.empty())
    summary.ulcer_index = std::sqrt(squares / static_cast<double>(equity.size()));
  return summary;
}

std::vector<double> bucket_equity(std::span<const std::int64_t> times, std::span<const double> equity,
                                  std::int64_t bucket) {
  std::vector<double> result;
  auto number = [&](std::int64_t t) { return t / bucket - (t % bucket < 0 ? 1 : 0); };
  for (std::size_t i = 0; i < times.size(); ++i) {
    auto slot = static_cast<std::size_t>(number(times[i]) - number(times.front()));
    auto previous = result.empty() ? equity[i] : result.back();
    result.resize(slot + 1, previous);
    result.back() = equity[i];
  }
  return result;
}

} // namespace finch::statistics
