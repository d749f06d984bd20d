/// Live recording: what a feed says goes into the tick store as it is said.
#pragma once

#include "actors/storage/tick_store.hpp"
#include "schemas/market_generated.h"

#include <map>
#include <memory>
#include <optional>

namespace finch::storage {

/// The first round of an instrument that live recording has not closed yet, looking back from its newest
/// tick; nothing where no live round was ever closed.
[[nodiscard]] Result<std::optional<market::Round>> next_live_round(const TickStore& store,
                                                                   market::InstrumentId instrument);
/// Takes blocks of any instruments. Rounds closed in an earlier life are not marked again. Recording goes on
/// where it stopped, be it in the middle of a round: a tick's id is its running number, and quotes not later
/// than the last one stored before are there already.
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

  /// The first quote of [from, to) that was not stored before this recording.
  [[nodiscard]] std::uint32_t first_new_quote(const fb::MarketBlock& block, std::uint32_t from,
                                              std::uint32_t to);

  std::shared_ptr<TickStore> store_;
  std::map<market::InstrumentId, market::Round> next_;        ///< first round not closed yet
  std::map<market::InstrumentId, market::TimeNs> last_quote_; ///< stored before this recording
  market::TickColumns tick_columns_;
  std::uint64_t ticks_ = 0;
  bool queued_ = false;
};

} // namespace finch::storage
