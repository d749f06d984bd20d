#include "actors/backtest/exact.hpp"

#include "actors/backtest/parallel.hpp"
#include "actors/features/calculator.hpp"
#include "actors/features/join.hpp"
#include "actors/strategies/assembly.hpp"
#include "actors/strategies/entry_features.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace finch::backtest {
namespace {

constexpr const char* regime_feature = "market_regime";

/// What one instrument brings along and said in the current window.
struct Lane {
  std::unique_ptr<feed::Source> source;
  std::unique_ptr<features::InstrumentCalculator> calculator;
  std::vector<MarketFrame> blocks;
  RowsFrame rows;
  Status status;
};

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

  Status prepare(const SourceFactory& sources);
  Status window(market::Round first, market::Round last);
  std::vector<ResultFrame> results();

private:
  Status add_candidate(const strategies::Part& part, const strategies::FeatureLayout& layout);
  void read(Lane& lane, market::Round first, market::Round last) const;
  void trade(std::size_t index, std::span<const FeatureFrame> features);

  const ExactJob& job_;
  std::vector<Lane> lanes_;
  std::vector<Candidate> candidates_; // the instances in order, then those they refer to
  std::vector<std::vector<std::size_t>> levels_;
  std::unique_ptr<features::Join> join_;
};

Status Run::prepare(const SourceFactory& sources) {
  std::set<std::string> names{"close", regime_feature};
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
                      {},
                      {}});
  }
  join_ = std::make_unique<features::Join>(job_.instruments, *plan, job_.timeframes);
  auto parts = strategies::parts_of(job_.instances);
  for (const auto& part : parts)
    if (auto added = add_candidate(part, layout); !added)
      return added;
  levels_ = strategies::levels_of(parts);
  return {};
}

Status Run::add_candidate(const strategies::Part& part, const strategies::FeatureLayout& layout) {
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
  book.account.first_round = job_.first;
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

void Run::read(Lane& lane, market::Round first, market::Round last) const {
  lane.blocks.clear();
  lane.status = lane.source->read(first, last, [&lane](const MarketFrame& block) {
    lane.calculator->consume(*block);
    lane.blocks.push_back(block);
  });
  if (lane.status)
    lane.rows = lane.calculator->take(first, last);
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
  for (const auto& lane : lanes_)
    for (const auto& block : lane.blocks)
      if (auto consumed = book.consume(block); !consumed)
        candidate.status = tl::unexpected(consumed.error());
  book.advance();
  if (candidate.status)
    candidate.status = book.account().status();
}

Status Run::window(market::Round first, market::Round last) {
  for_each_index(lanes_.size(), job_.threads, [&](std::size_t i) { read(lanes_[i], first, last); });
  for (const auto& lane : lanes_) {
    if (!lane.status)
      return lane.status;
    join_->add(lane.rows);
  }
  auto features = join_->take();
  for (const auto& level : levels_) {
    for_each_index(level.size(), job_.threads, [&](std::size_t i) { trade(level[i], features); });
    for (auto i : level)
      if (!candidates_[i].status)
        return candidates_[i].status;
  }
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
                                                const std::function<bool(market::Round)>& progress) {
  Run run{job};
  if (auto ready = run.prepare(sources); !ready)
    return tl::unexpected(ready.error());
  for (auto first = job.first; first <= job.last; first += job.window) {
    auto last = std::min(first + job.window - 1, job.last);
    if (auto done = run.window(first, last); !done)
      return tl::unexpected(done.error());
    if (progress && !progress(last))
      return fail(Category::interrupted, "the backtest was stopped");
  }
  return run.results();
}

} // namespace finch::backtest
