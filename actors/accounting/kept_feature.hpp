/// What a trade remembers of the market it was entered in: a strategy declares it, its book keeps it.
#pragma once

#include "actors/market/instrument.hpp"

#include <cstdint>
#include <optional>

namespace finch::accounting {

/// One value of the rows known when an entry was decided.
struct KeptFeature {
  std::uint32_t feature = 0; ///< its place in feature blocks; past their end the value is missing
  int minutes = 0;           ///< of another timeframe's last closed row; 0: the instance's own
  std::optional<market::InstrumentId> instrument = {}; ///< of a reference symbol; else the one traded

  bool operator==(const KeptFeature&) const = default;
};

} // namespace finch::accounting
