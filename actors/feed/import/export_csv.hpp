/// Columns back into CSV that `finch import` reads to the same values.
#pragma once

#include "actors/feed/import/format.hpp"
#include "actors/market/data.hpp"
#include "actors/market/instrument.hpp"

#include <string>

namespace finch::feed {

/// Columns that not all rows have. In a file that has the column, a row without a value leaves it empty.
struct OptionalColumns {
  bool id = false;                                                    ///< of ticks and quotes
  bool quote_volume = false, trade_count = false, buy_volume = false; ///< of bars

  /// Adds what the batch has.
  void note(const market::TickColumns& batch) { id |= !batch.id.empty(); }
  void note(const market::QuoteColumns& batch) { id |= !batch.id.empty(); }
  void note(const market::BarColumns& batch) {
    quote_volume |= !batch.quote_volume.empty();
    trade_count |= !batch.trade_count.empty();
    buy_volume |= !batch.buy_volume.empty();
  }
  void note(const market::FundingColumns&) {}
};

/// Writes columns as CSV text: times in ISO-8601 UTC, plain decimals without trailing zeros, `\n`.
class CsvWriter {
public:
  /// `kind` tells trades from aggTrades, whose ids have another name.
  CsvWriter(storage::Kind kind, OptionalColumns columns) : kind_(kind), columns_(columns) {}

  /// Appends the header of the kind's file.
  void header(std::string& out) const;
  /// Appends the rows of a batch.
  void rows(const market::TickColumns& batch, std::string& out);
  void rows(const market::QuoteColumns& batch, std::string& out);
  void rows(const market::BarColumns& batch, std::string& out);
  void rows(const market::FundingColumns& batch, std::string& out);

private:
  void time(market::TimeNs time, std::string& out);

  storage::Kind kind_;
  OptionalColumns columns_;
  market::TimeNs second_ = -1; ///< the second `stamp_` spells
  std::string stamp_;
};

/// A file name that holds instrument, kind and bar length: `binance.um_BTC-USDT-1m.csv`,
/// `import.spot_ETH-BTC-trades.csv`.
[[nodiscard]] std::string export_name(const market::InstrumentName& instrument, storage::Kind kind,
                                      market::Timeframe timeframe);

} // namespace finch::feed
