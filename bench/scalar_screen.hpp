/// The screen's peer: one strategy, one instrument, one bar after the other.
#pragma once

#include "actors/backtest/screen.hpp"

namespace finch::bench {

/// The books of `job` by a plain loop on one thread: votes of all bars first, then each instrument's
/// positions bar by bar with the same costs. Trades in order of exit per instrument.
[[nodiscard]] Result<std::vector<std::vector<fb::Trade>>> scalar_screen(const backtest::ScreenJob& job,
                                                                        const backtest::History& history);

} // namespace finch::bench
