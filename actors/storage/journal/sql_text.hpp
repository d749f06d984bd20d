/// SQL text from table shapes and queries, in the part of the language SQLite and PostgreSQL share.
#pragma once

#include "actors/storage/journal/query.hpp"

namespace finch::journal {

/// What to do with a row whose key is already there.
enum class Existing { refuse, keep, replace };

/// Values are the placeholders :v0, :v1, … in the order of the columns.
[[nodiscard]] std::string insert_text(const TableShape& table, Existing existing);
/// The WHERE part, values as placeholders in the order of the conditions; a usage error names a column that
/// does not exist or is of another kind than its value.
[[nodiscard]] Result<std::string> condition_text(const TableShape& table, const Query& query);
/// The ORDER BY part: the query's, or by key.
[[nodiscard]] Result<std::string> order_text(const TableShape& table, const Query& query);
/// All columns, separated by commas.
[[nodiscard]] std::string column_list(const TableShape& table);

} // namespace finch::journal
