#include "actors/backtest/history.hpp"

#include "actors/backtest/market_record.hpp"
#include "actors/backtest/parallel.hpp"
#include "actors/features/calculator.hpp"
#include "actors/features/join.hpp"

#include <algorithm>
#include <set>

namespace finch::backtest {
namespace {

/// One instrument on its way into a history.
struct Lane {
  std::unique_ptr<feed::Source> source;
  std::unique_ptr<features::InstrumentCalculator> calculator;
  MarketRecord record;
  RowsFrame rows;
  Status status;
};

void read(Lane& lane, market::Round first, market::Round last) {
  lane.record.clear();
  lane.status = lane.source->read(first, last, [&lane](const MarketFrame& block) {
    lane.calculator->consume(*block);
    lane.record.consume(*block);
  });
  if (lane.status)
    lane.rows = lane.calculator->take(first, last);
}

/// Marks the instruments that traded at any time of each row's bar.
void mark_traded(HistoryBlock& block, const HistoryWindow& window, std::span<const Lane> lanes,
                 std::size_t words) {
  block.traded.assign(block.rounds.size() * words, 0);
  for (std::size_t row = 0; row < block.rounds.size(); ++row)
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
      const auto& traded = lanes[lane].record.traded();
      // Windows begin and end with the longest bars, so that every bar lies inside one.
      auto end = block.rounds[row] + 1 - window.first;
      auto begin = std::max<market::Round>(0, end - block.timeframe.minutes);
      if (std::any_of(traded.begin() + begin, traded.begin() + end, [](auto flag) { return flag != 0; }))
        block.traded[row * words + lane / lanes_per_word] |= LaneWord{1} << (lane % lanes_per_word);
    }
}

HistoryWindow window_of(market::Round first, market::Round last, std::vector<FeatureFrame> frames,
                        std::span<const Lane> lanes, std::size_t words) {
  HistoryWindow window{first, last, std::move(frames), {}, {}, {}};
  for (const auto& frame : window.frames) {
    HistoryBlock block{{frame->minutes()}, {}, nullptr, {}};
    if (frame->rounds() && frame->rounds()->size() > 0) {
      block.rounds = {frame->rounds()->data(), frame->rounds()->size()};
      block.values = frame->values()->data();
    }
    mark_traded(block, window, lanes, words);
    window.blocks.push_back(std::move(block));
  }
  auto rounds = static_cast<std::size_t>(last - first + 1);
  window.liquidity.resize(rounds * lanes.size());
  for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
    const auto& figures = lanes[lane].record.liquidity();
    for (std::size_t round = 0; round < rounds; ++round)
      window.liquidity[round * lanes.size() + lane] = figures[round];
    for (auto settlement : lanes[lane].record.settlements()) {
      settlement.lane = lane;
      window.settlements.push_back(settlement);
    }
  }
  std::stable_sort(window.settlements.begin(), window.settlements.end(),
                   [](const auto& a, const auto& b) { return a.round < b.round; });
  return window;
}

} // namespace

const HistoryBlock& HistoryWindow::block(market::Timeframe timeframe) const {
  static const HistoryBlock none;
  auto found = std::find_if(blocks.begin(), blocks.end(),
                            [timeframe](const auto& block) { return block.timeframe == timeframe; });
  return found == blocks.end() ? none : *found;
}

std::vector<std::string> features_of(std::span<const strategies::Instance> instances) {
  std::set<std::string> names;
  for (const auto& instance : instances)
    for (auto& name : strategies::required_features(instance.spec))
      names.insert(std::move(name));
  return {names.begin(), names.end()};
}

Result<market::Round> lookback_of(std::span<const strategies::Instance> instances,
                                  const strategies::FeatureLayout& layout) {
  market::Round rounds = 0;
  for (const auto& instance : instances) {
    auto evaluator = strategies::Evaluator::make(instance.spec, instance.timeframe, layout);
    if (!evaluator)
      return tl::unexpected(evaluator.error());
    rounds = std::max(rounds, static_cast<market::Round>(evaluator->lookback()) * instance.timeframe.minutes);
  }
  return rounds;
}

std::size_t History::cells(market::Timeframe timeframe) const noexcept {
  std::size_t rows = 0;
  for (const auto& window : windows_)
    rows += window.block(timeframe).rounds.size();
  return rows * instruments_.size();
}

Result<History> History::compute(const HistoryJob& job, const SourceFactory& sources,
                                 const std::function<bool(market::Round)>& progress) {
  std::set<std::string> names{"open", "high", "low", "close"};
  names.insert(job.features.begin(), job.features.end());
  auto plan = features::Plan::make(std::vector<std::string>{names.begin(), names.end()}, job.catalogue);
  if (!plan)
    return tl::unexpected(plan.error());
  History history;
  history.instruments_ = job.instruments;
  history.layout_.names = {plan->names().begin(), plan->names().end()};
  history.fields_ = {*plan->index("open"), *plan->index("high"), *plan->index("low"), *plan->index("close")};
  std::vector<Lane> lanes;
  for (const auto& instrument : job.instruments) {
    history.layout_.instruments.push_back(instrument.id);
    history.layout_.symbols.push_back(market::format_name(instrument.name));
    auto source = sources(instrument);
    if (!source)
      return tl::unexpected(source.error());
    lanes.push_back({std::move(*source),
                     std::make_unique<features::InstrumentCalculator>(instrument, *plan, job.timeframes),
                     MarketRecord{instrument},
                     {},
                     {}});
  }
  features::Join join{job.instruments, *plan, job.timeframes};
  std::int32_t longest = 1;
  for (auto timeframe : job.timeframes)
    longest = std::max(longest, timeframe.minutes);
  auto step = (job.window + longest - 1) / longest * longest;
  for (auto first = job.first; first <= job.last;) {
    auto last = std::min(job.last, (market::floor_div(first, step) + 1) * step - 1);
    for_each_index(lanes.size(), job.threads, [&](std::size_t i) { read(lanes[i], first, last); });
    for (const auto& lane : lanes) {
      if (!lane.status)
        return tl::unexpected(lane.status.error());
      join.add(lane.rows);
    }
    auto frames = join.take();
    if (last >= job.keep_from)
      history.windows_.push_back(window_of(first, last, std::move(frames), lanes, history.words()));
    if (progress && !progress(last))
      return fail(Category::interrupted, "the computation of features was stopped");
    first = last + 1;
  }
  return history;
}

} // namespace finch::backtest
