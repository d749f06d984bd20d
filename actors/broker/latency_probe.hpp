/// What the desk's broker tells whoever measures latencies. The engine knows no clock: a hook reads its own.
#pragma once

#include "actors/market/time.hpp"
#include "schemas/market_generated.h"

#include <cstddef>
#include <functional>

namespace finch::broker {

/// Hooks run in the broker actor, one at a time; an empty hook costs nothing. Nothing they do may change what
/// the broker does.
struct LatencyProbe {
  /// Every instrument has closed the round; risk is asked next. Until `decided`, later ticks wait to be
  /// played.
  std::function<void(market::Round)> closed;
  /// Risk's orders of the round are with the account: its last decision has been taken.
  std::function<void(market::Round)> decided;
  /// A block was taken, and so many fills followed from it at once.
  std::function<void(const fb::MarketBlock&, std::size_t fills)> played;
};

} // namespace finch::broker
