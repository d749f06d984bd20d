#include "actors/backtest/exact.hpp"

#include "actors/backtest/parallel.hpp"
#include "actors/broker/book.hpp"
#include "actors/strategies/assembly.hpp"
#include "actors/strategies/entry_features.hpp"

#include <algorithm>
#include <optional>

namespace finch::backtest {
namespace {

constexpr const char* regime_feature = "market_regime";

/// One instance under test, or a strategy whose votes one takes, which has no book.
struct Candidate {
  strategies::Evaluator evaluator;
  std::optional<broker::Book> book;
  std::vector<std::size_t> references; // candidates whose votes it takes
  VoteFrame votes;                     // of the current window
  Status status;
};

class Run {
public:
  explicit Run(const ExactJob& job) : job_{job} {}

  Result<std::vector<ResultFrame>> run(const SourceFactory& sources,
                                       const FeaturePipeline::Progress& progress);

private:
  Status add_candidate(const strategies::Part& part, const FeaturePipeline& pipeline);
  Status trade(std::span<const FeatureFrame> features);
  void trade(std::size_t index, std::span<const FeatureFrame> features);

  [[nodiscard]] std::vector<ResultFrame> results();

  const ExactJob& job_;
  std::vector<std::vector<MarketFrame>> blocks_; // per instrument, of the current window
  std::vector<Candidate> candidates_;            // the instances in order, then those they refer to
  std::vector<std::vector<std::size_t>> levels_;
};

Result<std::vector<ResultFrame>> Run::run(const SourceFactory& sources,
                                          const FeaturePipeline::Progress& progress) {
  auto pipeline =
      FeaturePipeline::make(job_, job_.instances, {"close", regime_feature}, job_.trade_from, sources);
  if (!pipeline)
    return tl::unexpected(pipeline.error());
  auto parts = strategies::parts_of(job_.instances);
  for (const auto& part : parts)
    if (auto added = add_candidate(part, *pipeline); !added)
      return tl::unexpected(added.error());
  levels_ = strategies::levels_of(parts);
  blocks_.resize(job_.instruments.size());
  auto ran = pipeline->run(
      [this](market::Round, market::Round, const std::vector<FeatureFrame>& features) {
        return trade(features);
      },
      [this](std::size_t lane, const MarketFrame& block) { blocks_[lane].push_back(block); }, progress);
  if (!ran)
    return tl::unexpected(ran.error());
  return results();
}

Status Run::add_candidate(const strategies::Part& part, const FeaturePipeline& pipeline) {
  const auto& layout = pipeline.layout();
  const auto& instance = part.instance;
  auto evaluator = strategies::Evaluator::make(instance.spec, instance.timeframe, layout);
  if (!evaluator)
    return tl::unexpected(evaluator.error());
  auto& candidate = candidates_.emplace_back(Candidate{std::move(*evaluator), {}, part.references, {}, {}});
  if (!part.asked)
    return {};
  broker::BookConfig book{.account = job_.account,
                          .rules = strategies::holding_rules(instance.spec),
                          .trade_from = job_.trade_from};
  book.account.name = instance.id();
  book.account.instance = static_cast<int>(candidates_.size()) - 1;
  book.account.first_round = pipeline.first();
  book.account.trade_from = job_.trade_from;
  book.account.minutes = instance.timeframe.minutes;
  auto regime = std::find(layout.names.begin(), layout.names.end(), regime_feature);
  book.account.context.regime = static_cast<std::size_t>(regime - layout.names.begin());
  book.account.context.timeframes = strategies::entry_timeframes(instance, job_.timeframes);
  book.account.context.features.resize(candidates_.size() - 1);
  book.account.context.features.push_back(strategies::kept_features(instance.spec, layout));
  candidate.book.emplace(book, job_.instruments);
  return {};
}

void Run::trade(std::size_t index, std::span<const FeatureFrame> features) {
  auto& candidate = candidates_[index];
  std::vector<VoteFrame> taken;
  for (auto reference : candidate.references)
    taken.push_back(candidates_[reference].votes);
  auto votes = candidate.evaluator.vote(static_cast<std::uint32_t>(index), features, taken);
  if (!votes) {
    candidate.status = tl::unexpected(votes.error());
    return;
  }
  candidate.votes = std::move(*votes);
  if (!candidate.book)
    return;
  auto& book = *candidate.book;
  for (const auto& rows : features)
    book.features(rows);
  candidate.status = book.votes(candidate.votes);
  for (const auto& blocks : blocks_)
    for (const auto& block : blocks)
      if (auto consumed = book.consume(block); !consumed)
        candidate.status = tl::unexpected(consumed.error());
  book.advance();
  if (candidate.status)
    candidate.status = book.account().status();
}

/// One window of all candidates, those others refer to first.
Status Run::trade(std::span<const FeatureFrame> features) {
  for (const auto& level : levels_) {
    for_each_index(level.size(), job_.threads, [&](std::size_t i) { trade(level[i], features); });
    for (auto i : level)
      if (!candidates_[i].status)
        return candidates_[i].status;
  }
  for (auto& blocks : blocks_)
    blocks.clear();
  return {};
}

std::vector<ResultFrame> Run::results() {
  std::vector<ResultFrame> results;
  for (auto& candidate : candidates_) {
    if (!candidate.book)
      continue;
    candidate.book->finish();
    results.push_back(candidate.book->result());
  }
  return results;
}

} // namespace

Result<std::vector<ResultFrame>> exact_backtest(const ExactJob& job, const SourceFactory& sources,
                                                const FeaturePipeline::Progress& progress) {
  return Run{job}.run(sources, progress);
}

} // namespace finch::backtest
