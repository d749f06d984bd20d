/// The evolution cycle as a state machine: named stages in a fixed order, each recorded before and after it
/// runs.
#pragma once

#include "actors/market/time.hpp"
#include "schemas/error.hpp"

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace finch::evolution {

/// Stages in the order they run.
enum class Stage {
  freeze,   ///< fix the window
  score,    ///< active strategies and models
  drift,    ///< forward against backtest
  design,   ///< new specs
  tune,     ///< parameters
  train,    ///< models
  backtest, ///< candidates, on every timeframe
  rank,     ///< promote, demote, archive
  report,
  review,
  learn,
  publish, ///< exports
  notify,
};
inline constexpr std::size_t stage_count = 13;
[[nodiscard]] std::string_view to_string(Stage stage) noexcept;
/// Reads a stage's name; nothing for a text that is none.
[[nodiscard]] std::optional<Stage> parse_stage(std::string_view text) noexcept;

enum class StageState { running, done, skipped, failed };
[[nodiscard]] std::string_view to_string(StageState state) noexcept;

/// What happened to one stage. Times are the caller's clock.
struct StageRecord {
  Stage stage = Stage::freeze;
  StageState state = StageState::running;
  market::TimeNs start_ns = 0, end_ns = 0;
  std::string detail; ///< what was done, why it was skipped, or the error
};

/// What a stage function says when it did not fail.
struct StageOutcome {
  bool skipped = false;
  std::string detail;
};

/// How a cycle reaches the world. `stages` without a function are skipped as "not configured".
struct CycleTable {
  std::array<std::function<Result<StageOutcome>()>, stage_count> stages;
  /// Why a stage is not due in this cycle (its cadence); nothing when it is.
  std::function<std::optional<std::string>(Stage)> not_due;
  /// Called before and after every stage; a failure here ends the cycle, for what is not journaled did not
  /// happen.
  std::function<Status(const StageRecord&)> journal;
  std::function<market::TimeNs()> now;

  std::function<Result<StageOutcome>()>& operator[](Stage stage) {
    return stages[static_cast<std::size_t>(stage)];
  }
};

/// What became of a cycle.
struct CycleResult {
  std::vector<StageRecord> records;
  std::optional<Error> error; ///< of the stage or journal that ended it

  [[nodiscard]] bool finished() const noexcept { return !error.has_value(); }
};

/// Whether the cycle cannot go on without this stage: all up to and including `rank`.
[[nodiscard]] constexpr bool essential(Stage stage) noexcept { return stage <= Stage::rank; }

/// Runs the stages that are not finished yet. `earlier` holds the journal of the same cycle before a crash:
/// stages it shows done or skipped are not run again, one it shows running or failed is.
[[nodiscard]] CycleResult run_cycle(const CycleTable& table, std::span<const StageRecord> earlier = {});

} // namespace finch::evolution
