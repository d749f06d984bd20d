/// Who fires how often on stored data, and what keeps the others from it.
#pragma once

#include "actors/backtest/exact.hpp"
#include "actors/features/catalogue.hpp"
#include "actors/strategies/coverage.hpp"

namespace finch::backtest {

/// Which instances over which rounds.
struct CoverageJob {
  std::vector<market::Instrument> instruments; ///< ascending ids
  std::vector<market::Timeframe> timeframes{market::default_timeframes.begin(),
                                            market::default_timeframes.end()};
  features::Catalogue catalogue; ///< what features mean
  std::vector<strategies::Instance> instances;
  market::Round first = 0;      ///< features are computed from here
  market::Round count_from = 0; ///< rows count from here
  market::Round last = -1;
  std::int32_t window = 240; ///< rounds in memory at a time
  std::size_t threads = 1;
};

/// One coverage per instance, in order. `progress(round)` is called after each window and returns false to
/// stop, which is an `interrupted` error.
[[nodiscard]] Result<std::vector<strategies::Coverage>>
coverage(const CoverageJob& job, const SourceFactory& sources,
         const std::function<bool(market::Round)>& progress = {});

} // namespace finch::backtest
