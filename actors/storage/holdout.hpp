/// The holdout's lock: code that searches for strategies is handed a `SearchReader` and can read nothing
/// after H0.
#pragma once

#include "actors/storage/tick_store.hpp"

namespace finch::storage {

class Holdout;

/// A span of time that ends at or before H0. Only a `Holdout` makes one, so holding one is the proof.
class SearchWindow {
public:
  [[nodiscard]] market::TimeNs from() const noexcept { return from_; }
  [[nodiscard]] market::TimeNs to() const noexcept { return to_; } ///< excluded

private:
  friend class Holdout;
  SearchWindow(market::TimeNs from, market::TimeNs to) : from_{from}, to_{to} {}
  market::TimeNs from_, to_;
};

/// Where searching ends: H0 is a 00:00 UTC, and the data after it, the newest fifth by default, is held out.
class Holdout {
public:
  /// H0 for data over [first, last]: the last midnight before the newest `fraction` of it begins. It moves
  /// only when that boundary passes a midnight.
  [[nodiscard]] static Holdout of(market::TimeNs first, market::TimeNs last, double fraction = 0.2);
  /// H0 for all ticks and bars stored; midnight of 1970-01-01 for an empty store.
  [[nodiscard]] static Holdout of(const TickStore& store, double fraction = 0.2);
  /// H0 as it was frozen earlier; a time inside a day is moved back to its midnight.
  [[nodiscard]] static Holdout at(market::TimeNs h0);

  [[nodiscard]] market::TimeNs h0() const noexcept { return h0_; }
  /// The window [from, to), which must not be empty nor end after H0 (Category::usage).
  [[nodiscard]] Result<SearchWindow> window(market::TimeNs from, market::TimeNs to) const;
  /// Everything before H0.
  [[nodiscard]] SearchWindow everything() const { return {INT64_MIN, h0_}; }

private:
  explicit Holdout(market::TimeNs h0) : h0_{h0} {}
  market::TimeNs h0_;
};

/// A store seen up to H0. The store behind it cannot be reached through it.
class SearchReader {
public:
  /// The store must outlive the reader.
  explicit SearchReader(const TickStore& store) : store_{&store} {}

  [[nodiscard]] std::vector<market::Instrument> instruments() const { return store_->instruments(); }
  [[nodiscard]] TickReader ticks(market::InstrumentId instrument, SearchWindow window,
                                 Wanted wanted = {}) const {
    return store_->ticks(instrument, window.from(), window.to(), wanted);
  }
  [[nodiscard]] QuoteReader quotes(market::InstrumentId instrument, SearchWindow window) const {
    return store_->quotes(instrument, window.from(), window.to());
  }
  /// Bars that close at or before the window's end.
  [[nodiscard]] BarReader bars(market::InstrumentId instrument, market::Timeframe timeframe,
                               SearchWindow window) const {
    return store_->bars(instrument, timeframe, window.from(), window.to() - timeframe.length_ns() + 1);
  }
  [[nodiscard]] FundingReader funding(market::InstrumentId instrument, SearchWindow window) const {
    return store_->funding(instrument, window.from(), window.to());
  }

private:
  const TickStore* store_;
};

} // namespace finch::storage
