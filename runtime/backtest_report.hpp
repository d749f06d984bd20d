/// Backtests as tables, JSON and a page.
#pragma once

#include "actors/backtest/history.hpp"
#include "actors/evolution/comparison.hpp"
#include "actors/reporting/backtest_report.hpp"
#include "actors/storage/tick_store.hpp"
#include "runtime/console.hpp"

#include <nlohmann/json.hpp>

#include <vector>

namespace finch::runtime {

/// A finished backtest of a set of instances.
struct BacktestRun {
  bool exact = true, holdout = false;
  market::Round first = 0, last = -1; ///< traded
  market::TimeNs h0_ns = 0;
  std::vector<market::Instrument> instruments;
  std::string currency;
  std::vector<evolution::Evaluated> evaluated;
  std::vector<ResultFrame> results; ///< in the order of `evaluated`
  evolution::Counted counted;
  evolution::Comparison comparison;
  std::vector<reporting::WalkForwardLine> walks;
  std::vector<std::string> warnings;

  /// Places in `evaluated`, best score first.
  [[nodiscard]] std::vector<std::size_t> ranked() const;
  [[nodiscard]] bool synthetic() const;
};

/// Instances by rank. The same bytes for the same backtest: nothing of the clock, nor how often it was run.
[[nodiscard]] nlohmann::ordered_json backtest_document(const BacktestRun& run);
void print_backtest(const Console& console, const BacktestRun& run);
/// The page; `regimes` holds market_regime over the rounds traded.
[[nodiscard]] Result<reporting::BacktestReport> backtest_page(const BacktestRun& run,
                                                              const backtest::History& regimes,
                                                              const storage::TickStore& store,
                                                              std::string command);

} // namespace finch::runtime
