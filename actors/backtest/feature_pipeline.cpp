#include "actors/backtest/feature_pipeline.hpp"

#include "actors/backtest/parallel.hpp"

#include <algorithm>
#include <numeric>

namespace finch::backtest {
namespace {

/// Told before the first round wanted: the last day's bars of every timeframe and liquidity's averages, whose
/// weight of what is two days old is below the least double's.
constexpr market::Round settling = 2 * market::rounds_per_day;

/// The job's window in whole bars of every timeframe.
market::Round window_of(const FeatureJob& job) {
  market::Round common = 1;
  for (auto timeframe : job.timeframes)
    common = std::lcm(common, market::Round{timeframe.minutes});
  return (std::max<market::Round>(job.window, 1) + common - 1) / common * common;
}

strategies::FeatureLayout layout_of(const FeatureJob& job, std::vector<std::string> names) {
  strategies::FeatureLayout layout{std::move(names), {}, {}};
  for (const auto& instrument : job.instruments) {
    layout.instruments.push_back(instrument.id);
    layout.symbols.push_back(market::format_name(instrument.name));
  }
  return layout;
}

} // namespace

std::set<std::string> features_of(std::span<const strategies::Instance> instances) {
  std::set<std::string> names;
  for (const auto& instance : instances)
    for (auto& name : strategies::required_features(instance.spec))
      names.insert(std::move(name));
  return names;
}

Result<market::Round> lookback_of(std::span<const strategies::Instance> instances, const FeatureJob& job) {
  auto names = features_of(instances);
  auto layout = layout_of(job, {names.begin(), names.end()});
  market::Round rounds = 0;
  for (const auto& instance : instances) {
    auto evaluator = strategies::Evaluator::make(instance.spec, instance.timeframe, layout);
    if (!evaluator)
      return tl::unexpected(evaluator.error());
    rounds =
        std::max(rounds, static_cast<market::Round>(evaluator->lookback() + 1) * instance.timeframe.minutes);
  }
  return rounds;
}

Result<FeaturePipeline> FeaturePipeline::make(const FeatureJob& job, const features::Plan& plan,
                                              market::Round wanted, const SourceFactory& sources) {
  FeaturePipeline out{job, plan};
  out.layout_ = layout_of(job, {plan.names().begin(), plan.names().end()});
  for (const auto& instrument : job.instruments) {
    auto source = sources(instrument);
    if (!source)
      return tl::unexpected(source.error());
    out.lanes_.push_back({std::move(*source), nullptr, {}, {}});
  }
  out.step_ = window_of(job);
  out.first_ = std::max(job.first, market::floor_div(wanted - settling, out.step_) * out.step_);
  if (auto resumed = out.resume(); !resumed)
    return tl::unexpected(resumed.error());
  return out;
}

Result<FeaturePipeline> FeaturePipeline::make(const FeatureJob& job,
                                              std::span<const strategies::Instance> instances,
                                              std::set<std::string> also, market::Round act_from,
                                              const SourceFactory& sources) {
  also.merge(features_of(instances));
  auto lookback = lookback_of(instances, job);
  if (!lookback)
    return tl::unexpected(lookback.error());
  auto plan = features::Plan::make(std::vector<std::string>{also.begin(), also.end()}, job.catalogue);
  if (!plan)
    return tl::unexpected(plan.error());
  return make(job, *plan, act_from - *lookback, sources);
}

/// Calculators and a join that know nothing yet.
void FeaturePipeline::begin() {
  for (std::size_t i = 0; i < lanes_.size(); ++i)
    lanes_[i].calculator =
        std::make_unique<features::InstrumentCalculator>(job_->instruments[i], plan_, job_->timeframes);
  join_ = std::make_unique<features::Join>(job_->instruments, plan_, job_->timeframes);
  next_ = job_->first;
}

/// Begins at the newest midnight before the first round told that has checkpoints, else with the data.
Status FeaturePipeline::resume() {
  begin();
  if (!job_->checkpoints.get)
    return {};
  auto day_of = [](market::Round round) { return market::day_of(market::round_begin(round)); };
  for (auto day = day_of(first_); market::Round{day} * market::rounds_per_day >= job_->first; --day) {
    auto checkpoints = features::checkpoints_of(job_->checkpoints, job_->instruments, day);
    if (!checkpoints)
      return tl::unexpected(checkpoints.error());
    if (!*checkpoints)
      continue;
    if (restore(day, **checkpoints)) {
      next_ = market::Round{day} * market::rounds_per_day;
      return {};
    }
    begin();
  }
  return {};
}

/// Whether these checkpoints are of this build and plan; what was there before is lost either way.
bool FeaturePipeline::restore(std::int32_t day, std::span<const Frame<fb::FeatureCheckpoint>> checkpoints) {
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    const auto& saved = checkpoints[i];
    if (saved->day() != day || !saved->calculator() || !saved->join() ||
        !lanes_[i].calculator->restore(*saved->calculator()) ||
        !join_->restore(*saved->join(), job_->instruments[i].id))
      return false;
  }
  return true;
}

Result<std::vector<FeatureFrame>> FeaturePipeline::window(market::Round first, market::Round last,
                                                          const Listener& hear) {
  for_each_index(lanes_.size(), job_->threads, [&](std::size_t i) {
    auto& lane = lanes_[i];
    lane.status = lane.source->read(first, last, [&](const MarketFrame& block) {
      lane.calculator->consume(*block);
      if (hear && first >= first_)
        hear(i, block);
    });
    if (lane.status)
      lane.rows = lane.calculator->take(first, last);
  });
  for (const auto& lane : lanes_) {
    if (!lane.status)
      return tl::unexpected(lane.status.error());
    join_->add(lane.rows);
  }
  return join_->take();
}

Status FeaturePipeline::run(const Consumer& consume, const Listener& hear, const Progress& progress) {
  while (next_ <= job_->last) {
    auto first = next_;
    auto last = std::min(job_->last, (market::floor_div(first, step_) + 1) * step_ - 1);
    auto frames = window(first, last, hear);
    if (!frames)
      return tl::unexpected(frames.error());
    if (first >= first_)
      if (auto consumed = consume(first, last, std::move(*frames)); !consumed)
        return consumed;
    if (progress && !progress(last))
      return fail(Category::interrupted, "the work over stored data was stopped");
    next_ = last + 1;
  }
  return {};
}

} // namespace finch::backtest
