/// What the market looked like around an account's trades: the regime at both ends, features at entry.
#pragma once

#include "actors/broker/types.hpp"
#include "schemas/features_generated.h"
#include "schemas/frame.hpp"

#include <deque>
#include <span>
#include <vector>

namespace finch::broker {

/// Reads feature blocks along with the rounds. A trade's entry is described by the row its order was decided
/// on, its exit by the last row closed before the round it left in, both of its instance's timeframe: nothing
/// the decision could not have known. Values of other timeframes are those of their last rows closed when the
/// instance's own row closed. Looks at a row only when an order is accepted or a position closed.
class TradeContext {
public:
  /// `slots` is how many instruments the account trades.
  TradeContext(const ContextTerms& terms, std::size_t slots);

  /// Whether blocks are expected at all.
  [[nodiscard]] bool wanted() const noexcept { return !streams_.empty(); }
  /// Takes the next block of one timeframe; others than `terms.timeframes` are ignored.
  void add(const Frame<fb::FeatureBlock>& block);
  /// Makes the rows that close with `round` the newest. An error when they were not told yet.
  Status advance(Round round);

  /// An order of `instance` was accepted: remembers the newest row of its `minutes`.
  void note_entry(std::size_t slot, InstrumentId instrument, std::uint32_t instance, int minutes);
  /// Fills in what a closed trade lacks and appends its features at entry to the record.
  void complete(std::size_t slot, fb::Trade& trade);

  [[nodiscard]] std::span<const double> features() const noexcept { return features_; }
  [[nodiscard]] std::span<const std::uint32_t> ends() const noexcept { return ends_; }

private:
  struct Row {
    Frame<fb::FeatureBlock> block; ///< none before the first row
    flatbuffers::uoffset_t at = 0;
  };
  struct Stream {
    int minutes = 0;
    std::deque<Frame<fb::FeatureBlock>> blocks;
    Row newest;
    flatbuffers::uoffset_t next = 0; ///< first row of the front block that is not closed yet
    Round covered = INT64_MIN;
    std::vector<Row> beside; ///< by stream: its newest row when this one's newest closed
  };
  struct Entry {
    std::uint32_t instance = 0;
    int minutes = 0;
    fb::Regime regime = fb::Regime::unknown;
    std::vector<double> values;
  };

  [[nodiscard]] const Stream* stream(int minutes) const noexcept;
  /// The row an entry on `own` knew of the timeframe of `minutes`; null where there was none.
  [[nodiscard]] const Row* row_known(const Stream& own, int minutes) const noexcept;
  [[nodiscard]] fb::Regime regime(const Stream* stream, InstrumentId instrument) const noexcept;

  std::size_t regime_;
  std::vector<std::vector<accounting::KeptFeature>> kept_; ///< by instance
  bool looks_aside_ = false;                               ///< something kept is of another timeframe
  std::vector<Stream> streams_;
  std::vector<Entry> entries_; ///< by slot
  std::vector<double> features_;
  std::vector<std::uint32_t> ends_;
};

} // namespace finch::broker
