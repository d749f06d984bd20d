/// The identity of a trial: one spec, timeframe, span of data and cost model is one trial, however often it
/// is run.
#pragma once

#include "actors/market/timeframe.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace finch::evolution {

/// 128 bits; equal for equal trials only, as far as a hash can promise.
struct TrialId {
  std::uint64_t high = 0, low = 0;

  auto operator<=>(const TrialId&) const = default;
};
/// 32 hexadecimal digits.
[[nodiscard]] std::string format_id(const TrialId& id);

/// What makes two trials the same.
struct TrialKey {
  std::string_view canonical_spec; ///< the spec's canonical text, parameters at their values
  market::Timeframe timeframe;
  market::TimeNs first_ns = 0, last_ns = 0; ///< half-open span of data
  std::string_view cost_model;              ///< canonical text of the cost model
};
[[nodiscard]] TrialId trial_id(const TrialKey& key);

/// Trials of one data epoch: how many, and how their Sharpe ratios spread.
class TrialCount {
public:
  /// Counts a trial unless it is known; `sharpe` per observation, NaN where there was none. Returns whether
  /// it was new.
  bool add(const TrialId& id, double sharpe);
  /// All distinct trials, those without a Sharpe ratio too.
  [[nodiscard]] std::size_t trials() const noexcept { return ids_.size(); }
  /// Variance of Sharpe across trials, or 1/observations when fewer than ten have one.
  [[nodiscard]] double variance(double observations) const;

private:
  std::vector<TrialId> ids_; ///< sorted
  std::vector<double> sharpes_;
};

} // namespace finch::evolution
