/// What a run of blocks told, put back together independently of how it was cut: the referee of the source
/// tests.
#pragma once

#include "actors/feed/source_blocks.hpp"

#include <map>
#include <tuple>
#include <vector>

namespace finch::feed::tests {

struct ToldRound {
  std::vector<std::tuple<std::int64_t, std::int64_t, std::int64_t, int>> ticks; // time, price, quantity, side
  /// Everything in the order a reader acts on it: (time, 0 quote | 1 tick | 2 funding, value).
  std::vector<std::tuple<std::int64_t, int, std::int64_t>> events;
  std::vector<std::tuple<std::int64_t, std::int64_t, double, int>> bars; // open time, close, volume, minutes
  std::int64_t low = std::numeric_limits<std::int64_t>::max(),
               high = std::numeric_limits<std::int64_t>::min();
  int status = -1; // of the closing stretch

  bool operator==(const ToldRound&) const = default;
};

struct Told {
  std::map<market::Round, ToldRound> rounds;
  std::vector<market::Round> closed; // in the order told
  std::size_t blocks = 0, ticks = 0, largest = 0, most_rounds = 0;
  bool sequence_runs = true;
  std::uint64_t next_sequence = 0;

  [[nodiscard]] Emit listener() {
    return [this](MarketFrame frame) { take(frame); };
  }

  void take(const MarketFrame& frame) {
    if (blocks++ == 0)
      next_sequence = frame->first_sequence();
    auto count = frame->tick_time_ns()->size();
    sequence_runs &= frame->first_sequence() == next_sequence;
    next_sequence += count;
    ticks += count;
    largest = std::max<std::size_t>(largest, count);
    std::uint32_t tick = 0, quote = 0, bar = 0, paid = 0;
    std::size_t closes = 0;
    for (const auto* segment : *frame->segments()) {
      auto& round = rounds[segment->round()];
      while (true) { // merge by time: quotes, ticks, funding at one instant
        std::array<std::int64_t, 3> at;
        at.fill(std::numeric_limits<std::int64_t>::max());
        if (quote < segment->quote_end())
          at[0] = frame->quotes()->Get(quote)->time_ns();
        if (tick < segment->tick_end())
          at[1] = frame->tick_time_ns()->Get(tick);
        if (paid < segment->funding_end())
          at[2] = frame->funding()->Get(paid)->time_ns();
        auto kind = static_cast<int>(std::min_element(at.begin(), at.end()) - at.begin());
        auto time = at[static_cast<std::size_t>(kind)];
        if (time == std::numeric_limits<std::int64_t>::max())
          break;
        if (kind == 0) {
          round.events.emplace_back(time, kind, frame->quotes()->Get(quote++)->bid_price());
        } else if (kind == 1) {
          auto price = frame->tick_price()->Get(tick);
          round.ticks.emplace_back(time, price, frame->tick_quantity()->Get(tick),
                                   frame->tick_side()->Get(tick));
          round.events.emplace_back(time, kind, price);
          round.low = std::min(round.low, segment->low());
          round.high = std::max(round.high, segment->high());
          ++tick;
        } else {
          round.events.emplace_back(time, kind, std::llround(frame->funding()->Get(paid++)->rate() * 1e8));
        }
      }
      for (; bar < segment->bar_end(); ++bar) {
        const auto* native = frame->bars()->Get(bar);
        round.bars.emplace_back(native->open_time_ns(), native->close(), native->volume(), native->minutes());
      }
      if (segment->closed() != 0) {
        round.status = static_cast<int>(segment->status());
        closed.push_back(segment->round());
        ++closes;
      }
    }
    most_rounds = std::max(most_rounds, closes);
  }
};

} // namespace finch::feed::tests
