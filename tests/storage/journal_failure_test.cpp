#include "tests/storage/journal_place.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

using namespace finch;
using namespace finch::journal;
using finch::journal::tests::Place;

namespace {

EquityPoint point(std::int64_t round) { return {1, "desk", round, round * 3, round * 2}; }

std::vector<EquityPoint> points(std::int64_t from, std::int64_t count) {
  std::vector<EquityPoint> out;
  for (std::int64_t i = 0; i < count; ++i)
    out.push_back(point(from + i));
  return out;
}

/// Fills a journal with enough rows for many pages.
void fill(const std::string& where) {
  auto journal = Journal::open(where);
  REQUIRE(journal.has_value());
  auto rows = points(0, 5'000);
  REQUIRE((*journal)->insert(std::span<const EquityPoint>{rows}).has_value());
}

void check_unavailable(const std::string& where) {
  for (auto access : {Access::write, Access::read}) {
    auto refused = Journal::open(where, access);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().category == Category::unavailable);
    CHECK(refused.error().message.find(where) != std::string::npos);
    CHECK_FALSE(refused.error().remedy.empty());
  }
}

/// Runs `work` in a child that must end by killing itself.
template <class Work>
void killed(Work work) {
  auto child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    work();
    _exit(3);
  }
  int state = 0;
  REQUIRE(waitpid(child, &state, 0) == child);
  REQUIRE(WIFSIGNALED(state));
}

} // namespace

TEST_CASE("a second reader sees what is committed while a writer is in the middle of a transaction") {
  FINCH_ON_BOTH_DATABASES(where);
  auto writer = Journal::open(where);
  REQUIRE(writer.has_value());
  REQUIRE((*writer)->insert(point(1)).has_value());
  auto reader = Journal::open(where, Access::read);
  REQUIRE_MESSAGE(reader.has_value(), reader.error().message);
  auto written = (*writer)->transact([&] {
    auto status = (*writer)->insert(point(2));
    CHECK(*(*reader)->count<EquityPoint>() == 1);
    CHECK(*(*writer)->count<EquityPoint>() == 2);
    return status;
  });
  REQUIRE(written.has_value());
  CHECK(*(*reader)->count<EquityPoint>() == 2);
}

TEST_CASE("a reader cannot write") {
  FINCH_ON_BOTH_DATABASES(where);
  fill(where);
  auto reader = Journal::open(where, Access::read);
  REQUIRE(reader.has_value());
  auto refused = (*reader)->put(point(1));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().category == Category::unavailable);
  CHECK(*(*reader)->count<EquityPoint>() == 5'000);
}

TEST_CASE("killed in the middle of a transaction, the journal holds what was acknowledged and nothing else") {
  for (auto rows : {1, 400, 60'000}) { // the last spills from SQLite's cache into the log before its commit
    Place place;
    killed([&] {
      auto journal = Journal::open(place.file());
      if (!journal || !(*journal)->insert(point(7)))
        return;
      auto batch = points(1'000'000, rows);
      static_cast<void>((*journal)->transact([&] {
        auto written = (*journal)->insert(std::span<const EquityPoint>{batch});
        kill(getpid(), written ? SIGKILL : SIGCONT);
        return written;
      }));
    });
    auto journal = Journal::open(place.file());
    REQUIRE(journal.has_value());
    CHECK((*journal)->verify().has_value());
    CHECK(*(*journal)->select<EquityPoint>() == std::vector{point(7)});
    CHECK((*journal)->insert(point(8)).has_value());
  }
}

TEST_CASE("killed after a write was acknowledged, the write is there") {
  FINCH_ON_BOTH_DATABASES(where);
  killed([&] {
    auto journal = Journal::open(where);
    if (journal && (*journal)->insert(point(7)))
      kill(getpid(), SIGKILL);
  });
  auto reader = Journal::open(where, Access::read);
  REQUIRE(reader.has_value());
  CHECK(*(*reader)->select<EquityPoint>() == std::vector{point(7)});
}

TEST_CASE("a file that is no journal is refused, named and left as it was") {
  Place place;
  auto nonsense = std::string(10'000, 'x');
  std::ofstream{place.file()} << nonsense;
  check_unavailable(place.file());
  std::string after;
  std::ifstream file{place.file()};
  std::getline(file, after);
  CHECK(after == nonsense);
}

TEST_CASE("a damaged journal is refused with its name and a remedy") {
  Place place;
  fill(place.file());
  auto size = std::filesystem::file_size(place.file());
  REQUIRE(size > 100'000);
  SUBCASE("pages overwritten in the middle") {
    std::fstream file{place.file(), std::ios::in | std::ios::out | std::ios::binary};
    for (auto at = size / 4 / 4'096 * 4'096; at < size * 3 / 4; at += 4'096) {
      file.seekp(static_cast<std::streamoff>(at));
      file << std::string(64, '\x5a');
    }
  }
  SUBCASE("cut short") { std::filesystem::resize_file(place.file(), size / 2); }
  SUBCASE("header overwritten") {
    std::fstream file{place.file(), std::ios::in | std::ios::out | std::ios::binary};
    file << "not any more";
  }
  check_unavailable(place.file());
}

TEST_CASE("a place that cannot be is refused with its name") {
  Place place;
  check_unavailable((place.directory / "missing" / "journal.db").string());
  auto absent = Journal::open(place.file(), Access::read);
  REQUIRE_FALSE(absent.has_value());
  CHECK(absent.error().category == Category::unavailable);
  CHECK_FALSE(std::filesystem::exists(place.file()));
}

TEST_CASE("an address that does not answer is refused without its password") {
  auto refused = Journal::open("postgresql://finch:secret@127.0.0.1:1/finch");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().category == Category::unavailable);
  CHECK(refused.error().message.find("127.0.0.1") != std::string::npos);
  CHECK(refused.error().message.find("secret") == std::string::npos);
}
