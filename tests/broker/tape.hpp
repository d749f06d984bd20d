/// Builds market blocks for the broker's tests: one instrument's events, cut into blocks in any way.
#pragma once

#include "actors/market/instrument.hpp"
#include "actors/market/time.hpp"
#include "schemas/frame.hpp"
#include "schemas/market_generated.h"
#include "schemas/votes_generated.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

namespace finch::test {

inline constexpr market::Round start = 28'000'020; // an hour begins here; 28'000'800 is a midnight
inline constexpr std::int64_t second = market::ns_per_s;

struct Tick {
  market::TimeNs time = 0;
  std::int64_t price = 0;
  std::int64_t quantity = 100'000'000;
};

/// What happened to one instrument, by round.
class Tape {
public:
  explicit Tape(market::InstrumentId instrument = 1) : instrument_{instrument} {}

  /// A print `offset` nanoseconds into `round`; a negative offset makes it late.
  void tick(market::Round round, std::int64_t offset, std::int64_t price,
            std::int64_t quantity = 100'000'000) {
    rounds_[round].ticks.push_back({market::round_begin(round) + offset, price, quantity});
  }
  /// A native bar that becomes known when `round` closes.
  void bar(market::Round round, std::int64_t open, std::int64_t high, std::int64_t low, std::int64_t close,
           double volume = 1, int minutes = 1) {
    rounds_[round].bars.emplace_back(market::round_begin(round - minutes + 1), open, high, low, close, volume,
                                     std::nan(""), std::nan(""), -1, minutes);
  }
  void funding(market::Round round, std::int64_t offset, double rate) {
    rounds_[round].funding.emplace_back(market::round_begin(round) + offset, rate);
  }
  void quote(market::Round round, std::int64_t offset, std::int64_t bid, std::int64_t ask) {
    rounds_[round].quotes.emplace_back(market::round_begin(round) + offset, bid, 1, ask, 1);
  }
  /// Makes sure `round` exists, with nothing in it unless something else puts it there.
  void touch(market::Round round) { rounds_[round]; }

  std::vector<Tick>& ticks(market::Round round) { return rounds_[round].ticks; }
  [[nodiscard]] market::InstrumentId instrument() const { return instrument_; }

  /// Blocks over [first, last] with at most `ticks_per_block` ticks or `rounds_per_block` rounds each.
  [[nodiscard]] std::vector<Frame<fb::MarketBlock>> blocks(market::Round first, market::Round last,
                                                           std::size_t ticks_per_block = SIZE_MAX,
                                                           std::size_t rounds_per_block = SIZE_MAX,
                                                           bool with_volume = true) const {
    std::vector<Frame<fb::MarketBlock>> out;
    Draft draft;
    std::size_t rounds = 0;
    auto cut = [&] {
      if (!draft.segments.empty())
        out.push_back(draft.frame(instrument_, with_volume));
      draft = {};
      rounds = 0;
    };
    for (auto round = first; round <= last; ++round) {
      auto found = rounds_.find(round);
      auto events = found == rounds_.end() ? Events{} : found->second;
      draft.quotes.insert(draft.quotes.end(), events.quotes.begin(), events.quotes.end());
      draft.funding.insert(draft.funding.end(), events.funding.begin(), events.funding.end());
      draft.bars.insert(draft.bars.end(), events.bars.begin(), events.bars.end());
      std::vector<Tick> stretch;
      for (const auto& tick : events.ticks) {
        stretch.push_back(tick);
        if (draft.times.size() + stretch.size() >= ticks_per_block) {
          draft.segment(round, stretch, false);
          stretch.clear();
          cut();
        }
      }
      draft.segment(round, stretch, true);
      if (++rounds >= rounds_per_block || draft.times.size() >= ticks_per_block)
        cut();
    }
    cut();
    return out;
  }

private:
  struct Events {
    std::vector<Tick> ticks;
    std::vector<fb::NativeBar> bars;
    std::vector<fb::Funding> funding;
    std::vector<fb::Quote> quotes;
  };

