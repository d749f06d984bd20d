#include "actors/storage/journal/trial_ledger.hpp"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace finch::journal {

std::string format_id(const TrialId& id) { return fmt::format("{:016x}{:016x}", id.high, id.low); }

TrialId trial_id(const TrialKey& key) {
  // Lengths stand before the texts, so that no text can be mistaken for the start of the next field.
  auto text =
      fmt::format("trial 1\n{}\n{}\n{}\n{}\n{}\n{}\n{}", key.timeframe.minutes, key.first_ns, key.last_ns,
                  key.canonical_spec.size(), key.canonical_spec, key.cost_model.size(), key.cost_model);
  auto hash = XXH3_128bits(text.data(), text.size());
  return {hash.high64, hash.low64};
}

Result<bool> count_trial(Journal& journal, const TrialKey& key, Trial trial) {
  trial.id = format_id(trial_id(key));
  trial.minutes = key.timeframe.minutes;
  trial.first_round = market::round_of(key.first_ns);
  trial.last_round = market::round_of(key.last_ns - 1);
  trial.cost_model = key.cost_model;
  return journal.record_trial(trial);
}

} // namespace finch::journal
