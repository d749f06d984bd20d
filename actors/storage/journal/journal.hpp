/// The journal: everything Finch must remember besides market data, in SQL.
#pragma once

#include "actors/storage/journal/account_records.hpp"
#include "actors/storage/journal/research_records.hpp"
#include "actors/storage/journal/session_records.hpp"
#include "actors/storage/journal/sql_text.hpp"
#include "actors/storage/journal/trading_records.hpp"

#include <functional>
#include <memory>

namespace finch::journal {

/// Whether the journal may be changed. A reader sees what was committed when its query began, also while a
/// writer writes; it never waits for one.
enum class Access { read, write };

class Connection;

/// A connection to the journal, for one thread. SQLite in WAL mode where `open` is given a path, PostgreSQL
/// where it is given a `postgresql://` address.
///
/// What `insert`, `put` or `transact` has returned success for is on disk. Every error names the journal and
/// the table; a damaged, locked or missing database is `Category::unavailable` with what to do about it.
class Journal {
public:
  /// Opens the journal, creating it when writing to a path where there is none, and brings its schema up to
  /// date. A journal of a newer schema is refused.
  [[nodiscard]] static Result<std::unique_ptr<Journal>> open(const std::string& where,
                                                             Access access = Access::write);
  ~Journal();

  /// Writes all records or none; a key that is already there, or comes twice, is an error.
  template <class Record>
  [[nodiscard]] Status insert(std::span<const Record> records) {
    return written(write(records, Existing::refuse));
  }
  template <class Record>
  [[nodiscard]] Status insert(const Record& record) {
    return insert(std::span<const Record>{&record, 1});
  }
  /// Writes a record in place of the one with its key, if any.
  template <class Record>
  [[nodiscard]] Status put(const Record& record) {
    return written(write(std::span<const Record>{&record, 1}, Existing::replace));
  }
  template <class Record>
  [[nodiscard]] Status put(std::span<const Record> records) {
    return written(write(records, Existing::replace));
  }

  /// The records that satisfy the query, in its order; without an order, by key.
  template <class Record>
  [[nodiscard]] Result<std::vector<Record>> select(const Query& query = {}) {
    std::vector<Record> records;
    Status status;
    auto ran = select_rows(shape_of<Record>(), query, [&](const std::vector<Cell>& row) {
      auto record = from_row<Record>(row);
      if (record)
        records.push_back(std::move(*record));
      else if (status)
        status = tl::unexpected(record.error());
    });
    if (!ran)
      return tl::unexpected(ran.error());
    if (!status)
      return tl::unexpected(status.error());
    return records;
  }
  /// Hands the same rows, cell by cell as in `Table<Record>::columns`, to `visit` one by one, without keeping
  /// them; its error is returned, and nothing is visited after it.
  template <class Record, class Visitor>
  [[nodiscard]] Status each(const Query& query, const Visitor& visit) {
    Status status;
    auto ran = select_rows(shape_of<Record>(), query, [&](const std::vector<Cell>& row) {
      if (status)
        status = visit(row);
    });
    return ran ? status : ran;
  }
  /// How many records satisfy the query; its order and limit do not matter.
  template <class Record>
  [[nodiscard]] Result<std::int64_t> count(const Query& query = {}) {
    return count_rows(shape_of<Record>(), query);
  }

  /// Runs `work` in one transaction: committed when it succeeds, undone when it fails. Inside another it
  /// joins that.
  [[nodiscard]] Status transact(const std::function<Status()>& work);

  /// Counts a trial unless its id was counted before; false means it was.
  [[nodiscard]] Result<bool> record_trial(const Trial& trial);
  /// N of the epoch: every trial ever counted on it.
  [[nodiscard]] Result<std::int64_t> trial_count(std::int64_t epoch);
  /// Sharpe ratios of the epoch's trials that have one, by trial id: what the deflated Sharpe ratio compares
  /// with.
  [[nodiscard]] Result<std::vector<double>> trial_sharpes(std::int64_t epoch);
  /// Grants a lineage its look at a holdout day unless it had one; false means it had.
  [[nodiscard]] Result<bool> record_holdout_look(const HoldoutLook& look);

  /// Opens the same journal anew with the same access, after a server went away: until then everything is
  /// `Category::unavailable`. What a failed write or transaction was about is not there, unless it failed
  /// while committing, when it may be; `put` it again. An error inside a transaction.
  [[nodiscard]] Status reconnect();
  /// Reads the whole database against its own structure; an error names the first damage.
  [[nodiscard]] Status verify();
  [[nodiscard]] std::int64_t schema_version() const noexcept;

  /// For migrations' tests: opens and migrates up to `version` only.
  [[nodiscard]] static Result<std::unique_ptr<Journal>> open_at(const std::string& where,
                                                                std::int64_t version);

private:
  explicit Journal(std::unique_ptr<Connection> connection);

  using Fill = std::function<void(std::size_t, std::vector<Cell>&)>;
  using Visit = std::function<void(const std::vector<Cell>&)>;

  /// Number of rows written.
  template <class Record>
  [[nodiscard]] Result<std::int64_t> write(std::span<const Record> records, Existing existing) {
    return write_rows(shape_of<Record>(), existing, records.size(),
                      [&](std::size_t index, std::vector<Cell>& row) { to_row(records[index], row); });
  }
  [[nodiscard]] static Status written(const Result<std::int64_t>& rows) {
    return rows ? Status{} : Status{tl::unexpected(rows.error())};
  }
  [[nodiscard]] Result<std::int64_t> write_rows(const TableShape& table, Existing existing, std::size_t count,
                                                const Fill& fill);
  [[nodiscard]] Status select_rows(const TableShape& table, const Query& query, const Visit& visit);
  [[nodiscard]] Result<std::int64_t> count_rows(const TableShape& table, const Query& query);

  std::unique_ptr<Connection> connection_;
};

} // namespace finch::journal
