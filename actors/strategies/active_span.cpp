#include "actors/strategies/active_span.hpp"

#include <vector>

namespace finch::strategies {

Frame<fb::VoteBlock> within(const ActiveSpan& span, const Frame<fb::VoteBlock>& votes) {
  const auto& rounds = *votes->rounds();
  if (rounds.size() == 0 || (rounds.Get(0) >= span.from && rounds.Get(rounds.size() - 1) < span.to))
    return votes;
  auto lanes = votes->instruments()->size();
  std::vector<fb::Vote> counted;
  counted.reserve(votes->votes()->size());
  for (std::uint32_t row = 0; row < rounds.size(); ++row)
    for (std::uint32_t lane = 0; lane < lanes; ++lane) {
      auto round = rounds.Get(row);
      auto over = static_cast<std::uint8_t>(round >= span.to ? 1 : 0);
      counted.push_back(round >= span.from && over == 0 ? *votes->votes()->Get(row * lanes + lane)
                                                        : fb::Vote{0, over, over, 0.5F, 0, 0, 0});
    }
  flatbuffers::FlatBufferBuilder builder{256 + counted.size() * sizeof(fb::Vote)};
  auto rows = builder.CreateVector(rounds.data(), rounds.size());
  auto instruments = builder.CreateVector(votes->instruments()->data(), lanes);
  auto all = builder.CreateVectorOfStructs(counted);
  return Frame<fb::VoteBlock>::own(builder, fb::CreateVoteBlock(builder, votes->instance(), votes->minutes(),
                                                                votes->first_round(), votes->last_round(),
                                                                rows, instruments, all));
}

} // namespace finch::strategies
