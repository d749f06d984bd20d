#include "actors/consensus/track_record.hpp"

#include "actors/consensus/formulas.hpp"

#include <algorithm>
#include <cmath>

namespace finch::consensus {

std::size_t TrackRecord::bin_of(double stated) noexcept {
  auto place = (std::clamp(stated, least_p, greatest_p) - least_p) / (greatest_p - least_p) * bins;
  return std::min(bins - 1, static_cast<std::size_t>(place));
}

double TrackRecord::calibrated(double stated) const noexcept {
  if (resolved_ < terms_.calibrate_after)
    return std::clamp(stated, least_p, greatest_p);
  auto bin = bin_of(stated);
  auto rate = (bin_right_[bin] + terms_.prior_votes * hit_rate()) / (bin_votes_[bin] + terms_.prior_votes);
  return std::clamp(rate, least_p, greatest_p);
}

void TrackRecord::forget(market::Round round) noexcept {
  auto age = static_cast<double>(round - as_of_);
  as_of_ = round;
  if (resolved_ == 0 || age == 0)
    return;
  auto kept = std::exp2(-age / (terms_.half_life_days * static_cast<double>(market::rounds_per_day)));
  votes_ *= kept;
  right_ *= kept;
  squared_error_ *= kept;
  for (std::size_t i = 0; i < bins; ++i)
    bin_votes_[i] *= kept, bin_right_[i] *= kept;
}

void TrackRecord::resolve(std::size_t bin, double p, bool right) noexcept {
  auto error = p - (right ? 1.0 : 0.0);
  ++resolved_;
  votes_ += 1;
  squared_error_ += error * error;
  bin_votes_[bin] += 1;
  if (right)
    right_ += 1, bin_right_[bin] += 1;
}

double TrackRecord::brier() const noexcept {
  return (squared_error_ + terms_.prior_votes * uninformed_brier) / (votes_ + terms_.prior_votes);
}

double TrackRecord::reliability() const noexcept {
  return resolved_ < terms_.min_resolved ? 0 : consensus::reliability(brier());
}

double TrackRecord::hit_rate() const noexcept {
  return (right_ + terms_.prior_votes / 2) / (votes_ + terms_.prior_votes);
}

} // namespace finch::consensus
