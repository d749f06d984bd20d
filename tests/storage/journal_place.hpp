/// A directory of a test's own, for its journal.
#pragma once

#include "actors/storage/journal/journal.hpp"
#include "tests/storage/postgres_server.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

namespace finch::journal::tests {

/// Has a space in its name, and is gone when the test ends.
struct Place {
  std::filesystem::path directory;

  Place() {
    auto name = (std::filesystem::temp_directory_path() / "finch journal XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr)
      directory = name;
  }
  ~Place() { std::filesystem::remove_all(directory); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  [[nodiscard]] std::string file() const { return (directory / "journal.db").string(); }
};

/// Runs the test case it stands in twice: with `where` in a `place` on SQLite, and in an empty database of
/// PostgreSQL.
#define FINCH_ON_BOTH_DATABASES(where)                                                                       \
  finch::journal::tests::Place place;                                                                        \
  std::string where;                                                                                         \
  SUBCASE("SQLite") { where = place.file(); }                                                                \
  SUBCASE("PostgreSQL") {                                                                                    \
    where = finch::journal::tests::PostgresServer::instance().new_database();                                \
    if (where.empty()) {                                                                                     \
      MESSAGE("skipped: " << finch::journal::tests::PostgresServer::instance().why());                       \
      return;                                                                                                \
    }                                                                                                        \
  }

} // namespace finch::journal::tests
