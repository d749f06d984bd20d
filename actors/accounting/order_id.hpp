/// Order ids: derived from where an order comes from, never from a counter.
#pragma once

#include "actors/market/instrument.hpp"
#include "actors/market/time.hpp"

#include <cstdint>

namespace finch::accounting {

/// First sequence of orders an account gives itself (maximum hold, flatten); those below are the decider's.
inline constexpr std::uint32_t first_own_sequence = 0x800;

/// Packs (round, instrument, sequence) into 32 + 20 + 12 bits. Ids of one account are unique as long as
/// instrument ids stay below 2^20 and nobody gives one instrument 2,048 orders in one round.
[[nodiscard]] constexpr std::uint64_t order_id(market::Round round, market::InstrumentId instrument,
                                               std::uint32_t sequence) noexcept {
  return static_cast<std::uint64_t>(round) << 32U |
         (static_cast<std::uint64_t>(instrument) & 0xFFFFFU) << 12U | (sequence & 0xFFFU);
}

} // namespace finch::accounting
