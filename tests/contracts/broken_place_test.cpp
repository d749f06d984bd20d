/// Damaged stores, full disks and directories that cannot be written: named, with the right exit code, and
/// harmless.
#include "tests/contracts/program.hpp"

#include <sys/mount.h>

#include <random>

using namespace finch;
using namespace finch::contracts;

namespace {

/// A file system of its own, of a few MiB: only root can have one.
class SmallDisk {
public:
  SmallDisk(const fs::path& path, int kib) : path_{path} {
    fs::create_directories(path);
    mounted_ = ::mount("finch", path.c_str(), "tmpfs", 0, fmt::format("size={}k", kib).c_str()) == 0;
  }
  ~SmallDisk() {
    if (mounted_)
      ::umount2(path_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] bool remount(const std::string& options, unsigned long flags = 0) const {
    return ::mount("finch", path_.c_str(), "tmpfs", MS_REMOUNT | flags, options.c_str()) == 0;
  }

private:
  fs::path path_;
  bool mounted_ = false;
};

/// Ticks that take well over a mebibyte in the store.
std::string many_trades() {
  std::mt19937_64 random{3};
  std::string text = "id,price,qty,quote_qty,time,is_buyer_maker\n";
  for (int id = 1; id <= 400'000; ++id)
    text +=
        fmt::format("{},{}.{:02},{}.{:03},1,{},{}\n", id, 100 + random() % 100, random() % 100, random() % 50,
                    1 + random() % 999, 1'723'161'256'000 + id * 37LL, random() % 2 == 0 ? "true" : "false");
  return text;
}

constexpr auto few_trades = "id,price,qty,quote_qty,time,is_buyer_maker\n"
                            "1,100.5,0.25,1,1723161256001,true\n"
                            "2,100.75,0.5,1,1723161256002,false\n";

std::vector<fs::path> tables(const fs::path& store) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator{store})
    if (entry.path().extension() == ".sst" && entry.file_size() > 4'096)
      files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

} // namespace

TEST_CASE("broken places: flipped bits in a table are named by verify and end a replay, and nothing wrong is "
          "served") {
  if (!Program::present())
    return;
  Program finch;
  fill(finch);
  must(open_store(finch.data())->compact());
  auto digest = finch.run("replay --json").json()["digest"];
  auto files = tables(finch.data() / "store");
  REQUIRE(!files.empty());
  auto largest =
      *std::ranges::max_element(files, {}, [](const fs::path& file) { return fs::file_size(file); });
  auto bytes = read_file(largest);
  for (auto place : {bytes.size() / 3, bytes.size() / 2}) {
    auto damaged = bytes;
    for (std::size_t i = 0; i < 8; ++i)
      damaged[place + i] = static_cast<char>(damaged[place + i] ^ 0x55);
    std::ofstream{largest, std::ios::binary} << damaged;
    auto verified = finch.run("data verify");
    CHECK(verified.code == 1);
    auto said = verified.out + verified.err;
    CHECK_MESSAGE(contains(said, "sim.perp/"), said);
    finch.refused("replay --json", 1, {"the feed of sim.perp/", " after round ", "data verify"});
  }
  std::ofstream{largest, std::ios::binary} << bytes;
  CHECK(finch.run("replay --json").json()["digest"] == digest);
}

TEST_CASE(
    "broken places: a store whose files are cut or gone is refused by name, and is well again with them") {
  if (!Program::present())
    return;
  Program finch;
  fill(finch);
  auto before = finch.holds();
  auto manifest = fs::path{"db"} / "MANIFEST";
  for (const auto& entry : fs::directory_iterator{finch.data() / "store" / "db"})
    if (entry.path().filename().string().starts_with("MANIFEST"))
      manifest = fs::path{"db"} / entry.path().filename();
  for (const auto& [victim, share] : {std::pair<fs::path, double>{"watermark", 0.0001},
                                      {fs::path{"db"} / "CURRENT", 0.5},
                                      {manifest, 0.1},
                                      {manifest, 0.3},
                                      {manifest, 0.5},
                                      {manifest, 0.7},
                                      {manifest, 0.9}}) {
    CAPTURE(victim.string());
    CAPTURE(share);
    auto copy = finch.path("copy");
    fs::remove_all(copy);
    fs::copy(finch.data(), copy, fs::copy_options::recursive);
    auto bytes = read_file(copy / "store" / victim);
    auto kept = bytes.substr(0, static_cast<std::size_t>(share * static_cast<double>(bytes.size())));
    std::ofstream{copy / "store" / victim, std::ios::binary} << kept;
    for (const auto* command : {"replay", "data drop sim.perp/BTC-USDT --kind quotes"})
      finch.refused(command, 1, {copy.string()}, {}, copy);
    std::ofstream{copy / "store" / victim, std::ios::binary} << bytes;
    CHECK((finch.holds(copy) == before)); // not printed: it is everything
  }
}

TEST_CASE("broken places: salvage opens what a cut watermark refuses, and says what it found") {
  if (!Program::present())
    return;
  Program finch;
  finch.refused("data salvage", 4, {finch.data().string(), "holds no data"});
  CHECK(!fs::exists(finch.data()));
  fill(finch);
  auto before = finch.holds();
  auto sound = finch.run("data salvage");
  CHECK(sound.code == 0);
  CHECK(contains(sound.out, "Nothing is missing"));
  fs::resize_file(finch.data() / "store" / "watermark", 3);
  finch.refused("replay", 1, {"data salvage"});
  auto salvaged = finch.run("data salvage --json");
  CHECK_MESSAGE(salvaged.code == 0, salvaged.err);
  CHECK(salvaged.json()["losses"].size() == 1);
  CHECK(salvaged.json()["days"].empty());
  CHECK((finch.holds() == before)); // not printed: it is everything
}

TEST_CASE("broken places: a full disk is told, and what was stored stays") {
  if (!Program::present())
    return;
  Program finch;
  auto few = finch.write("ETHUSDT-trades.csv", few_trades).string();
  auto many = finch.write("BTCUSDT-trades.csv", many_trades()).string();
  SmallDisk disk{finch.path("disk"), 1'400};
  auto data = finch.path("disk") / "data";
  if (disk.mounted()) {
    REQUIRE(finch.run("import " + few, {}, data).code == 0);
    auto before = finch.holds(data);
    finch.refused("import " + many, 4, {data.string()}, {}, data);
    CHECK((finch.holds(data) == before)); // not printed: it is everything
    finch.refused("data export ETHUSDT -o " + (finch.path("disk") / "no" / "where.csv").string(), 4,
                  {"where.csv"}, {}, data);
    // Room again: the same command does what it could not.
    REQUIRE(disk.remount("size=64m"));
    auto again = finch.run("import --json " + many, {}, data);
    CHECK_MESSAGE(again.code == 0, again.err);
    CHECK(again.json()[0]["added"] == 400'000);
    CHECK(finch.run("data verify", {}, data).code == 0);
    return;
  }
  MESSAGE("no file system of its own (not root): a limit on the size of files stands for the full disk");
  REQUIRE(finch.run("import " + few).code == 0);
  auto before = finch.holds();
  finch.refused("import " + many, 4, {finch.data().string()}, "ulimit -f 600; trap '' XFSZ;");
  CHECK((finch.holds() == before)); // not printed: it is everything
  CHECK(finch.run("import " + many).code == 0);
}

TEST_CASE("broken places: a directory that cannot be written is told, and can still be read") {
  if (!Program::present())
    return;
  Program finch;
  auto few = finch.write("ETHUSDT-trades.csv", few_trades).string();
  SmallDisk disk{finch.path("disk"), 64 * 1'024};
  auto data = finch.path("disk") / "data";
  REQUIRE(finch.run("import " + few, {}, data).code == 0);
  auto before = finch.holds(data);
  if (disk.mounted()) {
    REQUIRE(disk.remount("", MS_RDONLY));
  } else {
    if (::geteuid() == 0) {
      MESSAGE("root writes anywhere, and cannot mount here; skipping");
      return;
    }
    for (const auto& place : {data, data / "store"})
      fs::permissions(place, fs::perms::owner_read | fs::perms::owner_exec);
  }
  finch.refused("import " + few, 4, {data.string()}, {}, data);
  finch.refused("data drop ETHUSDT", 4, {data.string()}, {}, data);
  finch.refused("data fill", 4, {(finch.path("disk") / "new").string()}, {}, finch.path("disk") / "new");
  CHECK((finch.holds(data) == before)); // not printed: it is everything
  CHECK(finch.run("replay --json", {}, data).code == 0);
  auto reported = finch.run("replay --report " + (finch.path("disk") / "report.html").string(), {}, data);
  CHECK(reported.code == 4);
  CHECK(contains(reported.err, "report.html"));
  if (!disk.mounted())
    for (const auto& place : {data, data / "store"})
      fs::permissions(place, fs::perms::owner_all);
}
