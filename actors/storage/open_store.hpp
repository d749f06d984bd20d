/// Opening the store is recovering it: one path for a first start, a clean one and one after a crash.
/// Internal.
#pragma once

#include "actors/storage/state.hpp"

namespace finch::storage {

[[nodiscard]] Result<std::shared_ptr<StoreState>> open_state(const std::filesystem::path& data_dir, Mode mode,
                                                             Options options);
} // namespace finch::storage
