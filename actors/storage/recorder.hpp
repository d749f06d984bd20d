/// Live recording: what a feed says goes into the tick store as it is said.
#pragma once

#include "actors/storage/tick_store.hpp"
#include "schemas/market_generated.h"

#include <memory>

namespace finch::storage {

/// Takes blocks of any instruments. A tick's id is its running number, so that recording goes on where it
/// stopped.
class Recorder {
public:
  explicit Recorder(std::shared_ptr<TickStore> store) : store_{std::move(store)} {}

  /// Queues a block's ticks, quotes and funding, and a mark for every round it closes.
  [[nodiscard]] Status keep(const fb::MarketBlock& block);
  /// Syncs everything queued. What was kept before a successful commit is on disk.
  [[nodiscard]] Status commit();
  [[nodiscard]] std::uint64_t ticks() const noexcept { return ticks_; }

private:
  struct Cursor {
    std::uint32_t tick = 0, quote = 0, funding = 0;
  };
  [[nodiscard]] Status keep(const fb::MarketBlock& block, const fb::Segment& segment,
                            const market::Instrument& facts, Cursor& from);

  std::shared_ptr<TickStore> store_;
  market::TickColumns tick_columns_;
  std::uint64_t ticks_ = 0;
  bool queued_ = false;
};

} // namespace finch::storage
