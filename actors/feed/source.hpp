/// Where a feed gets one instrument's market data from: recorded, simulated or live, behind one interface.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/market/data.hpp"
#include "actors/market/instrument.hpp"

#include <functional>

namespace finch::feed {

/// Takes finished blocks, in order.
using Emit = std::function<void(MarketFrame)>;

/// Tells one instrument's story in blocks. Single-threaded; an instance belongs to one feed.
class Source {
public:
  virtual ~Source() = default;

  [[nodiscard]] virtual const market::Instrument& instrument() const noexcept = 0;
  /// Emits everything of the rounds [first, last], each closed by a segment, also where there is nothing to
  /// tell. Windows follow each other without holes or overlap; the first may begin anywhere.
  [[nodiscard]] virtual Status read(market::Round first, market::Round last, const Emit& emit) = 0;
};

} // namespace finch::feed
