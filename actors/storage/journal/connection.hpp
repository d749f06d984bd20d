/// The journal's database connection. Only the journal's own sources include this: it brings all of SOCI.
#pragma once

#include "actors/storage/journal/journal.hpp"

#include <soci/soci.h>

namespace finch::journal {

/// What went wrong in SQL, as an error that names the journal and the place.
[[nodiscard]] Error translate(const std::string& where, const std::string& place,
                              const soci::soci_error& error);

/// A session with a database whose schema this build knows.
class Connection {
public:
  explicit Connection(std::string where);

  /// Connects, checks and, with write access, migrates up to schema `target`.
  [[nodiscard]] Status open(Access access, std::int64_t target);
  /// Drops the connection and opens the same database anew, as it was opened before.
  [[nodiscard]] Status reconnect();
  /// Reads the whole database against its own structure (SQLite; PostgreSQL has checksums of its own).
  [[nodiscard]] Status check_structure();
  [[nodiscard]] std::int64_t version() const noexcept { return version_; }
  [[nodiscard]] soci::session& sql() noexcept { return sql_; }

  /// Runs `work`, which may throw SOCI's exceptions, and turns them into an error at `place`.
  template <class Work>
  auto guard(const std::string& place, Work&& work) -> decltype(work()) {
    try {
      return work();
    } catch (const soci::soci_error& error) {
      return tl::unexpected(explain(place, error));
    }
  }

  bool in_transaction = false;

private:
  [[nodiscard]] Error explain(const std::string& place, const soci::soci_error& error);
  [[nodiscard]] Status connect(Access access);
  [[nodiscard]] Status connect_server(Access access);
  [[nodiscard]] Status find_version();
  [[nodiscard]] Status migrate(std::int64_t target);

  std::string where_;
  bool lite_;
  Access access_ = Access::read;
  std::int64_t target_ = 0; ///< schema that opening migrates to
  soci::session sql_;
  std::int64_t version_ = 0;
};

} // namespace finch::journal
