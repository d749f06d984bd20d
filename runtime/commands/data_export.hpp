/// `finch data export`, and what it shares with the other objects of `finch data`.
#pragma once

#include "actors/storage/tick_store.hpp"
#include "runtime/cli.hpp"

namespace finch::runtime {

/// Declares `export` under `finch data`.
void register_data_export(Command& data);

/// `trades`, `1m bars`: a series for people.
[[nodiscard]] std::string span_name(const storage::SpanInfo& span);
/// Reads the name of a kind in any case; a usage error lists them.
[[nodiscard]] Result<storage::Kind> parse_kind(std::string_view text);

struct TimeRange {
  market::TimeNs from = 0, to = 0;
};
/// [from, to), with the ends of time where they are not given; an empty range is a usage error.
[[nodiscard]] Result<TimeRange> parse_range(std::optional<market::TimeNs> from,
                                            std::optional<market::TimeNs> to);

} // namespace finch::runtime
