#include "actors/feed/simulated/market_process.hpp"

#include "actors/feed/simulated/random.hpp"

#include <algorithm>
#include <array>
#include <numbers>

namespace finch::feed {
namespace {

constexpr double fast_memory = 0.967;  // half-life of 21 minutes
constexpr double slow_memory = 0.9993; // half-life of 16 hours
constexpr double fast_noise = 0.055, slow_noise = 0.011;
// E[exp] of both log-volatilities, so that the mean volatility stays near 1.
constexpr double log_correction = 0.14;
// A weak pull over a year keeps a process that runs for years within what a price can be.
constexpr double long_pull = 1.3e-6;

struct RegimeFacts {
  double mean_minutes;
  double drift;               // in sigmas a minute
  double volatility;          // multiplies the calm one
  std::array<double, 4> next; // chances of range, up, down, panic when it ends
};

// Durations, drifts and volatilities together give a mean drift of nil: rallies last longer, falls are
// rougher.
constexpr std::array<RegimeFacts, 4> regimes{{
    {420, 0.0, 0.80, {0.00, 0.46, 0.46, 0.08}},
    {330, 0.060, 1.00, {0.70, 0.00, 0.22, 0.08}},
    {270, -0.055, 1.10, {0.64, 0.20, 0.00, 0.16}},
    {45, -0.090, 2.40, {0.55, 0.25, 0.20, 0.00}},
}};

Regime next_regime(Regime now, double uniform) {
  const auto& chances = regimes[static_cast<std::size_t>(now)].next;
  std::size_t pick = 0;
  for (double sum = chances[0]; pick < 3 && uniform >= sum; sum += chances[pick])
    ++pick;
  return static_cast<Regime>(pick);
}

} // namespace

double Wander::volatility() const noexcept {
  return std::exp(fast + slow - log_correction) * regimes[static_cast<std::size_t>(regime)].volatility;
}

Wander::Step Wander::step(Draws& draws, double scale, double dwell, double jumps) {
  auto turn = draws.uniform();
  if (auto hazard = 1 / (regimes[static_cast<std::size_t>(regime)].mean_minutes * dwell); turn < hazard)
    regime = next_regime(regime, turn / hazard);
  const auto& facts = regimes[static_cast<std::size_t>(regime)];
  auto sigma = scale * volatility();
  auto z = draws.normal();
  // Large moves of either sign raise the volatility of what follows, falls a little more: clustering and
  // leverage.
  fast = fast_memory * fast + fast_noise * draws.normal() + 0.05 * (std::abs(z) - 0.7979) - 0.012 * z;
  slow = slow_memory * slow + slow_noise * draws.normal();
  auto move = facts.drift * sigma + sigma * z - long_pull * level;
  if (regime == Regime::range)
    move -= 0.02 * (level - anchor);
  if (auto chance = draws.uniform(); chance < jumps) {
    move += sigma * 7 * normal_quantile((chance + 1e-12) / (jumps + 2e-12));
    fast += 0.5;
  }
  level += move;
  anchor += (level - anchor) / 240;
  return {sigma, scale > 0 ? move / sigma : 0};
}

double daily_rhythm(market::Round round) noexcept {
  auto minute =
      static_cast<double>(round - market::floor_div(round, market::rounds_per_day) * market::rounds_per_day);
  auto bump = [minute](double at, double width) {
    auto away = (minute - at) / width;
    return 1 / (1 + away * away);
  };
  auto weekday =
      market::floor_div(round, market::rounds_per_day) + 4; // 1970-01-01 was a Thursday; Sunday is 0
  weekday -= market::floor_div(weekday, 7) * 7;
  auto weekend = weekday == 0 || weekday == 6 ? 0.76 : 1.096;
  auto wave = 0.92 + 0.35 * std::cos(2 * std::numbers::pi * (minute - 900) / 1'440);
  return weekend * (wave + 0.5 * bump(815, 30) + 0.3 * bump(5, 10) + 0.2 * bump(485, 12));
}

MarketMinute advance(MarketState& state, std::uint64_t seed, market::Round round) {
  Draws draws{draw_key(seed, 0, round, 0)};
  MarketMinute minute;
  minute.round = round;
  minute.level_open = state.wander.level;
  auto rhythm = daily_rhythm(round);
  auto shake = std::sqrt(rhythm);
  auto step = state.wander.step(draws, calm_sigma * shake, 1, 1.0 / 900);
  minute.level_close = state.wander.level;
  minute.sigma = step.sigma;
  minute.volatility = state.wander.volatility() * shake;
  minute.activity =
      rhythm * std::sqrt(state.wander.volatility()) * (0.75 + 0.25 * std::min(std::abs(step.shock), 5.0));
  auto drift = regimes[static_cast<std::size_t>(state.wander.regime)].drift;
  state.premium += (drift - state.premium) / 480;
  minute.premium = state.premium;
  return minute;
}

} // namespace finch::feed
