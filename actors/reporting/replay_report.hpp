/// The page about one replay.
#pragma once

#include "actors/reporting/account.hpp"
#include "actors/reporting/price_series.hpp"

#include <string>
#include <vector>

namespace finch::reporting {

/// All a replay page shows. Nothing in it depends on the wall clock, so one replay makes one page.
struct ReplayReport {
  std::string title = "Replay";
  std::string command; ///< how to get the same result again
  std::string build;   ///< version and build id
  std::string digest;  ///< of the run
  market::TimeNs from_ns = 0, to_ns = 0;
  std::string currency = "USDT";
  bool synthetic = false; ///< made by the simulated exchange; said on top of the page
  std::vector<std::string> timeframes;
  Account desk;
  std::vector<Account> books;        ///< one per strategy instance
  std::vector<PriceSeries> prices;   ///< of the instruments worth drawing
  std::int64_t trials = 0;           ///< configurations ever evaluated on this data, counted by the ledger
  bool provisional_weights = false;  ///< consensus ran on provisional or equal weights
  std::vector<std::string> notes;    ///< what a reader must know to judge the figures
  std::vector<std::string> warnings; ///< what went wrong on the way
};

/// The page as one HTML document that loads nothing.
[[nodiscard]] std::string render_html(const ReplayReport& report);

} // namespace finch::reporting
