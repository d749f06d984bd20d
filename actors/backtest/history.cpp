#include "actors/backtest/history.hpp"

#include "actors/backtest/market_record.hpp"
#include "actors/backtest/parallel.hpp"

#include <algorithm>
#include <set>

namespace finch::backtest {
namespace {

/// Marks the instruments that traded at any time of each row's bar.
void mark_traded(HistoryBlock& block, const HistoryWindow& window, std::span<const MarketRecord> lanes,
                 std::size_t words) {
  block.traded.assign(block.rounds.size() * words, 0);
  for (std::size_t row = 0; row < block.rounds.size(); ++row)
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
      const auto& traded = lanes[lane].traded();
      // Windows begin and end with the longest bars, so that every bar lies inside one.
      auto end = block.rounds[row] + 1 - window.first;
      auto begin = std::max<market::Round>(0, end - block.timeframe.minutes);
      if (std::any_of(traded.begin() + begin, traded.begin() + end, [](auto flag) { return flag != 0; }))
        block.traded[row * words + lane / lanes_per_word] |= LaneWord{1} << (lane % lanes_per_word);
    }
}

HistoryWindow window_of(market::Round first, market::Round last, std::vector<FeatureFrame> frames,
                        std::span<const MarketRecord> lanes, std::size_t words) {
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
    const auto& figures = lanes[lane].liquidity();
    for (std::size_t round = 0; round < rounds; ++round)
      window.liquidity[round * lanes.size() + lane] = figures[round];
    for (auto settlement : lanes[lane].settlements()) {
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

std::size_t History::cells(market::Timeframe timeframe) const noexcept {
  std::size_t rows = 0;
  for (const auto& window : windows_)
    rows += window.block(timeframe).rounds.size();
  return rows * instruments_.size();
}

Result<History> History::compute(const HistoryJob& job, const SourceFactory& sources,
                                 const FeaturePipeline::Progress& progress) {
  auto names = job.features;
  names.insert({"open", "high", "low", "close"});
  auto plan = features::Plan::make(std::vector<std::string>{names.begin(), names.end()}, job.catalogue);
  if (!plan)
    return tl::unexpected(plan.error());
  auto pipeline = FeaturePipeline::make(job, *plan, job.keep_from, sources);
  if (!pipeline)
    return tl::unexpected(pipeline.error());
  History history;
  history.instruments_ = job.instruments;
  history.layout_ = pipeline->layout();
  auto place = [&columns = history.layout_.names](std::string_view name) {
    return static_cast<std::size_t>(std::find(columns.begin(), columns.end(), name) - columns.begin());
  };
  history.fields_ = {place("open"), place("high"), place("low"), place("close")};
  std::vector<MarketRecord> records;
  for (const auto& instrument : job.instruments)
    records.emplace_back(instrument);
  auto ran = pipeline->run(
      [&](market::Round first, market::Round last, std::vector<FeatureFrame> frames) -> Status {
        if (last >= job.keep_from)
          history.windows_.push_back(window_of(first, last, std::move(frames), records, history.words()));
        for (auto& record : records)
          record.clear();
        return {};
      },
      [&](std::size_t lane, const MarketFrame& block) { records[lane].consume(*block); }, progress);
  if (!ran)
    return tl::unexpected(ran.error());
  return history;
}

} // namespace finch::backtest
