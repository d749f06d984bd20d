/// From configuration, store and library to the settings of a desk.
#pragma once

#include "actors/desk/desk.hpp"
#include "actors/storage/tick_store.hpp"
#include "runtime/cli.hpp"

#include <string>
#include <vector>

namespace finch::runtime {

/// The instruments named (full names or unambiguous symbols), or all that have ticks or bars; by id.
[[nodiscard]] Result<std::vector<market::Instrument>>
find_instruments(const storage::TickStore& store, const std::vector<std::string>& symbols);

/// Every spec on each of its timeframes, as T1 voters; the first five carry weight, provisionally, while
/// there is no T2.
[[nodiscard]] std::vector<desk::DeskInstance> instances_of(const std::vector<strategies::Spec>& specs);

/// The account's currency: what most instruments are quoted in; the first in the alphabet among equals.
[[nodiscard]] std::string currency_of(const std::vector<market::Instrument>& instruments);

/// Costs, limits and accounts as configured, for these instruments; instances and rounds are left to the
/// caller.
[[nodiscard]] desk::DeskConfig desk_config(const Config& config, std::vector<market::Instrument> instruments);

} // namespace finch::runtime
