/// The trial ledger: one spec, timeframe, span of data and cost model is one trial, however often it is run
/// and whoever runs it.
#pragma once

#include "actors/market/timeframe.hpp"
#include "actors/storage/journal/journal.hpp"

#include <compare>
#include <string_view>

namespace finch::journal {

/// 128 bits; equal for equal trials only, as far as a hash can promise.
struct TrialId {
  std::uint64_t high = 0, low = 0;

  auto operator<=>(const TrialId&) const = default;
};
/// 32 hexadecimal digits.
[[nodiscard]] std::string format_id(const TrialId& id);

/// What makes two trials the same.
struct TrialKey {
  std::string_view
      canonical_spec; ///< the spec's canonical text, parameters at their values, without its name
  market::Timeframe timeframe;
  market::TimeNs first_ns = 0, last_ns = 0; ///< half-open span of data
  std::string_view cost_model;              ///< canonical text of the cost model
};
[[nodiscard]] TrialId trial_id(const TrialKey& key);

/// Counts the trial `key` names, with its results, unless it was counted before; answers whether it was new.
/// `trial` brings spec hash, purpose and results, among them the hourly returns; identity, timeframe, span
/// and cost model are taken from the key. Whoever evaluates a variant calls this before anybody sees a score
/// of it.
[[nodiscard]] Result<bool> count_trial(Journal& journal, const TrialKey& key, Trial trial);

} // namespace finch::journal
