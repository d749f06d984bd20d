/// Columns back into CSV that `finch import` reads to the same values.
#pragma once

#include "actors/feed/import/format.hpp"
#include "actors/market/data.hpp"
#include "actors/market/instrument.hpp"

#include <string>

namespace finch::feed {

/// Writes columns as CSV text: times in ISO-8601 UTC, plain decimals without trailing zeros, `\n`. The header
/// is that of the first batch; every later batch must have the same optional columns.
class CsvWriter {
public:
  /// `kind` tells trades from aggTrades, whose ids have another name.
  explicit CsvWriter(DataKind kind) : kind_(kind) {}

  /// Appends the batch to `out`, with the header before the first. Fails when the optional columns of the
  /// batch are not those of the header.
  [[nodiscard]] Status append(const market::TickColumns& batch, std::string& out);
  [[nodiscard]] Status append(const market::QuoteColumns& batch, std::string& out);
  [[nodiscard]] Status append(const market::BarColumns& batch, std::string& out);
  [[nodiscard]] Status append(const market::FundingColumns& batch, std::string& out);

private:
  [[nodiscard]] Status head(const std::string& header, std::string& out);
  void time(market::TimeNs time, std::string& out);

  DataKind kind_;
  std::string header_;
  market::TimeNs second_ = -1; ///< the second `stamp_` spells
  std::string stamp_;
};

/// A file name that holds instrument, kind and bar length: `binance.um_BTC-USDT-1m.csv`,
/// `import.spot_ETH-BTC-trades.csv`.
[[nodiscard]] std::string export_name(const market::InstrumentName& instrument, DataKind kind,
                                      market::Timeframe timeframe);

} // namespace finch::feed
