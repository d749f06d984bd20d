/// The trial ledger: every evaluation of every variant, counted once with its hourly returns.
#pragma once

#include "actors/evolution/score.hpp"
#include "actors/storage/journal/journal.hpp"
#include "actors/strategies/spec.hpp"

#include <string>
#include <vector>

namespace finch::evolution {

/// One instance and what its book showed.
struct Evaluated {
  strategies::Instance instance;
  std::string hash; ///< of the spec
  Evidence evidence;
  Score score;
};

/// On what and what for a set of instances was evaluated. The same variant on the same data under the same
/// costs is the same trial, whatever for and however precisely it was run.
struct TrialTerms {
  std::int64_t epoch = 0; ///< the data's first day; N is counted within it
  std::int64_t cycle = 0; ///< 0 outside cycles
  market::Round first = 0, last = -1;
  std::string cost_model; ///< canonical text
  std::string purpose;
};

struct Counted {
  std::int64_t fresh = 0; ///< counted for the first time
  std::int64_t total = 0; ///< ever, in the epoch
  Search search;          ///< what scores are deflated with
};

/// Counts the trials, all or none, and says how much searching stands behind them now.
[[nodiscard]] Result<Counted> count_trials(journal::Journal& journal, std::span<const Evaluated> evaluated,
                                           const TrialTerms& terms);

} // namespace finch::evolution
