/// The exact backtest: instances' books over recorded data, tick by tick, without actors.
#pragma once

#include "actors/broker/book.hpp"
#include "actors/features/catalogue.hpp"
#include "actors/feed/source.hpp"
#include "actors/strategies/evaluator.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace finch::backtest {

/// Makes the source of one instrument's market data.
using SourceFactory = std::function<Result<std::unique_ptr<feed::Source>>(const market::Instrument&)>;

/// Which books over which rounds.
struct ExactJob {
  std::vector<market::Instrument> instruments; ///< ascending ids
  std::vector<market::Timeframe> timeframes{market::default_timeframes.begin(),
                                            market::default_timeframes.end()};
  features::Catalogue catalogue; ///< what features mean
  std::vector<strategies::Instance> instances;
  market::Round first = 0;       ///< features are computed from here
  market::Round trade_from = 0;  ///< votes count from here
  market::Round last = -1;       ///< the last round settled; open positions are closed at its marks
  broker::AccountConfig account; ///< of every book, but for its name, index and timeframe
  std::int32_t window = 240;     ///< rounds in memory at a time
  std::size_t threads = 1;
};

/// One result per instance, in order. The same cores in the same order as in a full replay, so that each
/// result equals its book there, trade for trade, whatever `window` and `threads` are. `progress(round)` is
/// called after each window and returns false to stop, which is an `interrupted` error.
[[nodiscard]] Result<std::vector<ResultFrame>>
exact_backtest(const ExactJob& job, const SourceFactory& sources,
               const std::function<bool(market::Round)>& progress = {});

} // namespace finch::backtest
