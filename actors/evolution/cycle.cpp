#include "actors/evolution/cycle.hpp"

#include <algorithm>

namespace finch::evolution {

namespace {

constexpr std::array<std::string_view, stage_count> stage_names{
    "freeze", "score",  "drift",  "design", "tune",    "train", "backtest",
    "rank",   "report", "review", "learn",  "publish", "notify"};

// The last word of the earlier journal on a stage.
const StageRecord* last_of(std::span<const StageRecord> earlier, Stage stage) noexcept {
  const StageRecord* last = nullptr;
  for (const auto& record : earlier)
    if (record.stage == stage)
      last = &record;
  return last;
}

std::optional<std::string> reason_to_skip(const CycleTable& table, Stage stage) {
  if (!table.stages[static_cast<std::size_t>(stage)])
    return "not configured";
  return table.not_due ? table.not_due(stage) : std::nullopt;
}

Status journal(const CycleTable& table, const StageRecord& record) {
  return table.journal ? table.journal(record) : Status{};
}

market::TimeNs now(const CycleTable& table) { return table.now ? table.now() : 0; }

} // namespace

std::string_view to_string(Stage stage) noexcept { return stage_names[static_cast<std::size_t>(stage)]; }

std::optional<Stage> parse_stage(std::string_view text) noexcept {
  auto at = std::find(stage_names.begin(), stage_names.end(), text);
  return at == stage_names.end() ? std::nullopt : std::optional{static_cast<Stage>(at - stage_names.begin())};
}

std::string_view to_string(StageState state) noexcept {
  switch (state) {
  case StageState::running:
    return "running";
  case StageState::done:
    return "done";
  case StageState::skipped:
    return "skipped";
  case StageState::failed:
    return "failed";
  }
  return "unknown";
}

CycleResult run_cycle(const CycleTable& table, std::span<const StageRecord> earlier) {
  CycleResult result;
  for (std::size_t i = 0; i < stage_count; ++i) {
    auto stage = static_cast<Stage>(i);
    if (const auto* before = last_of(earlier, stage);
        before && (before->state == StageState::done || before->state == StageState::skipped)) {
      result.records.push_back(*before);
      continue;
    }
    StageRecord record{stage, StageState::running, now(table), 0, {}};
    std::optional<Error> error;
    if (auto reason = reason_to_skip(table, stage)) {
      record.state = StageState::skipped;
      record.detail = *reason;
    } else {
      if (auto written = journal(table, record); !written) {
        result.error = written.error();
        return result;
      }
      auto outcome = table.stages[i]();
      record.state = !outcome           ? StageState::failed
                     : outcome->skipped ? StageState::skipped
                                        : StageState::done;
      record.detail = outcome ? outcome->detail : outcome.error().message;
      if (!outcome)
        error = outcome.error();
    }
    record.end_ns = now(table);
    result.records.push_back(record);
    auto written = journal(table, record);
    if (!written)
      error = written.error();
    if (error && (essential(stage) || !written)) {
      result.error = error;
      return result;
    }
  }
  return result;
}

} // namespace finch::evolution
