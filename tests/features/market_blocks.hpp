/// Makes market blocks for tests: a script of rounds, cut into blocks in any way.
#pragma once

#include "actors/market/time.hpp"
#include "schemas/frame.hpp"
#include "schemas/market_generated.h"

#include <algorithm>
#include <random>
#include <vector>

namespace finch::test {

struct Tick {
  std::int64_t time_ns, price, quantity;
  std::int8_t side;
};

/// Everything of one round of one instrument.
struct ScriptRound {
  market::Round round = 0;
  fb::RoundStatus status = fb::RoundStatus::ok;
  std::vector<Tick> ticks;
  std::vector<fb::Quote> quotes;
  std::vector<fb::NativeBar> bars;
  std::vector<fb::Funding> funding;
};
using Script = std::vector<ScriptRound>;

/// Builds one block from stretches of rounds.
class BlockMaker {
public:
  explicit BlockMaker(std::uint32_t instrument) : instrument_{instrument} {}

  void tick(const Tick& tick) {
    time_.push_back(tick.time_ns), price_.push_back(tick.price);
    quantity_.push_back(tick.quantity), side_.push_back(tick.side);
  }
  void extras(const ScriptRound& round) {
    quotes_.insert(quotes_.end(), round.quotes.begin(), round.quotes.end());
    bars_.insert(bars_.end(), round.bars.begin(), round.bars.end());
    funding_.insert(funding_.end(), round.funding.begin(), round.funding.end());
  }
  void stretch(const ScriptRound& round, bool closed) {
    segments_.emplace_back(
        round.round, static_cast<std::uint32_t>(time_.size()), static_cast<std::uint32_t>(quotes_.size()),
        static_cast<std::uint32_t>(bars_.size()), static_cast<std::uint32_t>(funding_.size()), 0, 0,
        round.status, static_cast<std::uint8_t>(closed));
  }
  Frame<fb::MarketBlock> take() {
    flatbuffers::FlatBufferBuilder builder;
    auto segments = builder.CreateVectorOfStructs(segments_);
    auto time = builder.CreateVector(time_), price = builder.CreateVector(price_);
    auto quantity = builder.CreateVector(quantity_);
    auto side = builder.CreateVector(side_);
    auto quotes = builder.CreateVectorOfStructs(quotes_);
    auto bars = builder.CreateVectorOfStructs(bars_);
    auto funding = builder.CreateVectorOfStructs(funding_);
    auto out = Frame<fb::MarketBlock>::own(builder, fb::CreateMarketBlock(builder, instrument_, 0, segments,
                                                                          time, price, quantity, side, quotes,
                                                                          bars, funding));
    *this = BlockMaker{instrument_};
    return out;
  }

private:
  std::uint32_t instrument_;
  std::vector<fb::Segment> segments_;
  std::vector<std::int64_t> time_, price_, quantity_;
  std::vector<std::int8_t> side_;
  std::vector<fb::Quote> quotes_;
  std::vector<fb::NativeBar> bars_;
  std::vector<fb::Funding> funding_;
};

/// The rounds [from, to) of a script as one block.
inline Frame<fb::MarketBlock> one_block(const Script& script, std::uint32_t instrument, std::size_t from = 0,
                                        std::size_t to = ~std::size_t{0}) {
  BlockMaker maker{instrument};
  for (auto i = from; i < std::min(to, script.size()); ++i) {
    for (const auto& tick : script[i].ticks)
      maker.tick(tick);
    maker.extras(script[i]);
    maker.stretch(script[i], true);
  }
  return maker.take();
}

/// Blocks of at most `size` ticks each; the end of a round is a stretch of its own.
inline std::vector<Frame<fb::MarketBlock>> small_blocks(const Script& script, std::uint32_t instrument,
                                                        std::size_t size) {
  std::vector<Frame<fb::MarketBlock>> out;
  BlockMaker maker{instrument};
  for (const auto& round : script) {
    for (std::size_t i = 0; i < round.ticks.size(); ++i) {
      maker.tick(round.ticks[i]);
      if ((i + 1) % size == 0) {
        maker.stretch(round, false);
        out.push_back(maker.take());
      }
    }
    maker.extras(round);
    maker.stretch(round, true);
    out.push_back(maker.take());
  }
  return out;
}

/// A seeded random market: ticks with sides, quotes, funding every eight hours, quiet minutes, a short and a
/// long silence and an outage.
inline Script random_script(std::size_t rounds, unsigned seed,
                            market::Round first = 28'000'000 / 1440 * 1440) {
  std::mt19937 random{seed};
  auto uniform = [&](int n) { return static_cast<std::int64_t>(random() % static_cast<unsigned>(n)); };
  Script out;
  std::int64_t price = 4'200'000 + uniform(1'000);
  for (std::size_t i = 0; i < rounds; ++i) {
    ScriptRound round;
    round.round = first + static_cast<market::Round>(i);
    auto silent = (i >= 700 && i < 703) || (i >= 1'000 && i < 1'030);
    auto down = i == 1'500;
    if (down)
      round.status = fb::RoundStatus::down;
    auto count = silent || down || uniform(50) == 0 ? 0 : 1 + uniform(12);
    auto begin = market::round_begin(round.round);
    std::vector<std::int64_t> times;
    for (std::int64_t k = 0; k < count; ++k)
      times.push_back(begin + uniform(60'000) * market::ns_per_ms);
    std::sort(times.begin(), times.end());
    for (auto time : times) {
      price += uniform(41) - 20;
      round.ticks.push_back({time, price, 1 + uniform(5'000), static_cast<std::int8_t>(uniform(2) ? 1 : -1)});
    }
    if (count > 0 && uniform(3) == 0)
      round.quotes.emplace_back(begin + uniform(59) * market::ns_per_s, price - 1 - uniform(5),
                                1 + uniform(900), price + 1 + uniform(5), 1 + uniform(900));
    if (round.round % 480 == 0)
      round.funding.emplace_back(begin, 1e-4 * static_cast<double>(uniform(20) - 10));
    out.push_back(std::move(round));
  }
  return out;
}

} // namespace finch::test
