/// The holdout's lock on backtests: what a search is handed to read market data with.
#pragma once

#include "actors/backtest/exact.hpp"
#include "actors/storage/holdout.hpp"

namespace finch::backtest {

/// Sources that tell nothing that closes after a search window. A `SearchWindow` is only ever made by the
/// `Holdout` and ends at or before H0, so whoever holds no more than this can read nothing of the holdout.
class SearchSources {
public:
  /// `sources` may know all data; each source it makes is read through a lock.
  SearchSources(SourceFactory sources, storage::SearchWindow window)
      : sources_{std::move(sources)}, window_{window} {}

  [[nodiscard]] Result<std::unique_ptr<feed::Source>> operator()(const market::Instrument& instrument) const;
  [[nodiscard]] const storage::SearchWindow& window() const noexcept { return window_; }
  /// The window's rounds.
  [[nodiscard]] market::Round first() const noexcept { return market::round_of(window_.from()); }
  [[nodiscard]] market::Round last() const noexcept { return market::round_of(window_.to()) - 1; }

private:
  SourceFactory sources_;
  storage::SearchWindow window_;
};

} // namespace finch::backtest
