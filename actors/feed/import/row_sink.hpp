/// Where imported rows go: batches of columns of one instrument. Parsers know nothing of the store behind it.
#pragma once

#include "actors/feed/import/format.hpp"
#include "actors/market/data.hpp"
#include "actors/market/instrument.hpp"

namespace finch::feed {

/// What the rows of a file are: one instrument, one kind.
struct Target {
  market::InstrumentName instrument;
  storage::Kind kind = storage::Kind::trades;
  market::Timeframe timeframe; ///< of bars
  bool operator==(const Target&) const = default;
};

/// Takes batches in the order of the file: times need not ascend, and each batch has its own decimals.
/// `begin` comes once, before the first batch. An error from any call ends the import of the file.
class RowSink {
public:
  virtual ~RowSink() = default;

  [[nodiscard]] virtual Status begin(const Target& target) = 0;
  [[nodiscard]] virtual Status ticks(const market::TickColumns& batch) = 0;
  [[nodiscard]] virtual Status quotes(const market::QuoteColumns& batch) = 0;
  [[nodiscard]] virtual Status bars(const market::BarColumns& batch) = 0;
  [[nodiscard]] virtual Status funding(const market::FundingColumns& batch) = 0;
};

} // namespace finch::feed
