#include "tests/storage/store_fixture.hpp"

#include <doctest/doctest.h>

#include <fstream>

using namespace finch;
using namespace finch::market;
using namespace finch::storage;
using namespace finch::storage::test;

namespace fs = std::filesystem;

namespace {

constexpr int days = 4;

/// Ticks of one instrument on four days; the last two are in the log only.
struct Sample {
  TemporaryDirectory directory;
  std::vector<TickColumns> truth;

  Sample() {
    for (int day = 0; day < days; ++day)
      truth.push_back(make_ticks(3'000, test_start + day * ns_per_day,
                                 static_cast<std::uint64_t>(1 + day * 10'000),
                                 static_cast<std::uint64_t>(day)));
    auto store = open_store(directory.path);
    auto id = store->ensure_instrument(bitcoin())->id;
    for (int day = 0; day < days; ++day) {
      for (std::size_t at = 0; at < 3'000; at += 500) {
        if (!store->append_ticks(id, slice(truth[static_cast<std::size_t>(day)], at, at + 500)) ||
            !store->commit())
          throw std::runtime_error("cannot fill the sample");
      }
      if (day == 1 && !store->compact())
        throw std::runtime_error("cannot compact the sample");
    }
  }
};

void copy_store(const fs::path& from, const fs::path& to) {
  fs::remove_all(to);
  fs::copy(from, to, fs::copy_options::recursive);
}

std::vector<fs::path> files(const fs::path& directory, std::string_view ending) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator{directory})
    if (entry.is_regular_file() && entry.path().filename().string().find(ending) != std::string::npos &&
        entry.file_size() > 0)
      out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

void flip(const fs::path& path, std::uint64_t bit) {
  std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
  file.seekg(static_cast<std::streamoff>(bit / 8));
  auto byte = static_cast<char>(file.get() ^ (1 << (bit % 8)));
  file.seekp(static_cast<std::streamoff>(bit / 8));
  file.put(byte);
}

/// Opens what is left and compares with the truth: every day is whole or refused by name. Returns whether
/// anything was noticed: the store refused, a loss named, a day refused.
bool noticed(const fs::path& path, const Sample& sample, Options options = {}) {
  auto store = TickStore::open(path, Mode::write, options);
  if (!store) {
    CHECK(store.error().message.size() > 10);
    CHECK((store.error().category == Category::failed || store.error().category == Category::unavailable));
    return true;
  }
  auto seen = !(*store)->losses().empty() || !(*store)->quarantined().empty();
  for (int day = 0; day < days; ++day) {
    auto begin = test_start + day * ns_per_day;
    auto [rows, error] = read_all((*store)->ticks(1, begin, begin + ns_per_day));
    if (error.empty()) {
      CHECK(same_rows(rows, sample.truth[static_cast<std::size_t>(day)]));
      continue;
    }
    seen = true;
    CHECK(error.find("BTC-USDT") != std::string::npos);
    CHECK(error.find(format_day(test_day + day)) != std::string::npos);
  }
  return seen;
}

} // namespace

TEST_CASE("a sound store is served whole") {
  Sample sample;
  CHECK_FALSE(noticed(sample.directory.path, sample));
  CHECK_FALSE(noticed(sample.directory.path, sample));
}

TEST_CASE("flipped bits in tables and log are noticed, and nothing wrong is served") {
  Sample sample;
  TemporaryDirectory copied;
  std::mt19937_64 random{std::random_device{}()};
  auto source = sample.directory.path;
  REQUIRE(files(source, ".log").size() == 1);
  for (auto [ending, trials] : {std::pair{".sst", 20}, {".log", 12}, {"MANIFEST", 4}, {"watermark", 6}}) {
    int found = 0;
    for (int trial = 0; trial < trials; ++trial) {
      copy_store(source, copied.path);
      auto candidates = files(copied.path, ending);
      const auto& victim = candidates[random() % candidates.size()];
      flip(victim, random() % (fs::file_size(victim) * 8));
      auto seen = noticed(copied.path, sample);
      found += seen ? 1 : 0;
      if (victim.extension() == ".log")
        CHECK(seen);
    }
    MESSAGE(std::string{ending} << ": " << found << " of " << trials
                                << " flips touched something that is read");
  }
}

