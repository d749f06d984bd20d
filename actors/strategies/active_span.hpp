/// The rounds an instance is active in: outside it abstains.
#pragma once

#include "actors/market/time.hpp"
#include "schemas/frame.hpp"
#include "schemas/votes_generated.h"

namespace finch::strategies {

/// An instance votes on rows that close in [from, to). From `to` on it only says that whatever is open should
/// close.
struct ActiveSpan {
  market::Round from = INT64_MIN, to = INT64_MAX;

  bool operator==(const ActiveSpan&) const = default;
};

/// The votes as they count: rows outside the span have no side, those after it ask for exits. Returns the
/// same frame where the span covers it.
[[nodiscard]] Frame<fb::VoteBlock> within(const ActiveSpan& span, const Frame<fb::VoteBlock>& votes);

} // namespace finch::strategies
