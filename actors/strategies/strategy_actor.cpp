#include "actors/strategies/strategy_actor.hpp"

#include "schemas/caf_error.hpp"

#include <algorithm>

namespace finch::strategies {

namespace {

bool window_complete(const StrategyState& state) {
  return state.rows.size() >= state.post.timeframes &&
         std::none_of(state.taken.begin(), state.taken.end(),
                      [](const auto& votes) { return votes.empty(); });
}

/// Votes on the oldest window and tells everybody who waits for it.
Status cast(StrategyState& state) {
  const auto& post = state.post;
  auto frames = state.rows.begin() + static_cast<std::ptrdiff_t>(post.timeframes);
  std::vector<FeatureFrame> window{state.rows.begin(), frames};
  state.rows.erase(state.rows.begin(), frames);
  std::vector<VoteFrame> taken;
  for (auto& votes : state.taken) {
    taken.push_back(std::move(votes.front()));
    votes.pop_front();
  }
  auto votes = post.evaluator->vote(post.instance, window, taken);
  if (!votes)
    return tl::unexpected(votes.error());
  for (const auto& reader : post.readers)
    state.self->send(reader, *votes);
  if (!post.book)
    return {};
  auto counted = within(post.active, *votes);
  if (post.consensus)
    state.self->send(post.consensus, counted); // first, because decisions wait for it
  for (const auto& rows : window)
    if (std::find(post.told.begin(), post.told.end(), rows->minutes()) != post.told.end())
      state.self->send(post.book, rows);
  state.self->send(post.book, counted);
  return {};
}

void cast_all(StrategyActor::stateful_pointer<StrategyState> self) {
  while (window_complete(self->state))
    if (auto done = cast(self->state); !done)
      return self->quit(to_caf(done.error()));
}

} // namespace

StrategyActor::behavior_type strategy_actor(StrategyActor::stateful_pointer<StrategyState> self,
                                            StrategyPost post) {
  self->state.taken.resize(post.references.size());
  self->state.post = std::move(post);
  return {
      [self](const FeatureFrame& block) {
        self->state.rows.push_back(block);
        cast_all(self);
      },
      [self](const VoteFrame& votes) {
        const auto& references = self->state.post.references;
        auto from = std::find(references.begin(), references.end(), votes->instance());
        if (from == references.end())
          return self->quit(to_caf({Category::failed, "votes came from a strategy nobody refers to", ""}));
        self->state.taken[static_cast<std::size_t>(from - references.begin())].push_back(votes);
        cast_all(self);
      },
  };
}

} // namespace finch::strategies
