/// What a desk did, as tables, JSON and the page.
#pragma once

#include "actors/desk/desk.hpp"
#include "actors/reporting/replay_report.hpp"
#include "actors/storage/tick_store.hpp"
#include "runtime/console.hpp"

#include <nlohmann/json_fwd.hpp>

namespace finch::runtime {

/// A finished run and how it was made.
struct DeskRun {
  const desk::DeskConfig& config;
  const desk::DeskResult& result;
  market::Round last = 0;
  double wall_seconds = 0;
};

/// The run as `finch replay --json` prints it.
[[nodiscard]] nlohmann::ordered_json desk_document(const DeskRun& run);
/// The run for people.
void print_desk(const Console& console, const DeskRun& run);
/// The page's data, with prices of the instruments that traded read from the store.
[[nodiscard]] Result<reporting::ReplayReport> desk_page(const DeskRun& run, const storage::TickStore& store,
                                                        std::string command);

/// Prices of instruments over [from, to), from stored bars, and ticks as bars of a minute.
[[nodiscard]] Result<std::vector<reporting::PriceSeries>>
draw_prices(const storage::TickStore& store, const std::vector<market::Instrument>& instruments,
            market::TimeNs from, market::TimeNs to);

} // namespace finch::runtime
