/// Why a round holds nothing, for data that came without marks.
#pragma once

#include "actors/market/data.hpp"

#include <optional>

namespace finch::feed {

/// Minutes of silence that still count as nothing traded.
inline constexpr market::Round quiet_minutes = 3;
/// Minutes of silence that make a closed session of an instrument that has sessions.
inline constexpr market::Round session_break_minutes = 240;

/// What a round's data says about the feed.
enum class Seen {
  nothing,
  alive, ///< quotes, but nobody traded
  traded ///< ticks, or a bar that covers the round
};

/// Derives marks round by round. Before the first data a round is `closed`. A round with trades is `ok`, one
/// with quotes only is `quiet`. The first three silent rounds are `quiet`, later ones `down`, so that no mark
/// depends on how long the silence will last. The one exception is instruments with sessions: their calendar
/// is known beforehand, so a silence of four hours or more (or the end of the data) is `closed` from its
/// first minute.
class MarkDeriver {
public:
  /// `last_data` is the last round known to have data, if any had.
  MarkDeriver(bool has_sessions, std::optional<market::Round> last_data) noexcept
      : has_sessions_{has_sessions}, last_data_{last_data} {}

  /// The mark of `round`, asked in ascending order. `next_data` is the next later round with data, if any; it
  /// is only looked at for instruments with sessions.
  [[nodiscard]] market::RoundStatus mark(market::Round round, Seen seen,
                                         std::optional<market::Round> next_data) noexcept;

private:
  bool has_sessions_;
  std::optional<market::Round> last_data_;
};

} // namespace finch::feed
