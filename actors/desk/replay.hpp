/// A replay: recorded data through all actors of one desk, as fast as they go.
#pragma once

#include "actors/desk/desk.hpp"
#include "actors/feed/source_blocks.hpp"
#include "actors/storage/tick_store.hpp"

#include <memory>

namespace finch::desk {

/// The rounds a set of instruments has data for.
[[nodiscard]] Result<Window> recorded_rounds(const storage::TickStore& store,
                                             const std::vector<market::Instrument>& instruments);

struct ReplayJob {
  DeskConfig desk;
  market::Round last = 0; ///< the last round settled
  std::size_t threads = 1;
  feed::BlockLimits limits;
  bool finish = true; ///< close what is open at the end; a live session leaves it open
};

/// Runs the job. The result does not depend on `threads`, `limits` or the
/// desk's window. `progress(round)` returns false to stop, which is an `interrupted` error. `records`, where
/// given, takes what the accounts kept.
[[nodiscard]] Result<DeskResult> replay(const std::shared_ptr<const storage::TickStore>& store,
                                        const ReplayJob& job,
                                        const std::function<bool(market::Round)>& progress = {},
                                        DeskRecords* records = nullptr);

} // namespace finch::desk
