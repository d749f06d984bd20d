#include "actors/feed/source_marks.hpp"

namespace finch::feed {

market::RoundStatus MarkDeriver::mark(market::Round round, Seen seen,
                                      std::optional<market::Round> next_data) noexcept {
  if (seen != Seen::nothing) {
    last_data_ = round;
    return seen == Seen::traded ? market::RoundStatus::ok : market::RoundStatus::quiet;
  }
  if (!last_data_)
    return market::RoundStatus::closed;
  if (has_sessions_ && (!next_data || *next_data - *last_data_ > session_break_minutes))
    return market::RoundStatus::closed;
  return round - *last_data_ <= quiet_minutes ? market::RoundStatus::quiet : market::RoundStatus::down;
}

} // namespace finch::feed
