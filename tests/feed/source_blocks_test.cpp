#include "actors/feed/source_marks.hpp"
#include "tests/feed/told.hpp"

#include <doctest/doctest.h>

using namespace finch;
using namespace finch::feed;
using namespace finch::market;
using finch::feed::tests::Told;

namespace {

constexpr Round base = 28'000'000;

/// Three rounds: a busy one with quotes and a settlement, an empty one, one with a single tick.
struct Sample {
  TickColumns ticks;
  std::vector<fb::Quote> quotes;
  std::vector<fb::Funding> funding;

  Sample() {
    for (int i = 0; i < 100; ++i)
      tick(round_begin(base) + i / 3 * ns_per_s, 1'000 + (i * 37) % 91, i % 2 ? Side::buy : Side::sell);
    tick(round_begin(base + 2) + 5, 990, Side::none);
    for (int i = 0; i < 40; ++i)
      quotes.emplace_back(round_begin(base) + i * ns_per_s, 995 + i, 1, 1'005 + i, 1);
    funding.emplace_back(round_begin(base), 1e-4);
    funding.emplace_back(round_begin(base) + 20 * ns_per_s, 2e-4);
  }

  void tick(TimeNs time, std::int64_t price, Side side) {
    ticks.time_ns.push_back(time);
    ticks.price.push_back(price);
    ticks.quantity.push_back(7 + static_cast<std::int64_t>(ticks.size()));
    ticks.side.push_back(side);
  }

  [[nodiscard]] Told tell(BlockLimits limits) const {
    Told told;
    auto emit = told.listener();
    BlockBuilder builder{3, limits, 0};
    auto all = slice_of(ticks);
    builder.add({base, all.part(0, 100), quotes, {}, funding, true, RoundStatus::ok}, emit);
    builder.add({base + 1, {}, {}, {}, {}, true, RoundStatus::quiet}, emit);
    builder.add({base + 2, all.part(100, 1), {}, {}, {}, true, RoundStatus::ok}, emit);
    builder.flush(emit);
    builder.flush(emit); // nothing is gathered any more
    return told;
  }
};

} // namespace

TEST_CASE("however blocks are cut, a reader sees the same events in the same order") {
  Sample sample;
  auto whole = sample.tell({1'000, 1'000});
  CHECK(whole.blocks == 1);
  CHECK(whole.rounds.at(base).ticks.size() == 100);
  CHECK(whole.rounds.at(base).events.size() == 142);
  CHECK(whole.rounds.at(base).low == 1'000);
  CHECK(whole.rounds.at(base).high == 1'090);
  CHECK(whole.rounds.at(base + 1).status == static_cast<int>(RoundStatus::quiet));
  CHECK(whole.closed == std::vector<Round>{base, base + 1, base + 2});
  for (auto limits : {BlockLimits{1, 1'000}, BlockLimits{2, 1}, BlockLimits{3, 2}, BlockLimits{17, 1'000},
                      BlockLimits{50, 1}, BlockLimits{100, 1}, BlockLimits{101, 1'440}}) {
    auto cut = sample.tell(limits);
    CAPTURE(limits.ticks);
    CHECK(cut.closed == whole.closed);
    CHECK(cut.sequence_runs);
    CHECK(cut.ticks == 101);
    CHECK(cut.largest <= limits.ticks);
    CHECK(cut.most_rounds <= limits.rounds);
    for (const auto& [round, told] : whole.rounds) {
      CHECK(cut.rounds.at(round).ticks == told.ticks);
      CHECK(cut.rounds.at(round).events == told.events);
      CHECK(cut.rounds.at(round).status == told.status);
      CHECK(cut.rounds.at(round).low == told.low);
      CHECK(cut.rounds.at(round).high == told.high);
    }
  }
}

TEST_CASE("low and high cover every tick of a stretch, whatever its length") {
  for (std::size_t count = 1; count <= 19; ++count) {
    TickColumns ticks;
    for (std::size_t i = 0; i < count; ++i) {
      ticks.time_ns.push_back(round_begin(base));
      ticks.price.push_back(i + 1 == count         ? 5
                            : i == (count - 1) / 2 ? 900
                                                   : 100 + static_cast<std::int64_t>(i));
      ticks.quantity.push_back(1);
      ticks.side.push_back(Side::buy);
    }
    Told told;
    auto emit = told.listener();
    BlockBuilder builder{1, {}, 0};
    builder.add({base, slice_of(ticks), {}, {}, {}, true, RoundStatus::ok}, emit);
    builder.flush(emit);
    CHECK(told.rounds.at(base).low == 5);
    CHECK(told.rounds.at(base).high == (count == 1 ? 5 : 900));
  }
}

TEST_CASE("built blocks are valid buffers") {
  Sample sample;
  BlockBuilder builder{3, {}, 40};
  std::vector<MarketFrame> frames;
  Emit emit = [&](MarketFrame frame) { frames.push_back(std::move(frame)); };
  builder.add({base, slice_of(sample.ticks).part(0, 100), sample.quotes, {}, sample.funding, true, {}}, emit);
  CHECK(builder.next_sequence() == 140);
  builder.flush(emit);
  REQUIRE(frames.size() == 1);
  CHECK(frames[0]->first_sequence() == 40);
  auto adopted = MarketFrame::adopt(frames[0].bytes(), nullptr);
  REQUIRE(adopted.has_value());
  CHECK((*adopted)->tick_price()->size() == 100);
}

TEST_CASE("bars carry doubles, and NaN where the source is silent") {
  BarColumns bars;
  bars.timeframe = {5};
  bars.price_decimals = 2;
  bars.volume_decimals = 3;
  bars.open_time_ns = {0};
  bars.open = {100}, bars.high = {120}, bars.low = {90}, bars.close = {110}, bars.volume = {1'500};
  auto bar = native_bar(bars, 0);
  CHECK(bar.close() == 110);
  CHECK(bar.volume() == 1.5);
  CHECK(std::isnan(bar.quote_volume()));
  CHECK(std::isnan(bar.buy_volume()));
  CHECK(bar.trade_count() == -1);
  CHECK(bar.minutes() == 5);
}

TEST_CASE("marks: three quiet minutes, then down; before the listing closed") {
  MarkDeriver marks{false, std::nullopt};
  CHECK(marks.mark(9, Seen::nothing, 10) == RoundStatus::closed);
  CHECK(marks.mark(10, Seen::traded, 11) == RoundStatus::ok);
  for (Round round = 11; round <= 13; ++round)
    CHECK(marks.mark(round, Seen::nothing, 20) == RoundStatus::quiet);
  for (Round round = 14; round < 20; ++round)
    CHECK(marks.mark(round, Seen::nothing, std::nullopt) == RoundStatus::down);
  CHECK(marks.mark(20, Seen::traded, std::nullopt) == RoundStatus::ok);
  CHECK(marks.mark(21, Seen::nothing, std::nullopt) == RoundStatus::quiet);
}

TEST_CASE("marks: a night without trading closes an instrument with sessions, a short silence does not") {
  MarkDeriver marks{true, std::nullopt};
  CHECK(marks.mark(0, Seen::traded, 1) == RoundStatus::ok);
  CHECK(marks.mark(1, Seen::nothing, 241) == RoundStatus::closed);
  CHECK(marks.mark(240, Seen::nothing, 241) == RoundStatus::closed);
  CHECK(marks.mark(241, Seen::traded, 300) == RoundStatus::ok);
  CHECK(marks.mark(242, Seen::nothing, 300) == RoundStatus::quiet);
  CHECK(marks.mark(245, Seen::nothing, 300) == RoundStatus::down);
  CHECK(marks.mark(300, Seen::traded, std::nullopt) == RoundStatus::ok);
  CHECK(marks.mark(301, Seen::nothing, std::nullopt) == RoundStatus::closed);
}

TEST_CASE("marks: quotes without trades are a quiet market, not a dead feed") {
  MarkDeriver marks{false, 0};
  for (Round round = 1; round <= 3; ++round)
    CHECK(marks.mark(round, Seen::nothing, std::nullopt) == RoundStatus::quiet);
  CHECK(marks.mark(4, Seen::alive, std::nullopt) == RoundStatus::quiet);
  CHECK(marks.mark(7, Seen::nothing, std::nullopt) == RoundStatus::quiet);
  CHECK(marks.mark(8, Seen::nothing, std::nullopt) == RoundStatus::down);
}
