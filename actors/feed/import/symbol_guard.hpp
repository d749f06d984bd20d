/// Keeps a file to one symbol.
#pragma once

#include "actors/feed/import/fields.hpp"

#include <string>

namespace finch::feed {

/// Rejects rows of another symbol than the first row's, in files that name one in every row.
class SymbolGuard {
public:
  /// `column` is where rows name their symbol, or -1.
  explicit SymbolGuard(int column) : column_(column) {}

  /// Whether the row is of the symbol of the first.
  [[nodiscard]] bool same(const Fields& fields) {
    if (column_ < 0)
      return true;
    auto symbol = fields[column_];
    if (symbol_.empty())
      symbol_ = symbol;
    return symbol == symbol_;
  }

private:
  int column_;
  std::string symbol_;
};

} // namespace finch::feed
