/// Who fires how often on stored data, and what keeps the others from it.
#pragma once

#include "actors/backtest/feature_pipeline.hpp"
#include "actors/strategies/coverage.hpp"

namespace finch::backtest {

/// Which instances over which rounds.
struct CoverageJob : FeatureJob {
  std::vector<strategies::Instance> instances;
  market::Round count_from = 0; ///< rows count from here
};

/// One coverage per instance, in order.
[[nodiscard]] Result<std::vector<strategies::Coverage>>
coverage(const CoverageJob& job, const SourceFactory& sources,
         const FeaturePipeline::Progress& progress = {});

} // namespace finch::backtest
