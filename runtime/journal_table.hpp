/// Rows of the journal as text for other programs: CSV with a header, or a JSON array of objects.
#pragma once

#include "actors/storage/journal/session_records.hpp"

#include <map>
#include <string>
#include <vector>

namespace finch::runtime {

enum class TableFormat { csv, json };

/// What turns stored integers into prices, by instrument id.
using Instruments = std::map<std::int64_t, journal::InstrumentFacts>;

/// Collects rows of one table. A column's name says what it holds: `…_units` become exact decimals in quote
/// (`net_units` is exported as `net_quote`), prices and quantities exact decimals, `…_ns` and rounds ISO-8601
/// UTC (a round is the time of its close), instruments their names. What is missing is an empty cell, or
/// null.
class TableText {
public:
  /// `shape` and `instruments` must outlive the table.
  TableText(const journal::TableShape& shape, TableFormat format, const Instruments& instruments);

  void add(const std::vector<journal::Cell>& row);
  /// The whole text; nothing may be added afterwards.
  [[nodiscard]] std::string finish();

private:
  enum class Kind { plain, units, time, round, day, price, quantity, instrument, object, numbers };
  struct Column {
    std::string name; ///< as exported
    Kind kind;
    bool text; ///< quoted in JSON
  };

  [[nodiscard]] static Column column_of(const std::string& name, const journal::Cell& cell);
  /// The cell's text, empty where it is missing.
  [[nodiscard]] std::string show(const Column& column, const journal::Cell& cell,
                                 const journal::InstrumentFacts* facts) const;

  TableFormat format_;
  const Instruments& instruments_;
  std::vector<Column> columns_;
  std::size_t instrument_; ///< column that holds the instrument, or past the end
  std::string out_;
  bool empty_ = true;
};

} // namespace finch::runtime
