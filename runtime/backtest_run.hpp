/// What `finch backtest` does: the window and its lock, the work, the ledger.
#pragma once

#include "runtime/backtest_report.hpp"
#include "runtime/research_setup.hpp"

#include <functional>
#include <set>

namespace finch::runtime {

/// What to backtest and how.
struct BacktestRequest {
  std::vector<strategies::Spec> specs;
  std::vector<market::Timeframe> timeframes; ///< empty: each spec's own
  std::vector<std::string> symbols;          ///< as given; empty: all
  std::optional<market::TimeNs> from, to;
  bool exact = true, holdout = false, walk_forward = false;
};

/// Says how far the work is, from 0 to 1, and what it is at; false to stop.
using Advance = std::function<bool(double share, std::string_view now)>;

/// Runs a request against one store and journal. Every instance is counted once in the trial ledger before it
/// is scored; nothing is journaled by a run that was stopped or failed.
class Backtest {
public:
  Backtest(std::shared_ptr<const storage::TickStore> store, journal::Journal& journal,
           evolution::ResearchConfig config, BacktestRequest request);

  [[nodiscard]] Result<BacktestRun> run(const Advance& advance);
  /// Columns of `market_regime` over the rounds of the run, for its page.
  [[nodiscard]] Result<backtest::History> regimes(const Advance& advance) const;

private:
  struct Span {
    market::Round first = 0, trade_from = 0, last = -1;
  };

  [[nodiscard]] Status find_window(BacktestRun& run);
  [[nodiscard]] Status ask_for_look(BacktestRun& run);
  [[nodiscard]] Result<std::vector<ResultFrame>> work(const std::vector<strategies::Instance>& instances,
                                                      bool exact, double share, const Advance& advance) const;
  [[nodiscard]] Result<std::vector<evolution::Evaluated>> walk_forward(BacktestRun& run,
                                                                       const Advance& advance) const;
  [[nodiscard]] Status grant_looks(const BacktestRun& run);
  [[nodiscard]] Status keep(BacktestRun& run, const std::vector<evolution::Evaluated>& tried);
  [[nodiscard]] evolution::TrialTerms terms(std::string purpose) const;
  [[nodiscard]] Result<backtest::History> columns(const std::vector<strategies::Instance>& instances,
                                                  std::set<std::string> features,
                                                  const std::function<bool(double)>& advance) const;

  std::shared_ptr<const storage::TickStore> store_;
  journal::Journal& journal_;
  evolution::ResearchConfig config_;
  BacktestRequest request_;
  std::vector<strategies::Instance> instances_;
  std::vector<market::Timeframe> timeframes_; ///< whose rows are computed
  backtest::SourceFactory sources_;           ///< locked at the window's end unless it is the holdout's look
  Span span_;
};

} // namespace finch::runtime
