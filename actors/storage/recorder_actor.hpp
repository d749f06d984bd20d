/// The recorder actor: what live feeds say, on disk.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/storage/recorder.hpp"

#include <memory>

namespace finch::storage {

struct RecorderState {
  RecorderActor::stateful_pointer<RecorderState> self;
  std::shared_ptr<Recorder> recorder;

  explicit RecorderState(RecorderActor::stateful_pointer<RecorderState> pointer) : self{pointer} {}
  static inline const char* name = "recorder";
};

/// Appends every block; commits when `wait_atom` asks and whenever the group is due. Ends with the store's
/// error.
RecorderActor::behavior_type recorder_actor(RecorderActor::stateful_pointer<RecorderState> self,
                                            std::shared_ptr<Recorder> recorder);

} // namespace finch::storage
