/// Runs independent pieces of work on several threads.
#pragma once

#include <cstddef>
#include <functional>

namespace finch::backtest {

/// Calls `work(i)` once for every i below `count`, on up to `threads` threads. Which thread takes which piece
/// is not defined, so pieces must not share state; with one thread they run in order. An exception ends the
/// call with it.
void for_each_index(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& work);

} // namespace finch::backtest
