#include "actors/evolution/trial.hpp"

#include "actors/statistics/sharpe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace finch::evolution {

std::string format_id(const TrialId& id) { return fmt::format("{:016x}{:016x}", id.high, id.low); }

TrialId trial_id(const TrialKey& key) {
  // Lengths stand before the texts, so that no text can be mistaken for the start of the next field.
  auto text =
      fmt::format("trial 1\n{}\n{}\n{}\n{}\n{}\n{}\n{}", key.timeframe.minutes, key.first_ns, key.last_ns,
                  key.canonical_spec.size(), key.canonical_spec, key.cost_model.size(), key.cost_model);
  auto hash = XXH3_128bits(text.data(), text.size());
  return {hash.high64, hash.low64};
}

bool TrialCount::add(const TrialId& id, double sharpe) {
  auto at = std::lower_bound(ids_.begin(), ids_.end(), id);
  if (at != ids_.end() && *at == id)
    return false;
  ids_.insert(at, id);
  if (!std::isnan(sharpe))
    sharpes_.push_back(sharpe);
  return true;
}

double TrialCount::variance(double observations) const {
  return statistics::trial_variance(sharpes_, observations);
}

} // namespace finch::evolution
