/// Rows of the tick store as CSV, and what is missing in them.
#pragma once

#include "actors/feed/import/gaps.hpp"
#include "actors/storage/tick_store.hpp"

#include <functional>
#include <string_view>

namespace finch::feed {

/// Takes the text of an export piece by piece.
using TextSink = std::function<Status(std::string_view)>;

/// Writes the rows of one series with times in [from, to) as CSV that `finch import` reads to the same
/// values, in pieces of about a megabyte; returns how many rows. The header comes even where there is no row.
/// Fails where reading does.
[[nodiscard]] Result<std::uint64_t> export_rows(const storage::TickStore& store,
                                                const storage::SpanInfo& span, market::TimeNs from,
                                                market::TimeNs to, const TextSink& sink);

/// The gaps of a whole series: missing bars; more than three silent minutes between ticks or quotes;
/// settlements more than eight hours apart. Closed sessions are none. Fails where reading does.
[[nodiscard]] Result<GapFinder> find_gaps(const storage::TickStore& store, const storage::SpanInfo& span);

} // namespace finch::feed
