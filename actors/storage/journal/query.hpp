/// What to select: conditions that all hold, an order, a limit.
#pragma once

#include "actors/storage/journal/table.hpp"

#include <optional>

namespace finch::journal {

/// Built by chaining: `Query{}.equal("cycle", 7).order_by("rank").limit(20)`. Columns are checked against the
/// table when the query runs; values never become part of the SQL text.
class Query {
public:
  struct Condition {
    std::string column;
    const char* comparison;
    Cell value;
  };
  struct Order {
    std::string column;
    bool descending;
  };

  template <class T>
  Query& equal(std::string column, const T& value) {
    return add(std::move(column), "=", value);
  }
  template <class T>
  Query& at_least(std::string column, const T& value) {
    return add(std::move(column), ">=", value);
  }
  template <class T>
  Query& at_most(std::string column, const T& value) {
    return add(std::move(column), "<=", value);
  }
  /// Earlier orders weigh more.
  Query& order_by(std::string column, bool descending = false) {
    orders_.push_back({std::move(column), descending});
    return *this;
  }
  Query& limit(std::int64_t rows) {
    limit_ = rows;
    return *this;
  }

  [[nodiscard]] const std::vector<Condition>& conditions() const noexcept { return conditions_; }
  [[nodiscard]] const std::vector<Order>& orders() const noexcept { return orders_; }
  [[nodiscard]] std::optional<std::int64_t> rows() const noexcept { return limit_; }

private:
  template <class T>
  Query& add(std::string column, const char* comparison, const T& value) {
    if constexpr (std::is_convertible_v<T, std::string>)
      conditions_.push_back({std::move(column), comparison, std::string{value}});
    else
      conditions_.push_back({std::move(column), comparison, to_cell(value)});
    return *this;
  }

  std::vector<Condition> conditions_;
  std::vector<Order> orders_;
  std::optional<std::int64_t> limit_;
};

} // namespace finch::journal
