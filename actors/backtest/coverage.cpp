#include "actors/backtest/coverage.hpp"

#include "actors/backtest/parallel.hpp"
#include "actors/strategies/assembly.hpp"

#include <algorithm>
#include <optional>

namespace finch::backtest {
namespace {

/// An instance, or a strategy whose votes one takes, which is not measured.
struct Voter {
  strategies::Evaluator evaluator;
  std::optional<strategies::CoverageMeter> meter;
  std::vector<std::size_t> references;
  std::vector<fb::Vote> votes; // of the current window
};

class Run {
public:
  explicit Run(const CoverageJob& job) : job_{job} {}

  Result<std::vector<strategies::Coverage>> run(const SourceFactory& sources,
                                                const FeaturePipeline::Progress& progress);

private:
  Status add(const strategies::Part& part, const strategies::FeatureLayout& layout);
  void vote(Voter& voter, std::span<const FeatureFrame> frames);

  const CoverageJob& job_;
  std::vector<Voter> voters_;
  std::vector<std::vector<std::size_t>> levels_;
};

Result<std::vector<strategies::Coverage>> Run::run(const SourceFactory& sources,
                                                   const FeaturePipeline::Progress& progress) {
  auto pipeline = FeaturePipeline::make(job_, job_.instances, {"close"}, job_.count_from, sources);
  if (!pipeline)
    return tl::unexpected(pipeline.error());
  auto parts = strategies::parts_of(job_.instances);
  for (const auto& part : parts)
    if (auto added = add(part, pipeline->layout()); !added)
      return tl::unexpected(added.error());
  levels_ = strategies::levels_of(parts);
  auto ran = pipeline->run(
      [this](market::Round, market::Round, const std::vector<FeatureFrame>& frames) -> Status {
        for (const auto& level : levels_)
          for_each_index(level.size(), job_.threads, [&](std::size_t i) { vote(voters_[level[i]], frames); });
        return {};
      },
      {}, progress);
  if (!ran)
    return tl::unexpected(ran.error());
  std::vector<strategies::Coverage> all;
  for (const auto& voter : voters_)
    if (voter.meter)
      all.push_back(voter.meter->coverage());
  return all;
}

Status Run::add(const strategies::Part& part, const strategies::FeatureLayout& layout) {
  auto evaluator = strategies::Evaluator::make(part.instance.spec, part.instance.timeframe, layout);
  if (!evaluator)
    return tl::unexpected(evaluator.error());
  voters_.push_back({std::move(*evaluator), {}, part.references, {}});
  if (!part.asked)
    return {};
  auto meter = strategies::CoverageMeter::make(part.instance, layout);
  if (!meter)
    return tl::unexpected(meter.error());
  voters_.back().meter.emplace(std::move(*meter));
  return {};
}

void Run::vote(Voter& voter, std::span<const FeatureFrame> frames) {
  strategies::Evaluator::Columns own{voter.evaluator.timeframe(), {}, nullptr};
  std::vector<strategies::Evaluator::Columns> others;
  for (const auto& frame : frames) {
    strategies::Evaluator::Columns columns{{frame->minutes()}, {}, nullptr};
    if (frame->rounds() && frame->rounds()->size() > 0) {
      columns.rounds = {frame->rounds()->data(), frame->rounds()->size()};
      columns.values = frame->values()->data();
    }
    (columns.timeframe == own.timeframe ? own : others.emplace_back()) = columns;
  }
  std::vector<const fb::Vote*> taken;
  for (auto reference : voter.references)
    taken.push_back(voters_[reference].votes.data());
  voter.votes.resize(own.rounds.size() * job_.instruments.size());
  voter.evaluator.vote_columns(own, others, voter.votes, taken);
  auto counted = std::lower_bound(own.rounds.begin(), own.rounds.end(), job_.count_from) - own.rounds.begin();
  if (voter.meter && !own.rounds.empty())
    voter.meter->take(own, others, voter.votes, taken, static_cast<std::size_t>(counted));
}

} // namespace

Result<std::vector<strategies::Coverage>> coverage(const CoverageJob& job, const SourceFactory& sources,
                                                   const FeaturePipeline::Progress& progress) {
  return Run{job}.run(sources, progress);
}

} // namespace finch::backtest
