#include "actors/storage/journal/journal.hpp"

#include "actors/storage/journal/connection.hpp"

#include <fmt/format.h>

#include <cmath>
#include <deque>

namespace finch::journal {
namespace {

/// One value on its way into or out of SQL, in the one form its column has.
struct Bound {
  long long integer = 0;
  double real = 0;
  std::string text;
  soci::indicator indicator = soci::i_ok;

  void set(const Cell& cell) {
    indicator = soci::i_ok;
    if (auto* whole = std::get_if<std::int64_t>(&cell)) {
      integer = *whole;
    } else if (auto* number = std::get_if<double>(&cell)) {
      real = *number;
      indicator = std::isnan(*number) ? soci::i_null : soci::i_ok;
    } else {
      text = std::get<std::string>(cell);
    }
  }

  [[nodiscard]] Cell get(const Cell& kind) const {
    auto null = indicator == soci::i_null;
    if (std::holds_alternative<std::int64_t>(kind))
      return null ? std::int64_t{0} : static_cast<std::int64_t>(integer);
    if (std::holds_alternative<double>(kind))
      return null ? std::numeric_limits<double>::quiet_NaN() : real;
    return null ? std::string{} : text;
  }

  void use_in(soci::statement& statement, const Cell& kind) {
    if (std::holds_alternative<std::int64_t>(kind))
      statement.exchange(soci::use(integer, indicator));
    else if (std::holds_alternative<double>(kind))
      statement.exchange(soci::use(real, indicator));
    else
      statement.exchange(soci::use(text, indicator));
  }

  void into_from(soci::statement& statement, const Cell& kind) {
    if (std::holds_alternative<std::int64_t>(kind))
      statement.exchange(soci::into(integer, indicator));
    else if (std::holds_alternative<double>(kind))
      statement.exchange(soci::into(real, indicator));
    else
      statement.exchange(soci::into(text, indicator));
  }
};

} // namespace

Journal::Journal(std::unique_ptr<Connection> connection) : connection_{std::move(connection)} {}

Journal::~Journal() = default; // the session rolls back what was not committed

namespace {

constexpr auto newest_version = std::numeric_limits<std::int64_t>::max();

} // namespace

Result<std::unique_ptr<Journal>> Journal::open(const std::string& where, Access access) {
  auto connection = std::make_unique<Connection>(where);
  if (auto opened = connection->open(access, newest_version); !opened)
    return tl::unexpected(opened.error());
  return std::unique_ptr<Journal>{new Journal{std::move(connection)}};
}

Result<std::unique_ptr<Journal>> Journal::open_at(const std::string& where, std::int64_t version) {
  auto connection = std::make_unique<Connection>(where);
  if (auto opened = connection->open(Access::write, version); !opened)
    return tl::unexpected(opened.error());
  return std::unique_ptr<Journal>{new Journal{std::move(connection)}};
}

std::int64_t Journal::schema_version() const noexcept { return connection_->version(); }

Status Journal::reconnect() { return connection_->reconnect(); }

Status Journal::verify() { return connection_->check_structure(); }

Status Journal::transact(const std::function<Status()>& work) {
  auto& own = *connection_;
  if (own.in_transaction)
    return work();
  auto begun = own.guard("beginning a transaction", [&]() -> Status {
    own.sql().begin();
    return {};
  });
  if (!begun)
    return begun;
  own.in_transaction = true;
  auto done = work();
  if (done)
    done = own.guard("committing", [&]() -> Status {
      own.sql().commit();
      return {};
    });
  if (!done) {
    // The first error is the one to report; after some of them SQLite has rolled back by itself.
    static_cast<void>(own.guard("rolling back", [&]() -> Status {
      own.sql().rollback();
      return {};
    }));
  }
  own.in_transaction = false;
  return done;
}

Result<std::int64_t> Journal::write_rows(const TableShape& table, Existing existing, std::size_t count,
                                         const Fill& fill) {
  std::int64_t written = 0;
  if (count == 0)
    return written;
  auto& own = *connection_;
  auto done = transact([&] {
    return own.guard(fmt::format("writing {}", table.name), [&]() -> Status {
      std::deque<Bound> bound(table.columns.size());
      soci::statement statement{own.sql()};
      statement.alloc();
      statement.prepare(insert_text(table, existing));
      for (std::size_t i = 0; i < bound.size(); ++i)
        bound[i].use_in(statement, table.columns[i].second);
      statement.define_and_bind();
      std::vector<Cell> row;
      for (std::size_t index = 0; index < count; ++index) {
        fill(index, row);
        for (std::size_t i = 0; i < bound.size(); ++i)
          bound[i].set(row[i]);
        statement.execute(true);
        written += statement.get_affected_rows();
      }
      return {};
    });
  });
  if (!done)
    return tl::unexpected(done.error());
  return written;
}

Status Journal::select_rows(const TableShape& table, const Query& query, const Visit& visit) {
  auto conditions = condition_text(table, query);
  if (!conditions)
    return tl::unexpected(conditions.error());
  auto order = order_text(table, query);
  if (!order)
    return tl::unexpected(order.error());
  auto text = fmt::format("SELECT {} FROM {}{}{}", column_list(table), table.name, *conditions, *order);
  if (query.rows())
    text += fmt::format(" LIMIT {}", std::max<std::int64_t>(*query.rows(), 0));
  auto& own = *connection_;
  return own.guard(fmt::format("reading {}", table.name), [&]() -> Status {
    std::deque<Bound> arguments(query.conditions().size()), bound(table.columns.size());
    soci::statement statement{own.sql()};
    statement.alloc();
    statement.prepare(text);
    for (std::size_t i = 0; i < bound.size(); ++i)
      bound[i].into_from(statement, table.columns[i].second);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      arguments[i].set(query.conditions()[i].value);
      arguments[i].use_in(statement, query.conditions()[i].value);
    }
    statement.define_and_bind();
    std::vector<Cell> row(bound.size());
    for (auto more = statement.execute(true); more; more = statement.fetch()) {
      for (std::size_t i = 0; i < bound.size(); ++i)
        row[i] = bound[i].get(table.columns[i].second);
      visit(row);
    }
    return {};
  });
}

