/// Builds vote and feature blocks for tests, cut into windows at will.
#pragma once

#include "actors/consensus/consensus.hpp"
#include "actors/statistics/random.hpp"

#include <functional>
#include <vector>

namespace finch::test {

inline std::vector<market::Instrument> some_instruments(std::size_t n) {
  std::vector<market::Instrument> result;
  for (std::size_t i = 0; i < n; ++i)
    result.push_back({.id = static_cast<market::InstrumentId>(10 + 3 * i),
                      .name = {"sim", "perp", "C" + std::to_string(i), "USDT"}});
  return result;
}

using VoteAt = std::function<fb::Vote(market::Round, std::size_t slot)>;
using CloseAt = std::function<double(market::Round, std::size_t slot)>;

inline Frame<fb::VoteBlock> vote_block(const consensus::Voter& voter,
                                       const std::vector<market::Instrument>& instruments,
                                       market::Round first, market::Round last, const VoteAt& vote_at) {
  std::vector<market::Round> rounds;
  std::vector<fb::Vote> votes;
  std::vector<std::uint32_t> ids;
  for (const auto& instrument : instruments)
    ids.push_back(instrument.id);
  for (auto round = first; round <= last; ++round)
    if (voter.timeframe.closes_at(round)) {
      rounds.push_back(round);
      for (std::size_t slot = 0; slot < ids.size(); ++slot)
        votes.push_back(vote_at(round, slot));
    }
  flatbuffers::FlatBufferBuilder b;
  auto r = b.CreateVector(rounds);
  auto i = b.CreateVector(ids);
  auto v = b.CreateVectorOfStructs(votes);
  return Frame<fb::VoteBlock>::own(
      b, fb::CreateVoteBlock(b, voter.instance, voter.timeframe.minutes, first, last, r, i, v));
}

/// Two features, the second of them the close.
inline Frame<fb::FeatureBlock> feature_block(int minutes, const std::vector<market::Instrument>& instruments,
                                             market::Round first, market::Round last,
                                             const CloseAt& close_at) {
  std::vector<market::Round> rounds;
  std::vector<std::uint32_t> ids;
  for (const auto& instrument : instruments)
    ids.push_back(instrument.id);
  for (auto round = first; round <= last; ++round)
    if ((round + 1) % minutes == 0)
      rounds.push_back(round);
  std::vector<double> values(rounds.size() * ids.size(), -7);
  for (auto round : rounds)
    for (std::size_t slot = 0; slot < ids.size(); ++slot)
      values.push_back(close_at(round, slot));
  flatbuffers::FlatBufferBuilder b;
  auto r = b.CreateVector(rounds);
  auto i = b.CreateVector(ids);
  auto v = b.CreateVector(values);
  return Frame<fb::FeatureBlock>::own(b, fb::CreateFeatureBlock(b, minutes, first, last, r, i, 2, v));
}

inline fb::Vote vote(int side, double p = 0.7, bool exit_long = false, bool exit_short = false,
                     double stop = 1) {
  return {static_cast<std::int8_t>(side), exit_long, exit_short, static_cast<float>(p), stop, 2 * stop, 0};
}

} // namespace finch::test
