#include "actors/backtest/exact.hpp"

#include "actors/backtest/parallel.hpp"
#include "actors/features/calculator.hpp"
#include "actors/features/join.hpp"

#include <algorithm>
#include <set>

namespace finch::backtest {
namespace {

/// What one instrument brings along and said in the current window.
struct Lane {
  std::unique_ptr<feed::Source> source;
  std::unique_ptr<features::InstrumentCalculator> calculator;
  std::vector<MarketFrame> blocks;
  RowsFrame rows;
  Status status;
};

/// One instance under test.
struct Candidate {
  strategies::Evaluator evaluator;
  broker::Book book;
  Status status;
};

class Run {
public:
  explicit Run(const ExactJob& job) : job_{job} {}

  Status prepare(const SourceFactory& sources);
  Status window(market::Round first, market::Round last);
  std::vector<ResultFrame> results();

private:
  Status add_candidate(std::size_t index, const strategies::FeatureLayout& layout);
  void read(Lane& lane, market::Round first, market::Round last) const;
  static void trade(Candidate& candidate, std::uint32_t index, std::span<const FeatureFrame> features,
                    std::span<const Lane> lanes);

  const ExactJob& job_;
  std::vector<Lane> lanes_;
  std::vector<Candidate> candidates_;
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
                      {},
                      {}});
  }
  join_ = std::make_unique<features::Join>(job_.instruments, *plan, job_.timeframes);
  for (std::size_t i = 0; i < job_.instances.size(); ++i)
    if (auto added = add_candidate(i, layout); !added)
      return added;
  return {};
}

Status Run::add_candidate(std::size_t index, const strategies::FeatureLayout& layout) {
  const auto& instance = job_.instances[index];
  auto evaluator = strategies::Evaluator::make(instance.spec, instance.timeframe, layout);
  if (!evaluator)
    return tl::unexpected(evaluator.error());
  auto rules = strategies::rules_of(instance.spec, instance.timeframe);
  broker::BookConfig book{.account = job_.account,
                          .rules = {rules.break_even_at_r, static_cast<int>(rules.max_hold_bars),
                                    static_cast<int>(rules.cooldown_bars)},
                          .trade_from = job_.trade_from};
  book.account.name = rules.id;
  book.account.instance = static_cast<int>(index);
  book.account.first_round = job_.first;
  book.account.trade_from = job_.trade_from;
  book.account.minutes = instance.timeframe.minutes;
  candidates_.push_back({std::move(*evaluator), broker::Book{book, job_.instruments}, {}});
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

void Run::trade(Candidate& candidate, std::uint32_t index, std::span<const FeatureFrame> features,
                std::span<const Lane> lanes) {
  auto votes = candidate.evaluator.vote(index, features);
  if (!votes) {
    candidate.status = tl::unexpected(votes.error());
    return;
  }
  candidate.status = candidate.book.votes(*votes);
  for (const auto& lane : lanes)
    for (const auto& block : lane.blocks)
      if (auto taken = candidate.book.consume(block); !taken)
        candidate.status = tl::unexpected(taken.error());
  candidate.book.advance();
  if (candidate.status)
    candidate.status = candidate.book.account().status();
}

Status Run::window(market::Round first, market::Round last) {
  for_each_index(lanes_.size(), job_.threads, [&](std::size_t i) { read(lanes_[i], first, last); });
  for (const auto& lane : lanes_) {
    if (!lane.status)
      return lane.status;
    join_->add(lane.rows);
  }
  auto features = join_->take();
  for_each_index(candidates_.size(), job_.threads, [&](std::size_t i) {
    trade(candidates_[i], static_cast<std::uint32_t>(i), features, lanes_);
  });
  for (const auto& candidate : candidates_)
    if (!candidate.status)
      return candidate.status;
  return {};
}

std::vector<ResultFrame> Run::results() {
  std::vector<ResultFrame> results;
  for (auto& candidate : candidates_) {
    candidate.book.finish();
    results.push_back(candidate.book.result());
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
