/// How a record is a row: the one description of each table that inserting and selecting share.
#pragma once

#include "schemas/error.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace finch::journal {

/// What SQL sees of a field: integers and flags as integers, NaN as NULL, a column of doubles as base64 text.
using Cell = std::variant<std::int64_t, double, std::string>;

/// A field of a record and the column that holds it.
template <class Record, class T>
struct Column {
  const char* name;
  T Record::*field;
};

template <class Record, class T>
constexpr Column<Record, T> column(const char* name, T Record::*field) {
  return {name, field};
}

/// Specialised beside each record: `name`, `keys` (the first so many columns are the primary key) and
/// `columns`.
template <class Record>
struct Table;

/// A table without its types.
struct TableShape {
  const char* name;
  std::size_t keys;
  std::vector<std::pair<const char*, Cell>> columns; ///< name and a cell of the column's kind
};

/// The little-endian bytes of `values` as base64, which every database stores alike.
[[nodiscard]] std::string to_base64(std::span<const double> values);
/// Back from `to_base64`; fails on anything it does not write.
[[nodiscard]] Result<std::vector<double>> from_base64(std::string_view text);

template <class T>
[[nodiscard]] Cell to_cell(const T& value) {
  if constexpr (std::is_same_v<T, std::vector<double>>)
    return to_base64(value);
  else if constexpr (std::is_same_v<T, std::string>)
    return value;
  else if constexpr (std::is_floating_point_v<T>)
    return static_cast<double>(value);
  else
    return static_cast<std::int64_t>(value);
}

template <class T>
[[nodiscard]] Status from_cell(const Cell& cell, T& value) {
  if constexpr (std::is_same_v<T, std::vector<double>>) {
    auto decoded = from_base64(std::get<std::string>(cell));
    if (!decoded)
      return tl::unexpected(decoded.error());
    value = std::move(*decoded);
  } else if constexpr (std::is_same_v<T, std::string>) {
    value = std::get<std::string>(cell);
  } else if constexpr (std::is_floating_point_v<T>) {
    value = static_cast<T>(std::get<double>(cell));
  } else {
    value = static_cast<T>(std::get<std::int64_t>(cell));
  }
  return {};
}

template <class Record>
[[nodiscard]] const TableShape& shape_of() {
  static const TableShape shape = [] {
    TableShape made{Table<Record>::name, Table<Record>::keys, {}};
    std::apply(
        [&](const auto&... each) {
          (made.columns.emplace_back(each.name, to_cell(Record{}.*each.field)), ...);
        },
        Table<Record>::columns);
    return made;
  }();
  return shape;
}

template <class Record>
void to_row(const Record& record, std::vector<Cell>& row) {
  row.clear();
  std::apply([&](const auto&... each) { (row.push_back(to_cell(record.*each.field)), ...); },
             Table<Record>::columns);
}

template <class Record>
[[nodiscard]] Result<Record> from_row(const std::vector<Cell>& row) {
  Record record;
  Status status;
  std::size_t at = 0;
  auto take = [&](const auto& each) {
    if (status)
      status = from_cell(row[at], record.*each.field);
    ++at;
  };
  std::apply([&](const auto&... each) { (take(each), ...); }, Table<Record>::columns);
  if (!status)
    return tl::unexpected(status.error());
  return record;
}

} // namespace finch::journal
