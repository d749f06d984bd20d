#include "actors/backtest/screen_rows.hpp"

#include <algorithm>

namespace finch::backtest {

TimeframeRows::TimeframeRows(const History& history, market::Timeframe timeframe)
    : timeframe_{timeframe}, lanes_{history.instruments().size()} {
  for (const auto& window : history.windows()) {
    const auto& block = window.block(timeframe);
    first_.push_back(static_cast<std::int64_t>(rounds_.size()));
    window_of_.resize(window_of_.size() + block.rounds.size(), static_cast<std::uint32_t>(blocks_.size()));
    rounds_.insert(rounds_.end(), block.rounds.begin(), block.rounds.end());
    blocks_.push_back(&block);
  }
  for (auto round : rounds_)
    bars_.push_back(market::floor_div(round + 1, timeframe.minutes));
}

const double* TimeframeRows::row(std::size_t feature, std::int64_t row) const noexcept {
  auto window = window_of_[static_cast<std::size_t>(row)];
  return blocks_[window]->column(feature, lanes_) + static_cast<std::size_t>(row - first_[window]) * lanes_;
}

const double* TimeframeRows::rows(std::size_t feature, std::int64_t first, std::size_t count,
                                  double* scratch) const noexcept {
  auto last = static_cast<std::size_t>(first) + count - 1;
  if (window_of_[static_cast<std::size_t>(first)] == window_of_[last])
    return row(feature, first);
  for (std::size_t i = 0; i < count; ++i)
    std::copy_n(row(feature, first + static_cast<std::int64_t>(i)), lanes_, scratch + i * lanes_);
  return scratch;
}

void TimeframeRows::lane(std::size_t feature, std::int64_t first, std::size_t count, std::size_t lane,
                         double* out) const noexcept {
  for (auto end = first + static_cast<std::int64_t>(count); first < end;) {
    auto window = window_of_[static_cast<std::size_t>(first)];
    auto rows = static_cast<std::int64_t>(blocks_[window]->rounds.size());
    const auto* from = row(feature, first) + lane;
    for (auto last = std::min(end, first_[window] + rows); first < last; ++first, from += lanes_)
      *out++ = *from;
  }
}

std::int64_t TimeframeRows::closed_by(market::Round round) const noexcept {
  return std::upper_bound(rounds_.begin(), rounds_.end(), round) - rounds_.begin() - 1;
}

std::vector<TimeframeRows> timeframes_of(const History& history) {
  std::vector<TimeframeRows> all;
  if (!history.windows().empty())
    for (const auto& block : history.windows().front().blocks)
      all.emplace_back(history, block.timeframe);
  return all;
}

} // namespace finch::backtest