Result<std::int64_t> Journal::count_rows(const TableShape& table, const Query& query) {
  auto conditions = condition_text(table, query);
  if (!conditions)
    return tl::unexpected(conditions.error());
  auto& own = *connection_;
  return own.guard(fmt::format("counting {}", table.name), [&]() -> Result<std::int64_t> {
    std::deque<Bound> arguments(query.conditions().size());
    long long rows = 0;
    soci::statement statement{own.sql()};
    statement.alloc();
    statement.prepare(fmt::format("SELECT COUNT(*) FROM {}{}", table.name, *conditions));
    statement.exchange(soci::into(rows));
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      arguments[i].set(query.conditions()[i].value);
      arguments[i].use_in(statement, query.conditions()[i].value);
    }
    statement.define_and_bind();
    statement.execute(true);
    return static_cast<std::int64_t>(rows);
  });
}

Result<bool> Journal::record_trial(const Trial& trial) {
  return write(std::span<const Trial>{&trial, 1}, Existing::keep).map([](std::int64_t rows) {
    return rows > 0;
  });
}

Result<std::int64_t> Journal::trial_count(std::int64_t epoch) {
  return count<Trial>(Query{}.equal("epoch", epoch));
}

Result<std::vector<double>> Journal::trial_sharpes(std::int64_t epoch) {
  auto& own = *connection_;
  return own.guard("reading trials", [&]() -> Result<std::vector<double>> {
    std::vector<double> sharpes;
    double sharpe = 0;
    long long wanted = epoch;
    soci::statement statement =
        (own.sql().prepare << "SELECT sharpe FROM trials WHERE epoch = :e AND sharpe IS NOT NULL "
                              "ORDER BY id",
         soci::into(sharpe), soci::use(wanted));
    for (auto more = statement.execute(true); more; more = statement.fetch())
      sharpes.push_back(sharpe);
    return sharpes;
  });
}

Result<bool> Journal::record_holdout_look(const HoldoutLook& look) {
  return write(std::span<const HoldoutLook>{&look, 1}, Existing::keep).map([](std::int64_t rows) {
    return rows > 0;
  });
}

} // namespace finch::journal
