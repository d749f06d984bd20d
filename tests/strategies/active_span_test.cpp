#include "actors/strategies/active_span.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace finch;

namespace {

Frame<fb::VoteBlock> block(const std::vector<std::int64_t>& rounds) {
  flatbuffers::FlatBufferBuilder builder;
  std::vector<std::uint32_t> ids{1, 2};
  std::vector<fb::Vote> votes;
  for (auto round : rounds)
    for (auto id : ids)
      votes.emplace_back(static_cast<std::int8_t>(1), 0, 0, 0.6F, static_cast<double>(round),
                         static_cast<double>(id), 0.0);
  auto rows = builder.CreateVector(rounds);
  auto instruments = builder.CreateVector(ids);
  auto all = builder.CreateVectorOfStructs(votes);
  return Frame<fb::VoteBlock>::own(
      builder, fb::CreateVoteBlock(builder, 3, 1, rounds.front(), rounds.back(), rows, instruments, all));
}

} // namespace

TEST_CASE("votes inside the span pass untouched") {
  auto votes = block({10, 11, 12});
  CHECK(strategies::within({10, 13}, votes).bytes().data() == votes.bytes().data());
}

TEST_CASE("before the span an instance abstains, after it it asks to leave") {
  auto counted = strategies::within({11, 12}, block({10, 11, 12}));
  REQUIRE(counted->votes()->size() == 6);
  CHECK(counted->instance() == 3);
  for (std::uint32_t lane = 0; lane < 2; ++lane) {
    CHECK(counted->votes()->Get(lane)->side() == 0);
    CHECK(counted->votes()->Get(lane)->exit_long() == 0);
    CHECK(counted->votes()->Get(2 + lane)->side() == 1);
    CHECK(counted->votes()->Get(2 + lane)->target_distance() == lane + 1);
    CHECK(counted->votes()->Get(4 + lane)->side() == 0);
    CHECK(counted->votes()->Get(4 + lane)->exit_long() == 1);
    CHECK(counted->votes()->Get(4 + lane)->exit_short() == 1);
  }
}
