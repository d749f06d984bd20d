/// The exact backtest: instances' books over recorded data, tick by tick, without actors.
#pragma once

#include "actors/backtest/feature_pipeline.hpp"
#include "actors/broker/types.hpp"
#include "schemas/results_generated.h"

namespace finch::backtest {

/// Which books over which rounds.
struct ExactJob : FeatureJob {
  std::vector<strategies::Instance> instances;
  market::Round trade_from = 0;  ///< votes count from here; what is open after `last` is closed at its marks
  broker::AccountConfig account; ///< of every book, but for its name, index and timeframe
};

/// One result per instance, in order. The same cores in the same order as in a full replay, so that each
/// result equals its book there, trade for trade, whatever `window`, `threads` and `checkpoints` are; only
/// how much of the market it was shown before trading may differ. `progress(round)` is
/// called after each window and returns false to stop, which is an `interrupted` error.
[[nodiscard]] Result<std::vector<ResultFrame>> exact_backtest(const ExactJob& job,
                                                              const SourceFactory& sources,
                                                              const FeaturePipeline::Progress& progress = {});

} // namespace finch::backtest