TEST_CASE("a cut log is a named loss, and the days hit are refused until the loss is accepted") {
  Sample sample;
  TemporaryDirectory copied;
  for (int percent : {5, 50, 90, 99}) {
    copy_store(sample.directory.path, copied.path);
    auto log = files(copied.path, ".log").at(0);
    fs::resize_file(log, fs::file_size(log) * static_cast<std::uintmax_t>(percent) / 100);
    CHECK(noticed(copied.path, sample));
    // It stays so, without the log's help.
    CHECK(noticed(copied.path, sample));
  }
  auto store = open_store(copied.path);
  auto lost = store->quarantined();
  REQUIRE(lost.size() == 1);
  CHECK(lost[0].first.day == test_day + 3);
  CHECK(lost[0].second.find("of 3000") != std::string::npos);
  CHECK_FALSE(store->append_ticks(1, make_ticks(1, test_start + 3 * ns_per_day, 99'999)).has_value());
  CHECK(store->verify().problems.size() == 1);
  CHECK(store->spans()[0].days.size() == 3);
  REQUIRE(store->accept_loss(lost[0].first).has_value());
  auto [rows, error] = read_all(store->ticks(1, test_start + 3 * ns_per_day, INT64_MAX));
  CHECK(error == "");
  CHECK(rows.size() < 3'000);
  CHECK(same_rows(rows, slice(sample.truth[3], 0, rows.size())));
}

TEST_CASE("a quarantined day is made good by importing it again") {
  Sample sample;
  auto log = files(sample.directory.path, ".log").at(0);
  fs::resize_file(log, fs::file_size(log) / 10);
  auto store = open_store(sample.directory.path);
  REQUIRE(store->quarantined().size() == 2);
  auto import = [&](bool replace) {
    auto session = store->begin_import({replace});
    auto id = session->instrument(bitcoin());
    for (const auto& day : sample.truth)
      REQUIRE(session->add(*id, Kind::trades, day).has_value());
    return session->finish();
  };
  auto refused = import(false);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message.find("quarantined") != std::string::npos);
  REQUIRE(import(true).has_value());
  CHECK(store->quarantined().empty());
  store.reset();
  CHECK_FALSE(noticed(sample.directory.path, sample));
}

TEST_CASE("a log damaged in its middle refuses to open, and salvage serves the sound days") {
  Sample sample;
  auto log = files(sample.directory.path, ".log").at(0);
  flip(log, fs::file_size(log) * 4);
  auto refused = TickStore::open(sample.directory.path, Mode::write);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().remedy.find("salvage") != std::string::npos);
  Options options;
  options.salvage = true;
  CHECK(noticed(sample.directory.path, sample, options));
  CHECK(noticed(sample.directory.path, sample));
  auto store = open_store(sample.directory.path);
  CHECK(read_all(store->ticks(1, 0, test_start + 2 * ns_per_day)).second == "");
}

TEST_CASE("missing and exchanged files are noticed") {
  Sample sample;
  TemporaryDirectory copied;
  copy_store(sample.directory.path, copied.path);
  fs::remove(files(copied.path, ".log").at(0));
  CHECK(noticed(copied.path, sample));
  for (const auto& table : files(sample.directory.path, ".sst")) {
    copy_store(sample.directory.path, copied.path);
    fs::remove(copied.path / fs::relative(table, sample.directory.path));
    CHECK(noticed(copied.path, sample));
    copy_store(sample.directory.path, copied.path);
    fs::resize_file(copied.path / fs::relative(table, sample.directory.path), fs::file_size(table) / 2);
    CHECK(noticed(copied.path, sample));
  }
  copy_store(sample.directory.path, copied.path);
  fs::remove(copied.path / "store" / "watermark");
  CHECK_FALSE(TickStore::open(copied.path, Mode::write).has_value());
  Options options;
  options.salvage = true;
  CHECK(noticed(copied.path, sample, options));
}

TEST_CASE("an older copy of the store beside a newer watermark is a loss") {
  Sample sample;
  TemporaryDirectory older;
  copy_store(sample.directory.path, older.path);
  {
    auto store = open_store(sample.directory.path);
    REQUIRE(store->append_ticks(1, make_ticks(100, test_start + 9 * ns_per_day, 500'000)).has_value());
    REQUIRE(store->commit().has_value());
  }
  fs::copy_file(sample.directory.path / "store" / "watermark", older.path / "store" / "watermark",
                fs::copy_options::overwrite_existing);
  auto reader = TickStore::open(older.path, Mode::read);
  CHECK((!reader || !(*reader)->losses().empty()));
  CHECK(noticed(older.path, sample));
}
