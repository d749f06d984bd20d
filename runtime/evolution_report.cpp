#include "runtime/evolution_report.hpp"

#include "runtime/build_info.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace finch::runtime {
namespace {

std::string status_of(evolution::Action action) {
  switch (action) {
  case evolution::Action::keep:
    return "active";
  case evolution::Action::admit:
    return "new";
  case evolution::Action::promote:
    return "promoted";
  case evolution::Action::demote:
    return "demoted";
  case evolution::Action::archive:
    return "archived";
  case evolution::Action::reject:
    break;
  }
  return "rejected";
}

reporting::CycleScore score_line(const evolution::Examined& examined) {
  const auto& score = examined.score;
  reporting::CycleScore line;
  line.strategy = examined.instance.spec.name;
  line.spec_hash = examined.hash;
  line.timeframe = market::format_timeframe(examined.instance.timeframe);
  line.tier = "T" + std::to_string(examined.placement.rank > 0 ? examined.placement.tier : examined.tier);
  line.status = status_of(examined.placement.action);
  line.score = score.composite.score;
  line.trades = static_cast<std::int64_t>(score.trades.trades);
  line.total_return = score.total_return;
  line.max_drawdown = score.max_drawdown;
  line.win_rate = score.trades.win_rate;
  line.profit_factor = score.trades.profit_factor;
  line.sharpe = score.sharpe;
  return line;
}

std::string change_kind(evolution::Action action) {
  switch (action) {
  case evolution::Action::admit:
    return "added";
  case evolution::Action::promote:
    return "promoted";
  case evolution::Action::demote:
    return "demoted";
  case evolution::Action::archive:
    return "archived";
  case evolution::Action::keep:
  case evolution::Action::reject:
    break;
  }
  return {};
}

} // namespace

reporting::CycleReport cycle_report(const evolution::CycleOutcome& outcome, std::size_t slots,
                                    std::uint64_t seed, std::size_t instruments, bool synthetic) {
  reporting::CycleReport report;
  report.cycle = outcome.cycle;
  report.as_of_ns = outcome.as_of_ns;
  report.window_from_ns = outcome.window_from_ns;
  report.window_to_ns = outcome.window_to_ns;
  report.holdout_from_ns = outcome.h0_ns;
  report.seed = seed;
  auto build = build_info();
  report.build = build.version + " " + build.build_id;
  report.synthetic = synthetic;
  report.provisional_weights = outcome.provisional;
  report.instruments = static_cast<std::int64_t>(instruments);
  report.trials_new = outcome.trials_new;
  report.trials_total = outcome.trials_total;
  report.slots = static_cast<std::int64_t>(slots);
  report.slots_filled = std::count_if(outcome.examined.begin(), outcome.examined.end(),
                                      [](const auto& examined) { return examined.placement.rank > 0; });
  std::map<std::string, std::int64_t> reasons;
  for (const auto& reason : outcome.empty_slots)
    ++reasons[reason];
  for (const auto& [reason, count] : reasons)
    report.empty_slots.push_back({count, reason});
  for (const auto& stage : outcome.stages)
    // A stage nothing was built for took no time and says nothing.
    if (stage.state != evolution::StageState::skipped || stage.detail != "not configured")
      report.stages.push_back(
          {std::string{evolution::to_string(stage.stage)},
           static_cast<double>(stage.end_ns - stage.start_ns) / 1e9,
           stage.state == evolution::StageState::skipped ? "skipped: " + stage.detail : stage.detail});
  for (const auto& examined : outcome.examined) {
    report.scores.push_back(score_line(examined));
    if (auto kind = change_kind(examined.placement.action); !kind.empty())
      report.changes.push_back({kind, examined.score.instance, {}, examined.placement.reason});
  }
  for (const auto& abstention : outcome.abstentions)
    report.abstentions.push_back({abstention.instance, abstention.voters});
  report.warnings = outcome.warnings;
  return report;
}

} // namespace finch::runtime
