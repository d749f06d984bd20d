/// Opening the store is recovering it: one path for a first start, a clean one and one after a crash. Internal.
#pragma once

#include "actors/storage/state.hpp"

namespace finch::storage {

[[nodiscard]] Result<std::shared_ptr<StoreState>> open_state(const std::filesystem::path& data_dir, Mode mode,
                                                             Options options);
/// Reads manifests, instruments and quarantine into the mirror, replacing it. The caller holds the mutex.
[[nodiscard]] Status load_mirror(StoreState& state);
/// In read mode: compares with the watermark, unless a writer is at work and may be ahead of what is visible here.
[[nodiscard]] Status compare_as_reader(StoreState& state);

} // namespace finch::storage
