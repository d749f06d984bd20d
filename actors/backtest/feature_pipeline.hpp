/// Market data of a universe into feature frames, window by window, without actors.
#pragma once

#include "actors/features/calculator.hpp"
#include "actors/features/checkpoint.hpp"
#include "actors/features/join.hpp"
#include "actors/feed/source.hpp"
#include "actors/strategies/evaluator.hpp"
#include "actors/strategies/spec.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

namespace finch::backtest {

/// Makes the source of one instrument's market data.
using SourceFactory = std::function<Result<std::unique_ptr<feed::Source>>(const market::Instrument&)>;

/// Which features over which rounds: what every backtest begins with.
struct FeatureJob {
  std::vector<market::Instrument> instruments; ///< ascending ids
  std::vector<market::Timeframe> timeframes{market::default_timeframes.begin(),
                                            market::default_timeframes.end()};
  features::Catalogue catalogue; ///< what features mean
  market::Round first = 0;       ///< of the data: features begin here
  market::Round last = -1;
  std::int32_t window = 240; ///< rounds in memory at a time, about
  std::size_t threads = 1;
  /// Checkpoints of features that began at `first`; without `get` there are none.
  features::CheckpointShelf checkpoints;
};

/// Sources, calculators and the join, in the order the desk's actors have them: values are those of the live
/// path.
class FeaturePipeline {
public:
  /// Hears every block of the instrument at place `lane`; from any thread, but one at a time per lane.
  using Listener = std::function<void(std::size_t lane, const MarketFrame&)>;
  /// Takes the frames of the rounds [first, last], one per timeframe.
  using Consumer =
      std::function<Status(market::Round first, market::Round last, std::vector<FeatureFrame> frames)>;
  /// Returns false to stop.
  using Progress = std::function<bool(market::Round)>;

  /// A pipeline for those who need the rows from the round `wanted` on. It begins to speak two days earlier,
  /// after which even the last rows of long timeframes and the books' averages of liquidity know nothing of
  /// where it began, or with the data. What comes before only warms features up, and is skipped as far as
  /// there are checkpoints of this build. `job` must outlive it. Fails where a source cannot be made or a
  /// checkpoint is damaged.
  [[nodiscard]] static Result<FeaturePipeline> make(const FeatureJob& job, const features::Plan& plan,
                                                    market::Round wanted, const SourceFactory& sources);

  /// The same for instances that act from the round `act_from` on: the features they read and those of
  /// `also`, from where their rules look back to. Fails, too, where a spec does not compile.
  [[nodiscard]] static Result<FeaturePipeline> make(const FeatureJob& job,
                                                    std::span<const strategies::Instance> instances,
                                                    std::set<std::string> also, market::Round act_from,
                                                    const SourceFactory& sources);

  /// The first round that is told.
  [[nodiscard]] market::Round first() const noexcept { return first_; }
  /// The order of the frames' columns.
  [[nodiscard]] const strategies::FeatureLayout& layout() const noexcept { return layout_; }

  /// Tells everything from `first()` to the job's last round, in windows that end with the longest bars, so
  /// that every bar lies inside one. `hear` hears a window's market data before `consume` has its frames.
  /// The same for any number of threads. Being stopped by `progress`, which is asked after each window, is
  /// an `interrupted` error.
  [[nodiscard]] Status run(const Consumer& consume, const Listener& hear = {}, const Progress& progress = {});

private:
  struct Lane {
    std::unique_ptr<feed::Source> source;
    std::unique_ptr<features::InstrumentCalculator> calculator;
    RowsFrame rows;
    Status status;
  };

  FeaturePipeline(const FeatureJob& job, features::Plan plan) : job_{&job}, plan_{std::move(plan)} {}
  void begin();
  [[nodiscard]] Status resume();
  [[nodiscard]] bool restore(std::int32_t day, std::span<const Frame<fb::FeatureCheckpoint>> checkpoints);
  [[nodiscard]] Result<std::vector<FeatureFrame>> window(market::Round first, market::Round last,
                                                         const Listener& hear);

  const FeatureJob* job_;
  features::Plan plan_;
  strategies::FeatureLayout layout_;
  std::vector<Lane> lanes_;
  std::unique_ptr<features::Join> join_;
  market::Round step_ = 0;  // of the windows
  market::Round next_ = 0;  // the first round not read yet
  market::Round first_ = 0; // the first round told
};

/// The features every instance reads, by name.
[[nodiscard]] std::set<std::string> features_of(std::span<const strategies::Instance> instances);
/// The longest look back of the instances' rules, in rounds; fails where a spec does not compile.
[[nodiscard]] Result<market::Round> lookback_of(std::span<const strategies::Instance> instances,
                                                const FeatureJob& job);

} // namespace finch::backtest
