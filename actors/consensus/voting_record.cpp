#include "actors/consensus/voting_record.hpp"

#include <algorithm>
#include <cmath>

namespace finch::consensus {

VotingRecord::VotingRecord(const Voter& who, std::size_t instruments, int horizon_bars,
                           const MemoryTerms& terms)
    : voter{who}, instruments_{instruments}, horizon_{static_cast<std::size_t>(horizon_bars)}, track_{terms},
      standing_(instruments), opinion_(instruments), waiting_(instruments * horizon_),
      waiting_since_(horizon_, -1) {}

std::size_t VotingRecord::slot_of(market::Round round) const noexcept {
  return static_cast<std::size_t>((round + 1) / voter.timeframe.minutes) % horizon_;
}

bool VotingRecord::resolve(market::Round round, std::span<const double> close) {
  auto row = slot_of(round);
  auto due = round - static_cast<market::Round>(horizon_) * voter.timeframe.minutes;
  // A row that is older than due was left behind by missing bars and has no verdict.
  if (waiting_since_[row] != due) {
    waiting_since_[row] = -1;
    return false;
  }
  waiting_since_[row] = -1;
  track_.forget(round);
  bool any = false;
  for (std::size_t i = 0; i < instruments_; ++i) {
    const auto& w = waiting_[row * instruments_ + i];
    // An unchanged price says nothing about the side; NaN compares false both ways.
    if (w.side == 0 || !(close[i] > w.close || close[i] < w.close))
      continue;
    track_.resolve(w.bin, w.p, (close[i] > w.close) == (w.side > 0));
    any = true;
  }
  return any;
}

void VotingRecord::take(market::Round round, const fb::Vote* votes, std::span<const int> slots,
                        std::span<const double> close) {
  auto row = slot_of(round);
  waiting_since_[row] = round;
  std::fill_n(waiting_.begin() + static_cast<std::ptrdiff_t>(row * instruments_), instruments_, Waiting{});
  std::fill(standing_.begin(), standing_.end(), fb::Vote{});
  std::fill(opinion_.begin(), opinion_.end(), 0.0);
  for (std::size_t column = 0; column < slots.size(); ++column) {
    if (slots[column] < 0)
      continue;
    auto slot = static_cast<std::size_t>(slots[column]);
    const auto& vote = votes[column];
    auto stated = static_cast<double>(vote.p());
    // A side without a confidence is no opinion, and one NaN would spoil S for everybody.
    if (std::isnan(stated))
      continue;
    standing_[slot] = vote;
    if (vote.side() == 0)
      continue;
    auto p = track_.calibrated(stated);
    opinion_[slot] = vote.side() * (2 * p - 1);
    waiting_[row * instruments_ + slot] = {
        p, close[slot], static_cast<std::uint8_t>(TrackRecord::bin_of(stated)), vote.side()};
  }
  stands_ = true;
  stands_until_ = round + voter.timeframe.minutes - 1;
}

void VotingRecord::expire(market::Round round) noexcept {
  if (!stands_ || round <= stands_until_)
    return;
  stands_ = false;
  std::fill(standing_.begin(), standing_.end(), fb::Vote{});
  std::fill(opinion_.begin(), opinion_.end(), 0.0);
}

} // namespace finch::consensus
