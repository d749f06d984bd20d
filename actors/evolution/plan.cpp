#include "actors/evolution/plan.hpp"

#include "actors/statistics/moments.hpp"
#include "actors/statistics/returns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace finch::evolution {

namespace {

struct Ranked {
  const Contender* who = nullptr;
  double crowding = 0; ///< greatest |correlation| with an active instance
  std::string refused; ///< why it gets no slot
};

double or_zero(double value) noexcept { return std::isnan(value) ? 0 : value; }

double similarity(const Score& a, const Score& b) {
  auto n = std::min(a.hourly_returns.size(), b.hourly_returns.size());
  // Series end at the same hour, so the younger one is compared over its own life.
  auto tail = [n](const Score& s) { return std::span{s.hourly_returns}.last(n); };
  return n < statistics::min_observations ? 0 : std::abs(statistics::correlation(tail(a), tail(b)));
}

bool better(const Ranked& a, const Ranked& b) {
  const auto &x = a.who->score, &y = b.who->score;
  if (x.composite.score != y.composite.score)
    return x.composite.score > y.composite.score;
  if (or_zero(x.dsr) != or_zero(y.dsr))
    return or_zero(x.dsr) > or_zero(y.dsr);
  if (x.trades.trades != y.trades.trades)
    return x.trades.trades > y.trades.trades;
  if (a.crowding != b.crowding)
    return a.crowding < b.crowding;
  return x.instance < y.instance;
}

// A candidate must not repeat what is kept, nor push out a similar incumbent that is nearly as good.
std::string repeats(const Ranked& one, std::span<const Ranked* const> kept, std::span<const Ranked> all,
                    const PlanConfig& config) {
  const auto& mine = one.who->score;
  for (const auto* other : kept) {
    auto concerns = !one.who->active() || !other->who->active();
    if (concerns && similarity(mine, other->who->score) > config.correlation_limit)
      return fmt::format("{} {}", one.who->active() ? "displaced by" : "repeats", other->who->score.instance);
  }
  if (one.who->active())
    return {};
  for (const auto& other : all)
    if (other.who->active() && other.refused.empty() &&
        mine.composite.score < config.displacement * other.who->score.composite.score &&
        similarity(mine, other.who->score) > config.correlation_limit)
      return fmt::format("repeats {} and is not a tenth better", other.who->score.instance);
  return {};
}

Placement seat(const Ranked& ranked, int rank) {
  const auto& who = *ranked.who;
  Placement p{who.score.instance, Action::keep, rank, who.tier, false, who.score.composite.score, ""};
  if (!who.active()) {
    p.action = Action::admit;
    p.tier = 1;
    p.reason = "ranks among the best";
  } else if (who.tier >= 2 && !who.demote.empty()) {
    p.action = Action::demote;
    p.tier = 1;
    p.reason = who.demote;
  } else if (who.tier == 1 && who.promotion.passed()) {
    p.action = Action::promote;
    p.tier = 2;
    p.reason = "passed every condition of T2";
  } else if (who.tier == 1) {
    p.reason = who.promotion.failed.front();
  }
  return p;
}

} // namespace

const char* to_string(Action action) noexcept {
  switch (action) {
  case Action::keep:
    return "keep";
  case Action::admit:
    return "admit";
  case Action::promote:
    return "promote";
  case Action::demote:
    return "demote";
  case Action::archive:
    return "archive";
  case Action::reject:
    return "reject";
  }
  return "unknown";
}

std::string below_floor(const Score& score, double floor_psr) {
  if (score.trades.trades < statistics::min_observations)
    return fmt::format("{} trades, {} are needed to judge", score.trades.trades,
                       statistics::min_observations);
  if (score.hourly_returns.size() < statistics::min_observations)
    return fmt::format("{} hours of equity, {} are needed to judge", score.hourly_returns.size(),
                       statistics::min_observations);
  if (!(score.total_return > 0))
    return fmt::format("its net result after costs is {:.2f} % of the start equity",
                       100 * score.total_return);
  if (!(score.psr > floor_psr))
    return fmt::format("PSR {:.3f} after costs is not above {:g}", score.psr, floor_psr);
  return {};
}

CyclePlan plan(const std::vector<Contender>& actives, const std::vector<Contender>& candidates,
               const PlanConfig& config) {
  std::vector<Ranked> all;
  for (const auto* group : {&actives, &candidates})
    for (const auto& contender : *group) {
      Ranked ranked{&contender, 0, below_floor(contender.score, config.floor_psr)};
      for (const auto& active : actives)
        if (&active != &contender)
          ranked.crowding = std::max(ranked.crowding, similarity(contender.score, active.score));
      all.push_back(std::move(ranked));
    }
  std::sort(all.begin(), all.end(), better);
  std::vector<const Ranked*> kept;
  std::size_t below = 0, repeated = 0;
  for (auto& ranked : all) {
    if (!ranked.refused.empty()) {
      ++below;
      continue;
    }
    ranked.refused = repeats(ranked, kept, all, config);
    if (!ranked.refused.empty())
      ++repeated;
    else if (kept.size() == config.slots)
      ranked.refused = fmt::format("outranked by {} better ones", config.slots);
    else
      kept.push_back(&ranked);
  }
  CyclePlan result;
  for (std::size_t i = 0; i < kept.size(); ++i)
    result.placements.push_back(seat(*kept[i], static_cast<int>(i + 1)));
  result.provisional = std::none_of(result.placements.begin(), result.placements.end(),
                                    [](const Placement& p) { return p.tier >= 2; });
  for (std::size_t i = 0; i < kept.size(); ++i)
    result.placements[i].weighted =
        result.provisional ? i < config.provisional_voters : result.placements[i].tier >= 2;
  for (const auto& ranked : all)
    if (!ranked.refused.empty())
      result.placements.push_back({ranked.who->score.instance,
                                   ranked.who->active() ? Action::archive : Action::reject, 0, 0, false,
                                   ranked.who->score.composite.score, ranked.refused});
  auto reason = all.empty()
                    ? std::string{"nothing to rank"}
                    : fmt::format("of {} ranked, {} fell below the floor and {} repeated a better one",
                                  all.size(), below, repeated);
  result.empty.assign(config.slots - kept.size(), reason);
  return result;
}

} // namespace finch::evolution
