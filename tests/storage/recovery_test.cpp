#include "tests/storage/child_process.hpp"
#include "tests/storage/store_fixture.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>

using namespace finch;
using namespace finch::market;
using namespace finch::storage;
using namespace finch::storage::test;

namespace {

constexpr std::size_t truth_rows = 400'000, file_rows = 2'500;

TickColumns truth_of(std::uint64_t first_id) {
  return make_ticks(truth_rows, test_start, first_id, 21, 2 * ns_per_s);
}

/// Rows stored, which must be the first so many of the truth.
std::size_t stored_prefix(TickStore& store, const TickColumns& truth) {
  auto [rows, error] = read_all(store.ticks(1, 0, INT64_MAX));
  if (!error.empty() || rows.size() > truth.size() || !same_rows(rows, slice(truth, 0, rows.size())))
    ::_exit(10);
  return rows.size();
}

/// What both children do first: the store opens by itself, and what was acknowledged is there.
std::unique_ptr<TickStore> reopen(const TickColumns& truth, std::size_t& rows) {
  auto store = open_store(variable("FINCH_TEST_DIRECTORY"));
  if (!store->losses().empty() || !store->quarantined().empty())
    ::_exit(11);
  rows = stored_prefix(*store, truth);
  if (rows < std::stoull(variable("FINCH_TEST_ACKNOWLEDGED")))
    ::_exit(12);
  return store;
}

/// Lets the child run for a random while, kills it, and returns the greatest number it told.
std::uint64_t run_and_kill(const std::string& test_case, const std::filesystem::path& directory,
                           std::uint64_t acknowledged, std::mt19937_64& random) {
  ChildProcess child{test_case,
                     {{"FINCH_TEST_DIRECTORY", directory.string()},
                      {"FINCH_TEST_ACKNOWLEDGED", std::to_string(acknowledged)}}};
  std::uint64_t told = 0;
  if (!child.read(told)) {
    FAIL_CHECK(child.wait());
    return acknowledged;
  }
  // Counted in acknowledgements first, so that a busy machine kills as deep in the work as an idle one.
  for (auto more = random() % 4; more > 0 && child.read(told); --more)
    acknowledged = std::max(acknowledged, told);
  ::usleep(static_cast<useconds_t>(random() % 3'000));
  ::kill(child.pid(), SIGKILL);
  while (child.read(told))
    acknowledged = std::max(acknowledged, told);
  auto ended = child.wait();
  CHECK((ended == -SIGKILL || ended == 0));
  return std::max(acknowledged, told);
}

} // namespace

TEST_CASE("child: record live" * doctest::skip()) {
  auto truth = truth_of(1);
  std::size_t rows = 0;
  auto store = reopen(truth, rows);
  auto id = store->ensure_instrument(bitcoin())->id;
  tell_parent(rows);
  std::mt19937_64 random{rows};
  while (rows < truth.size()) {
    auto end = std::min(truth.size(), rows + 1 + random() % 300);
    if (!store->append_ticks(id, slice(truth, rows, end)) || !store->commit())
      ::_exit(13);
    tell_parent(rows = end);
  }
}

TEST_CASE("child: import files" * doctest::skip()) {
  auto truth = truth_of(0);
  std::size_t rows = 0;
  auto store = reopen(truth, rows);
  if (rows % file_rows != 0)
    ::_exit(14); // half a file
  tell_parent(rows);
  for (; rows < truth.size(); rows += file_rows) {
    auto session = store->begin_import();
    auto id = session->instrument(bitcoin());
    for (std::size_t at = rows; at < rows + file_rows; at += 500)
      if (!session->add(*id, Kind::trades, slice(truth, at, at + 500)))
        ::_exit(15);
    if (auto report = session->finish(); !report || report->added != file_rows)
      ::_exit(16);
    tell_parent(rows + file_rows);
  }
}

TEST_CASE("killed at any point, nothing acknowledged is lost and nothing is doubled") {
  std::mt19937_64 random{std::random_device{}()};
  for (auto [test_case, ids, kills] :
       {std::tuple{"child: record live", 1, 26}, {"child: import files", 0, 26}}) {
    TemporaryDirectory directory;
    std::uint64_t acknowledged = 0;
    for (int kill = 0; kill < kills; ++kill)
      acknowledged = run_and_kill(test_case, directory.path, acknowledged, random);
    auto store = open_store(directory.path);
    CHECK(store->losses().empty());
    auto truth = truth_of(static_cast<std::uint64_t>(ids));
    auto [rows, error] = read_all(store->ticks(1, 0, INT64_MAX));
    CHECK(error == "");
    CHECK(rows.size() >= acknowledged);
    CHECK(acknowledged > 0);
    CHECK(same_rows(rows, slice(truth, 0, rows.size())));
    CHECK(store->verify().problems.empty());
    MESSAGE(std::string{test_case} << ": " << acknowledged << " rows acknowledged over " << kills
                                   << " kills");
  }
}

TEST_CASE("child: hold the lease" * doctest::skip()) {
  auto store = open_store(variable("FINCH_TEST_DIRECTORY"));
  auto id = store->ensure_instrument(bitcoin())->id;
  if (!store->append_ticks(id, make_ticks(100, test_start, 1)) || !store->commit())
    ::_exit(13);
  tell_parent(1);
  ::pause();
}

TEST_CASE("one process writes, and its successor needs no help after a kill") {
  TemporaryDirectory directory;
  ChildProcess child{"child: hold the lease", {{"FINCH_TEST_DIRECTORY", directory.path.string()}}};
  std::uint64_t told = 0;
  REQUIRE(child.read(told));
  auto refused = TickStore::open(directory.path, Mode::write);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().category == Category::unavailable);
  CHECK(refused.error().message.find(fmt::format("pid {}", child.pid())) != std::string::npos);
  // Reading beside it is fine.
  auto reader = TickStore::open(directory.path, Mode::read);
  REQUIRE(reader.has_value());
  CHECK(read_all((*reader)->ticks(1, 0, INT64_MAX)).first.size() == 100);
  CHECK_FALSE((*reader)->append_ticks(1, make_ticks(1, test_start, 1)).has_value());
  CHECK_FALSE((*reader)->begin_import().has_value());
  CHECK_FALSE((*reader)->commit().has_value());
  child.kill();
  auto store = open_store(directory.path);
  CHECK(stored_prefix(*store, make_ticks(100, test_start, 1)) == 100);
  CHECK_FALSE(TickStore::open(directory.path, Mode::write).has_value());
}

TEST_CASE("a reader follows a writer") {
  TemporaryDirectory directory;
  auto truth = make_ticks(30'000, test_start, 1);
  auto store = open_store(directory.path);
  auto id = store->ensure_instrument(bitcoin())->id;
  REQUIRE(store->append_ticks(id, slice(truth, 0, 10'000)).has_value());
  REQUIRE(store->commit().has_value());
  auto reader = *TickStore::open(directory.path, Mode::read);
  CHECK(read_all(reader->ticks(id, 0, INT64_MAX)).first.size() == 10'000);
  auto early = reader->ticks(id, 0, INT64_MAX);
  for (std::size_t at = 10'000; at < truth.size(); at += 1'000) {
    REQUIRE(store->append_ticks(id, slice(truth, at, at + 1'000)).has_value());
    REQUIRE(store->commit().has_value());
  }
  REQUIRE(store->compact().has_value());
  REQUIRE(reader->refresh().has_value());
  auto [rows, error] = read_all(reader->ticks(id, 0, INT64_MAX));
  CHECK(error == "");
  CHECK(same_rows(rows, truth));
  CHECK(same_rows(read_all(std::move(early)).first, slice(truth, 0, 10'000)));
  REQUIRE(store->drop(id, {}, 0, INT64_MAX).has_value());
  REQUIRE(reader->refresh().has_value());
  CHECK(reader->spans().empty());
}

TEST_CASE("child: fill the disk" * doctest::skip()) {
  auto truth = make_ticks(200'000, test_start, 1, 5, 10 * ns_per_ms);
  std::signal(SIGXFSZ, SIG_IGN);
  auto store = open_store(variable("FINCH_TEST_DIRECTORY"));
  auto id = store->ensure_instrument(bitcoin())->id;
  // No file may grow past this, which for the store is what a full disk is.
  rlimit limit{300'000, 300'000};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  std::size_t rows = 0;
  for (; rows < truth.size(); rows += 1'000) {
    if (!store->append_ticks(id, slice(truth, rows, rows + 1'000)))
      ::_exit(20);
    auto committed = store->commit();
    if (!committed && committed.error().category != Category::unavailable)
      ::_exit(21);
    if (!committed)
      break;
    tell_parent(rows + 1'000);
  }
  if (rows == truth.size() || stored_prefix(*store, truth) != rows || store->commit())
    ::_exit(22);
}

TEST_CASE("a full disk is an error and costs nothing that was acknowledged") {
  TemporaryDirectory directory;
  ChildProcess child{"child: fill the disk", {{"FINCH_TEST_DIRECTORY", directory.path.string()}}};
  std::uint64_t told = 0, acknowledged = 0;
  while (child.read(told))
    acknowledged = told;
  CHECK(child.wait() == 0);
  CHECK(acknowledged > 0);
  auto store = open_store(directory.path);
  CHECK(store->losses().empty());
  CHECK(stored_prefix(*store, make_ticks(200'000, test_start, 1, 5, 10 * ns_per_ms)) == acknowledged);
  REQUIRE(store->append_ticks(1, make_ticks(10, test_start + 20 * ns_per_hour, 900'000)).has_value());
  CHECK(store->commit().has_value());
}

TEST_CASE("places that are no store are refused by name") {
  TemporaryDirectory directory;
  namespace fs = std::filesystem;
  auto missing = TickStore::open(directory.path, Mode::read);
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().category == Category::unavailable);
  CHECK(missing.error().message.find(directory.path.string()) != std::string::npos);
  CHECK_FALSE(fs::exists(directory.path));
  auto write = [](const fs::path& path, std::string_view text) {
    fs::create_directories(path.parent_path());
    std::FILE* file = std::fopen(path.c_str(), "w");
    std::fwrite(text.data(), 1, text.size(), file);
    std::fclose(file);
  };
  write(directory.path / "a" / "file", "text");
  CHECK(TickStore::open(directory.path / "a" / "file", Mode::write).error().category ==
        Category::unavailable);
  CHECK(TickStore::open(directory.path / "a" / "file" / "below", Mode::write).error().category ==
        Category::unavailable);
  write(directory.path / "b" / "store" / "thesis.tex", "text");
  auto foreign = TickStore::open(directory.path / "b", Mode::write);
  REQUIRE_FALSE(foreign.has_value());
  CHECK(foreign.error().message.find("thesis.tex") != std::string::npos);
  write(directory.path / "c" / "store" / "FORMAT", "finch tick store 9\n");
  auto newer = TickStore::open(directory.path / "c", Mode::write);
  REQUIRE_FALSE(newer.has_value());
  CHECK(newer.error().message.find("store 9") != std::string::npos);
}