  struct Draft {
    std::vector<fb::Segment> segments;
    std::vector<std::int64_t> times, prices, quantities, volumes;
    std::vector<std::int8_t> sides;
    std::vector<fb::Quote> quotes;
    std::vector<fb::NativeBar> bars;
    std::vector<fb::Funding> funding;

    void segment(market::Round round, const std::vector<Tick>& stretch, bool closed) {
      std::int64_t low = 0, high = 0, volume = 0;
      for (const auto& tick : stretch) {
        low = low == 0 ? tick.price : std::min(low, tick.price);
        high = std::max(high, tick.price);
        volume += tick.quantity;
        times.push_back(tick.time);
        prices.push_back(tick.price);
        quantities.push_back(tick.quantity);
        sides.push_back(0);
      }
      volumes.push_back(volume);
      auto size = [](const auto& column) { return static_cast<std::uint32_t>(column.size()); };
      segments.emplace_back(round, size(times), size(quotes), size(bars), size(funding), low, high,
                            fb::RoundStatus::ok, static_cast<std::uint8_t>(closed));
    }

    [[nodiscard]] Frame<fb::MarketBlock> frame(market::InstrumentId instrument, bool with_volume) const {
      flatbuffers::FlatBufferBuilder builder;
      auto segment_column = builder.CreateVectorOfStructs(segments);
      auto time_column = builder.CreateVector(times);
      auto price_column = builder.CreateVector(prices);
      auto quantity_column = builder.CreateVector(quantities);
      auto side_column = builder.CreateVector(sides);
      auto quote_column = builder.CreateVectorOfStructs(quotes);
      auto bar_column = builder.CreateVectorOfStructs(bars);
      auto funding_column = builder.CreateVectorOfStructs(funding);
      auto volume_column = with_volume ? builder.CreateVector(volumes) : 0;
      fb::MarketBlockBuilder table{builder};
      table.add_instrument(instrument);
      table.add_segments(segment_column);
      table.add_tick_time_ns(time_column);
      table.add_tick_price(price_column);
      table.add_tick_quantity(quantity_column);
      table.add_tick_side(side_column);
      table.add_quotes(quote_column);
      table.add_bars(bar_column);
      table.add_funding(funding_column);
      if (with_volume)
        table.add_segment_volume(volume_column);
      return Frame<fb::MarketBlock>::own(builder, table.Finish());
    }
  };

  market::InstrumentId instrument_;
  std::map<market::Round, Events> rounds_;
};

/// A derivative priced in cents with quantities of 1e-8, free of fees unless a test sets them.
inline market::Instrument perp(market::InstrumentId id = 1) {
  market::Instrument instrument;
  instrument.id = id;
  instrument.name = {"sim", "perp", "C" + std::to_string(id), "USDT"};
  instrument.maker_fee_e8 = instrument.taker_fee_e8 = 0;
  return instrument;
}

inline market::Instrument spot(market::InstrumentId id = 1) {
  auto instrument = perp(id);
  instrument.name.market = "spot";
  return instrument;
}

/// One row of votes per round given, for one instrument.
inline Frame<fb::VoteBlock> vote_block(market::InstrumentId instrument, int minutes, market::Round first,
                                       market::Round last, const std::map<market::Round, fb::Vote>& votes) {
  std::vector<market::Round> rounds;
  std::vector<fb::Vote> rows;
  for (const auto& [round, vote] : votes)
    if (round >= first && round <= last) {
      rounds.push_back(round);
      rows.push_back(vote);
    }
  flatbuffers::FlatBufferBuilder builder;
  auto round_column = builder.CreateVector(rounds);
  auto instruments = builder.CreateVector(std::vector<std::uint32_t>{instrument});
  auto vote_column = builder.CreateVectorOfStructs(rows);
  return Frame<fb::VoteBlock>::own(
      builder, fb::CreateVoteBlock(builder, 0, minutes, first, last, round_column, instruments, vote_column));
}

} // namespace finch::test
