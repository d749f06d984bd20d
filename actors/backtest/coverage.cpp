#include "actors/backtest/coverage.hpp"

#include "actors/backtest/parallel.hpp"
#include "actors/features/calculator.hpp"
#include "actors/features/join.hpp"
#include "actors/strategies/assembly.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace finch::backtest {
namespace {

struct Lane {
  std::unique_ptr<feed::Source> source;
  std::unique_ptr<features::InstrumentCalculator> calculator;
  RowsFrame rows;
  Status status;
};

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

  Status prepare(const SourceFactory& sources);
  Status window(market::Round first, market::Round last);
  [[nodiscard]] std::vector<strategies::Coverage> results() const {
    std::vector<strategies::Coverage> all;
    for (const auto& voter : voters_)
      if (voter.meter)
        all.push_back(voter.meter->coverage());
    return all;
  }

private:
  Status add(const strategies::Part& part, const strategies::FeatureLayout& layout);
  void vote(Voter& voter, std::span<const FeatureFrame> frames);

  const CoverageJob& job_;
  std::vector<Lane> lanes_;
  std::vector<Voter> voters_;
  std::vector<std::vector<std::size_t>> levels_;
  std::unique_ptr<features::Join> join_;
};

Status Run::prepare(const SourceFactory& sources) {
  std::set<std::string> names{"close"};
  for (const auto& instance : job_.instances)
    for (auto& name : strategies::required_features(instance.spec))
      names.insert(std::move(name));
  auto plan = features::Plan::make(std::vector<std::string>{names.begin(), names.end()}, job_.catalogue);
  if (!plan)
    return tl::unexpected(plan.error());
  strategies::FeatureLayout layout{{plan->names().begin(), plan->names().end()}, {}, {}};
  for (const auto& instrument : job_.instruments) {
    layout.instruments.push_back(instrument.id);
    layout.symbols.push_back(market::format_name(instrument.name));
    auto source = sources(instrument);
    if (!source)
      return tl::unexpected(source.error());
    lanes_.push_back({std::move(*source),
                      std::make_unique<features::InstrumentCalculator>(instrument, *plan, job_.timeframes),
                      {},
                      {}});
  }
  join_ = std::make_unique<features::Join>(job_.instruments, *plan, job_.timeframes);
  auto parts = strategies::parts_of(job_.instances);
  for (const auto& part : parts)
    if (auto added = add(part, layout); !added)
      return added;
  levels_ = strategies::levels_of(parts);
  return {};
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
  voter.votes.resize(own.rounds.size() * lanes_.size());
  voter.evaluator.vote_columns(own, others, voter.votes, taken);
  auto counted = std::lower_bound(own.rounds.begin(), own.rounds.end(), job_.count_from) - own.rounds.begin();
  // A day more than the look back, so that the last rows of longer timeframes are known too.
  auto warm_up = static_cast<market::Round>(voter.evaluator.lookback() + 1) * own.timeframe.minutes +
                 market::rounds_per_day;
  if (voter.meter && !own.rounds.empty() && own.rounds.back() >= job_.count_from - warm_up)
    voter.meter->take(own, others, voter.votes, taken, static_cast<std::size_t>(counted));
}

Status Run::window(market::Round first, market::Round last) {
  for_each_index(lanes_.size(), job_.threads, [&](std::size_t i) {
    auto& lane = lanes_[i];
    lane.status = lane.source->read(first, last,
                                    [&lane](const MarketFrame& block) { lane.calculator->consume(*block); });
    if (lane.status)
      lane.rows = lane.calculator->take(first, last);
  });
  for (const auto& lane : lanes_) {
    if (!lane.status)
      return lane.status;
    join_->add(lane.rows);
  }
  auto frames = join_->take();
  for (const auto& level : levels_)
    for_each_index(level.size(), job_.threads, [&](std::size_t i) { vote(voters_[level[i]], frames); });
  return {};
}

} // namespace

Result<std::vector<strategies::Coverage>> coverage(const CoverageJob& job, const SourceFactory& sources,
                                                   const std::function<bool(market::Round)>& progress) {
  Run run{job};
  if (auto ready = run.prepare(sources); !ready)
    return tl::unexpected(ready.error());
  for (auto first = job.first; first <= job.last; first += job.window) {
    auto last = std::min(first + job.window - 1, job.last);
    if (auto done = run.window(first, last); !done)
      return tl::unexpected(done.error());
    if (progress && !progress(last))
      return fail(Category::interrupted, "the coverage was stopped");
  }
  return run.results();
}

} // namespace finch::backtest
