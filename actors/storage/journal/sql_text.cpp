#include "actors/storage/journal/sql_text.hpp"

#include <fmt/format.h>

namespace finch::journal {
namespace {

std::string joined(const TableShape& table, std::size_t from, std::size_t to, std::string_view pattern) {
  std::string out;
  for (auto i = from; i < to; ++i)
    out += fmt::format(
        "{}{}", i > from ? ", " : "",
        fmt::format(fmt::runtime(pattern), fmt::arg("c", table.columns[i].first), fmt::arg("i", i)));
  return out;
}

} // namespace

std::string insert_text(const TableShape& table, Existing existing) {
  auto count = table.columns.size();
  auto text = fmt::format("INSERT INTO {} ({}) VALUES ({})", table.name, joined(table, 0, count, "{c}"),
                          joined(table, 0, count, ":v{i}"));
  if (existing == Existing::refuse)
    return text;
  auto keys = joined(table, 0, table.keys, "{c}");
  if (existing == Existing::keep || table.keys == count)
    return fmt::format("{} ON CONFLICT ({}) DO NOTHING", text, keys);
  return fmt::format("{} ON CONFLICT ({}) DO UPDATE SET {}", text, keys,
                     joined(table, table.keys, count, "{c} = excluded.{c}"));
}

/// The part of the query that follows FROM, or an error naming a column or value that does not fit the table.
Result<std::string> condition_text(const TableShape& table, const Query& query) {
  auto find = [&](const std::string& name) -> const Cell* {
    for (const auto& [column, kind] : table.columns)
      if (name == column)
        return &kind;
    return nullptr;
  };
  auto unknown = [&](const std::string& name) {
    return fail(Category::usage,
                fmt::format("the journal's table {} has no column '{}' of that kind", table.name, name),
                "its columns are " + joined(table, 0, table.columns.size(), "{c}"));
  };
  std::string text;
  for (const auto& condition : query.conditions()) {
    auto* kind = find(condition.column);
    if (!kind || kind->index() != condition.value.index())
      return unknown(condition.column);
    text +=
        fmt::format("{} {} {} :v", text.empty() ? " WHERE" : " AND", condition.column, condition.comparison);
  }
  for (std::size_t i = 0, at = 0; i < query.conditions().size(); ++i) {
    at = text.find(":v", at) + 2;
    text.insert(at, std::to_string(i));
  }
  return text;
}

Result<std::string> order_text(const TableShape& table, const Query& query) {
  if (query.orders().empty())
    return " ORDER BY " + joined(table, 0, table.keys, "{c}");
  std::string text;
  for (const auto& order : query.orders()) {
    auto known = false;
    for (const auto& column : table.columns)
      known |= order.column == column.first;
    if (!known)
      return fail(Category::usage,
                  fmt::format("the journal's table {} has no column '{}'", table.name, order.column),
                  "its columns are " + joined(table, 0, table.columns.size(), "{c}"));
    text += fmt::format("{}{}{}", text.empty() ? " ORDER BY " : ", ", order.column,
                        order.descending ? " DESC" : "");
  }
  return text;
}

std::string column_list(const TableShape& table) { return joined(table, 0, table.columns.size(), "{c}"); }

} // namespace finch::journal
