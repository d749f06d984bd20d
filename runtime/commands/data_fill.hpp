/// `finch data fill`.
#pragma once

#include "actors/feed/simulated/fill.hpp"
#include "runtime/cli.hpp"

namespace finch::runtime {

void register_data_fill(Command& data);

/// The past `[sim]` asks for. It ends at a fixed date, so that the same settings give the same data on any
/// day.
[[nodiscard]] feed::FillConfig fill_config(const SimConfig& config);

} // namespace finch::runtime
