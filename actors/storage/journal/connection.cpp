#include "actors/storage/journal/connection.hpp"

#include "actors/storage/journal/migrations.hpp"

#include <fmt/format.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sqlite3.h>

#include <filesystem>

namespace finch::journal {
namespace {

// Above this size the check at opening would be felt; `verify` still reads everything when asked.
constexpr std::uintmax_t checked_at_opening = 64U << 20U;
constexpr std::string_view restore =
    "restore it from a backup, or move it away (with its -wal and -shm files) to begin "
    "a new journal";

bool is_address(std::string_view where) {
  return where.starts_with("postgresql://") || where.starts_with("postgres://");
}

/// An address without its password, for messages.
std::string shown(std::string_view where) {
  auto at = where.rfind('@');
  auto scheme = where.find("://");
  if (!is_address(where) || at == std::string_view::npos)
    return std::string{where};
  auto user = where.substr(scheme + 3, at - scheme - 3);
  return fmt::format("{}{}{}", where.substr(0, scheme + 3), user.substr(0, user.find(':')), where.substr(at));
}

/// SQLite's result code, without the extended part; 0 for other errors.
int sqlite_code(const std::exception& error) {
  auto* own = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  return own ? own->result() & 0xff : 0;
}

/// A migration's statement in the database's own words: {utc:x} is the time x, in ns, as text.
std::string spoken(std::string_view statement, bool lite) {
  constexpr std::string_view opening = "{utc:";
  std::string text;
  for (;;) {
    auto at = statement.find(opening);
    text += statement.substr(0, at);
    if (at == std::string_view::npos)
      return text;
    statement.remove_prefix(at + opening.size());
    auto end = statement.find('}');
    text += fmt::format(fmt::runtime(lite ? "strftime('%Y-%m-%dT%H:%M:%SZ', ({}) / 1000000000, 'unixepoch')"
                                          : "to_char(to_timestamp(({}) / 1000000000) AT TIME ZONE 'UTC', "
                                            "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"),
                        statement.substr(0, end));
    statement.remove_prefix(end + 1);
  }
}

/// PostgreSQL's state code; empty for other errors.
std::string postgres_code(const std::exception& error) {
  auto* own = dynamic_cast<const soci::postgresql_soci_error*>(&error);
  return own ? own->sqlstate() : std::string{};
}

} // namespace

Error translate(const std::string& where, const std::string& place, const soci::soci_error& error) {
  auto message = fmt::format("journal '{}', {}: {}", shown(where), place, error.get_error_message());
  auto category = error.get_error_category();
  switch (sqlite_code(error)) {
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return {Category::unavailable, message, std::string{restore}};
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return {Category::unavailable, message,
            "another process is writing it: stop that process, or wait and try again"};
  case SQLITE_FULL:
    return {Category::unavailable, message, "free some space on its disk; nothing of this write was kept"};
  case SQLITE_CANTOPEN:
  case SQLITE_READONLY:
  case SQLITE_PERM:
  case SQLITE_IOERR:
    return {Category::unavailable, message,
            "check that its directory exists, is writable and has a healthy disk"};
  case SQLITE_CONSTRAINT:
    return {Category::failed, message, "a row with this key is already there"};
  default:
    break;
  }
  auto state = postgres_code(error);
  if (state == "25006")
    return {Category::unavailable, message, "it was opened for reading only"};
  if (state == "53100")
    return {Category::unavailable, message,
            "free some space on the server's disk; nothing of this write was kept"};
  if (state.starts_with("57P") || state.starts_with("08"))
    return {Category::unavailable, message, "check that the database server runs, then try again"};
  if (category == soci::soci_error::constraint_violation)
    return {Category::failed, message, "a row with this key is already there"};
  if (category == soci::soci_error::connection_error || category == soci::soci_error::system_error)
    return {Category::unavailable, message,
            "check that the database server runs and that the address is right"};
  return {Category::failed, message, {}};
}

Connection::Connection(std::string where) : where_{std::move(where)}, lite_{!is_address(where_)} {}

Status Connection::connect_server(Access access) {
  auto connected = guard("connecting", [&]() -> Status {
    // SOCI reads the address as key=value pairs and would append a '=' to one without any.
    auto parameter = where_.find('?') == std::string::npos ? "?" : "&";
    sql_.open(soci::postgresql, fmt::format("{}{}application_name=finch", where_, parameter));
    if (access == Access::read)
      sql_ << "SET default_transaction_read_only = on";
    return {};
  });
  // Whatever kept it from connecting (no driver, no server, no such database), it is not there.
  if (!connected)
    return fail(Category::unavailable, connected.error().message,
                "check that the database server runs and that the address is right");
  return connected;
}

Status Connection::connect(Access access) {
  if (!lite_)
    return connect_server(access);
  std::error_code ignored;
  if (access == Access::read && !std::filesystem::exists(where_, ignored))
    return fail(
        Category::unavailable, fmt::format("there is no journal '{}'", where_),
        "run a command that writes one, as 'finch node' or 'finch evolve', or name another with --data");
  if (where_.find('"') != std::string::npos)
    return fail(Category::usage, fmt::format("the journal's path {} has a quotation mark", where_),
                "use another path");
  return guard("opening", [&]() -> Status {
    sql_.open(soci::sqlite3, fmt::format("db=\"{}\" timeout=5", where_));
    std::string mode;
    if (access == Access::write) {
      sql_ << "PRAGMA journal_mode = WAL", soci::into(mode);
      sql_ << "PRAGMA synchronous = FULL"; // what was acknowledged survives a power cut
    } else {
      sql_ << "PRAGMA query_only = ON";
    }
    return {};
  });
}

Status Connection::reconnect() {
  // A new connection knows nothing of the transaction, and would commit the rest of it as if it were all.
  if (in_transaction)
    return fail(Category::failed,
                fmt::format("journal '{}' cannot be connected anew inside a transaction", shown(where_)));
  auto closed = guard("closing", [&]() -> Status {
    sql_.close();
    return {};
  });
  return closed ? open(access_, target_) : closed;
}

/// A lost server shows as whatever the driver was doing at that moment.
Error Connection::explain(const std::string& place, const soci::soci_error& error) {
  auto told = translate(where_, place, error);
  if (!lite_ && told.category != Category::unavailable && !sql_.is_connected()) {
    told.category = Category::unavailable;
    told.remedy = "the connection to the database server is lost: check that the server runs, then try again";
  }
  return told;
}

Status Connection::find_version() {
  return guard("reading its schema", [&]() -> Status {
    int tables = 0, own = 0;
    if (lite_) {
      sql_ << "SELECT COUNT(*) FROM sqlite_master", soci::into(tables);
      sql_ << "SELECT COUNT(*) FROM sqlite_master WHERE name = 'schema_version'", soci::into(own);
    } else {
      sql_ << "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() AND "
              "table_name = 'schema_version'",
          soci::into(own);
    }
    if (own == 0 && tables > 0)
      return fail(Category::unavailable,
                  fmt::format("'{}' is a database, but not Finch's journal", shown(where_)),
                  "name another path for the journal");
    long long found = 0;
    if (own > 0)
      sql_ << "SELECT COALESCE(MAX(version), 0) FROM schema_version", soci::into(found);
    version_ = found;
    return {};
  });
}

Status Connection::check_structure() {
  return guard("checking its structure", [&]() -> Status {
    std::string finding;
    if (lite_)
      sql_ << "PRAGMA quick_check(1)", soci::into(finding);
    if (!finding.empty() && finding != "ok")
      return fail(Category::unavailable, fmt::format("journal '{}' is damaged: {}", where_, finding),
                  std::string{restore});
    return {};
  });
}

Status Connection::migrate(std::int64_t target) {
  for (const auto& migration : migrations()) {
    if (migration.version <= version_ || migration.version > target)
      continue;
    auto applied = guard(fmt::format("migrating to schema {} ({})", migration.version, migration.subject),
                         [&]() -> Status {
                           soci::transaction transaction{sql_};
                           if (migration.version == 1)
                             sql_ << "CREATE TABLE schema_version (version BIGINT NOT NULL PRIMARY KEY, "
                                     "subject TEXT NOT NULL)";
                           for (const auto* statement : migration.statements)
                             sql_ << spoken(statement, lite_);
                           long long number = migration.version;
                           std::string subject = migration.subject;
                           sql_ << "INSERT INTO schema_version (version, subject) VALUES (:v, :s)",
                               soci::use(number), soci::use(subject);
                           transaction.commit();
                           return {};
                         });
    if (!applied)
      return applied;
    version_ = migration.version;
  }
  return {};
}

Status Connection::open(Access access, std::int64_t target) {
  access_ = access;
  target_ = target;
  if (auto connected = connect(access); !connected)
    return connected;
  if (auto found = find_version(); !found)
    return found;
  auto newest = migrations().back().version;
  if (version_ > newest)
    return fail(
        Category::unavailable,
        fmt::format("journal '{}' has schema {}, this build knows {}", shown(where_), version_, newest),
        "update Finch, or name another journal");
  std::error_code unknown;
  if (auto size = lite_ ? std::filesystem::file_size(where_, unknown) : 0;
      !unknown && size <= checked_at_opening)
    if (auto sound = check_structure(); !sound)
      return sound;
  if (access == Access::write)
    return migrate(target);
  if (version_ < newest)
    return fail(
        Category::unavailable,
        fmt::format("journal '{}' has schema {}, this build reads {}", shown(where_), version_, newest),
        "run a command that writes it once, which brings it up to date");
  return {};
}

} // namespace finch::journal
