/// Which windows of rounds may run: the pure core of the clock actor.
#pragma once

#include "actors/market/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

namespace finch::desk {

/// A run of rounds, both ends included.
struct Window {
  market::Round first = 0, last = -1;

  bool operator==(const Window&) const = default;
};

/// Grants windows in order while credit lasts. A window's credit comes back once every sink has settled it.
class RoundClock {
public:
  /// Rounds from `first` on, `window` rounds at a time (cut at UTC midnight, so that a window never spans two
  /// days), at most `credit` windows unsettled. `sinks` is how many report.
  RoundClock(market::Round first, std::int32_t window, std::int32_t credit, std::size_t sinks);

  /// Rounds up to and including `last` may be granted.
  void allow(market::Round last);
  /// The next window, if one may run now.
  [[nodiscard]] std::optional<Window> next();
  /// Sink `sink` has settled everything up to `round`.
  void done(std::uint64_t sink, market::Round round);
  /// One more sink will report, as if it had settled everything before `round`.
  void add_sink(std::uint64_t sink, market::Round round);
  /// The last round every sink has settled; `first - 1` at the start.
  [[nodiscard]] market::Round settled() const;

private:
  market::Round next_, allowed_, first_;
  std::int32_t window_, credit_;
  std::size_t sinks_;
  std::map<std::uint64_t, market::Round> settled_;
  std::set<market::Round> open_; // last rounds of granted windows not yet settled
};

} // namespace finch::desk
