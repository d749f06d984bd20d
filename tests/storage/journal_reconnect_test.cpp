/// The server goes away under an open journal: what was acknowledged stays, what was not is reported.
#include "tests/storage/journal_place.hpp"

#include <doctest/doctest.h>

#include <csignal>

using namespace finch;
using namespace finch::journal;
using finch::journal::tests::PostgresServer;

namespace {

EquityPoint point(std::int64_t round) { return {1, "desk", round, round * 3, round * 2}; }

std::vector<std::int64_t> rounds(Journal& journal) {
  auto points = journal.select<EquityPoint>();
  REQUIRE_MESSAGE(points.has_value(), points.error().message);
  std::vector<std::int64_t> out;
  for (const auto& one : *points)
    out.push_back(one.round);
  return out;
}

template <class Answer>
void check_unavailable(const Answer& answer) {
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().category == Category::unavailable);
  CHECK(answer.error().message.find("journal 'postgresql://finch@127.0.0.1") != std::string::npos);
  CHECK(answer.error().remedy.find("server") != std::string::npos);
}

/// The tests' server with a journal on it, started again when the test ends.
struct Served {
  PostgresServer& server = PostgresServer::instance();
  std::string where = server.new_database();

  Served() {
    if (where.empty())
      MESSAGE("skipped: " << server.why());
  }
  [[nodiscard]] std::unique_ptr<Journal> open(Access access = Access::write) const {
    auto journal = Journal::open(where, access);
    REQUIRE_MESSAGE(journal.has_value(), journal.error().message);
    return std::move(*journal);
  }
  void restart(int signal) const {
    server.stop(signal);
    REQUIRE(server.start_again());
  }
};

/// How a server ends; the test case is run once for each.
int some_end() {
  int signal = SIGINT;
  SUBCASE("by an administrator") {}
  SUBCASE("by a crash") { signal = SIGQUIT; }
  return signal;
}

} // namespace

TEST_CASE("a server that was restarted between writes is reported once and loses nothing") {
  Served served;
  if (served.where.empty())
    return;
  auto signal = some_end();
  auto journal = served.open();
  auto reader = served.open(Access::read);
  REQUIRE(journal->insert(point(1)).has_value());
  CHECK(rounds(*reader) == std::vector<std::int64_t>{1});
  served.restart(signal);
  check_unavailable(journal->insert(point(2)));
  REQUIRE(journal->reconnect().has_value());
  CHECK(rounds(*journal) == std::vector<std::int64_t>{1});
  REQUIRE(journal->insert(point(2)).has_value());
  CHECK(journal->schema_version() == served.open()->schema_version());

  check_unavailable(reader->select<EquityPoint>());
  check_unavailable(reader->count<EquityPoint>());
  REQUIRE(reader->reconnect().has_value());
  CHECK(rounds(*reader) == std::vector<std::int64_t>{1, 2});
  CHECK_FALSE(reader->insert(point(3)).has_value()); // a reader stays one
}

TEST_CASE("a server restarted in the middle of a transaction leaves nothing of it and all before it") {
  Served served;
  if (served.where.empty())
    return;
  auto signal = some_end();
  auto journal = served.open();
  REQUIRE(journal->insert(point(1)).has_value());
  std::vector<EquityPoint> batch{point(2), point(3)};
  auto write = [&](bool restarted) {
    return journal->transact([&] {
      auto first = journal->put(batch[0]);
      REQUIRE(first.has_value());
      if (restarted) {
        served.restart(signal);
        CHECK_FALSE(journal->reconnect().has_value()); // it would make half a transaction
      }
      return journal->put(batch[1]);
    });
  };
  check_unavailable(write(true));
  REQUIRE(journal->reconnect().has_value());
  CHECK(rounds(*journal) == std::vector<std::int64_t>{1});
  REQUIRE(write(false).has_value());
  CHECK(rounds(*journal) == std::vector<std::int64_t>{1, 2, 3});
}

TEST_CASE("a server that vanishes before the commit fails the transaction") {
  Served served;
  if (served.where.empty())
    return;
  auto journal = served.open();
  auto failed = journal->transact([&] {
    auto put = journal->put(point(1));
    served.restart(SIGQUIT);
    return put;
  });
  check_unavailable(failed);
  REQUIRE(journal->reconnect().has_value());
  CHECK(rounds(*journal).empty());
}

TEST_CASE("while the server is away everything says so, and it goes on when it is back") {
  Served served;
  if (served.where.empty())
    return;
  auto journal = served.open();
  REQUIRE(journal->insert(point(1)).has_value());
  served.server.stop(SIGINT);
  check_unavailable(journal->insert(point(2)));
  for (int attempt = 0; attempt < 2; ++attempt) {
    check_unavailable(journal->reconnect());
    check_unavailable(journal->insert(point(2)));
    check_unavailable(journal->select<EquityPoint>());
    check_unavailable(journal->transact([] { return Status{}; }));
  }
  REQUIRE(served.server.start_again());
  REQUIRE(journal->reconnect().has_value());
  REQUIRE(journal->insert(point(2)).has_value());
  CHECK(rounds(*journal) == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("a journal in a file is opened anew as it was") {
  finch::journal::tests::Place place;
  auto journal = Journal::open(place.file());
  REQUIRE(journal.has_value());
  REQUIRE((*journal)->insert(point(1)).has_value());
  auto reader = Journal::open(place.file(), Access::read);
  REQUIRE(reader.has_value());
  REQUIRE((*journal)->reconnect().has_value());
  REQUIRE((*reader)->reconnect().has_value());
  REQUIRE((*journal)->insert(point(2)).has_value());
  CHECK(rounds(**reader) == std::vector<std::int64_t>{1, 2});
  CHECK_FALSE((*reader)->insert(point(3)).has_value());
}
