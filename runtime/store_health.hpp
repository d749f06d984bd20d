/// The tick store as `finch doctor` sees it.
#pragma once

#include "runtime/health.hpp"

namespace finch::runtime {

/// Opens the store for reading, beside a writer if there is one, and tells what it holds and what is wrong
/// with it. Blocks are not read: `finch data verify` does that.
[[nodiscard]] Check check_store(const Context& context);

} // namespace finch::runtime
