/// The screen: many instances over columns that were computed once, for search.
#pragma once

#include "actors/backtest/screen_book.hpp"

namespace finch::backtest {

/// Which books over which rounds of a history.
struct ScreenJob {
  std::vector<strategies::Instance> instances;
  market::Round first = 0;       ///< where the history's features begin
  market::Round trade_from = 0;  ///< votes count from here; the history reaches a look back further
  market::Round last = -1;       ///< open positions are closed at its marks
  broker::AccountConfig account; ///< of every book, but for its name, index and timeframe
  broker::BookTerms sizing = {};
  std::size_t threads = 1;
};

/// One result per instance, in order, in the form of an exact backtest's; it bears no digest. The same
/// whatever `threads` is. `progress(share)` is called from any thread, one at a time, and returns false to
/// stop, which is an `interrupted` error.
[[nodiscard]] Result<std::vector<ResultFrame>> screen(const ScreenJob& job, const History& history,
                                                      const std::function<bool(double)>& progress = {});

} // namespace finch::backtest
