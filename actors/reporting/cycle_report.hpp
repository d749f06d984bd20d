/// The report of one evolution cycle.
#pragma once

#include "actors/reporting/account.hpp"

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

namespace finch::reporting {

/// A stage of the cycle, in the order it ran. `seconds` is the only thing in a report that a rerun may
/// change.
struct CycleStage {
  std::string name;
  double seconds = 0;
  std::string detail; ///< what it did, as `24 variants of 6 specs`
};

/// One instance or candidate and how it did over the window. Figures that are unknown are NaN.
struct CycleScore {
  std::string strategy;  ///< its name
  std::string spec_hash; ///< which version of it
  std::string timeframe;
  std::string tier;   ///< `T0`, `T1`, `T2`
  std::string status; ///< as `active`, `new`, `rejected`
  double score = unknown;
  std::int64_t trades = 0;
  double total_return = unknown, max_drawdown = unknown, win_rate = unknown, profit_factor = unknown,
         sharpe = unknown;
};

/// A strategy that changed its place, and why.
struct CycleChange {
  std::string kind; ///< `promoted`, `demoted`, `replaced`, `archived`, `added`
  std::string strategy;
  std::string by; ///< what took the place, where something did
  std::string reason;
};

/// An active instance that goes on without the votes of strategies that are archived.
struct CycleAbstention {
  std::string strategy;
  std::vector<std::string> voters; ///< by name
};

struct EmptySlots {
  std::int64_t count = 0;
  std::string reason;
};

struct CycleReport {
  std::int64_t cycle = 0;
  market::TimeNs as_of_ns = 0;
  market::TimeNs window_from_ns = 0, window_to_ns = 0; ///< of the data that was scored
  market::TimeNs holdout_from_ns = 0;                  ///< H0; 0 where there is no holdout yet
  std::uint64_t seed = 0;
  std::string build;
  bool synthetic = false;
  bool provisional_weights = false;
  std::int64_t instruments = 0;
  std::int64_t trials_new = 0, trials_total = 0; ///< configurations first evaluated in this cycle, and ever
  std::int64_t slots = 0, slots_filled = 0;
  std::vector<EmptySlots> empty_slots; ///< their counts add up to slots - slots_filled
  std::vector<CycleStage> stages;
  std::vector<CycleScore> scores; ///< best first
  std::vector<CycleChange> changes;
  std::vector<CycleAbstention> abstentions;
  std::vector<std::string> warnings;
};

/// The report for people, as Markdown that also reads well in a terminal. The ranking shows the first
/// `most_scores`.
[[nodiscard]] std::string render_markdown(const CycleReport& report,
                                          std::size_t most_scores = std::numeric_limits<std::size_t>::max());
/// The same for programs: one JSON object, keys in a stable order, unknown figures null, times ISO-8601.
[[nodiscard]] std::string render_json(const CycleReport& report);

/// Where the report of the cycle as of `as_of_ns` lies: `<directory>/YYYY-MM-DD/HH`, without its ending.
[[nodiscard]] std::filesystem::path cycle_report_path(const std::filesystem::path& directory,
                                                      market::TimeNs as_of_ns);
/// Writes both files below `directory`, each atomically, and returns the path of the Markdown one.
[[nodiscard]] Result<std::filesystem::path> write_cycle_report(const std::filesystem::path& directory,
                                                               const CycleReport& report);

} // namespace finch::reporting
