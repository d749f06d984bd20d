#include "actors/storage/recorder_actor.hpp"

#include "schemas/caf_error.hpp"

namespace finch::storage {
RecorderActor::behavior_type recorder_actor(RecorderActor::stateful_pointer<RecorderState> self,
                                            std::shared_ptr<Recorder> recorder) {
  self->state.recorder = std::move(recorder);
  return {
      [self](const MarketFrame& block) {
        auto kept = self->state.recorder->keep(*block);
        // One sync serves everything that has queued up meanwhile.
        if (kept && self->mailbox().empty())
          kept = self->state.recorder->commit();
        if (!kept)
          self->quit(to_caf(kept.error()));
      },
      [self](wait_atom) -> caf::result<bool> {
        auto synced = self->state.recorder->commit();
        if (!synced)
          return to_caf(synced.error());
        return true;
      },
  };
}

} // namespace finch::storage
