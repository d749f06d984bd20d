/// The objects of `finch strategies` that have a file of their own.
#pragma once

#include "runtime/cli.hpp"

namespace finch::runtime {

/// `add`, `diff` and `history`.
void register_strategy_files(Command& verb);
/// `coverage`.
void register_strategy_coverage(Command& verb);

} // namespace finch::runtime
