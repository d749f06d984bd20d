/// What the program journals and exports, run as its user runs it.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// A data directory with two days of the simulated exchange, gone when the test ends.
struct Desk {
  fs::path data = fs::temp_directory_path() / ("finch-journal-" + std::to_string(::getpid()));

  Desk() {
    fs::remove_all(data);
    must("data fill --instruments 3 --days 2 --tick-days 1");
  }
  ~Desk() { fs::remove_all(data); }
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  struct Ran {
    int code = -1;
    std::string out;
  };
  [[nodiscard]] Ran run(const std::string& arguments) const {
    const auto* binary = std::getenv("FINCH_BINARY");
    auto command = std::string{binary ? binary : "build/release/finch"} + " --data " + data.string() +
                   " --quiet " + arguments + " 2>" + (data.string() + ".err");
    Ran ran;
    auto* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe);
    std::array<char, 4096> buffer;
    for (std::size_t count = 0; (count = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
      ran.out.append(buffer.data(), count);
    auto status = pclose(pipe);
    ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return ran;
  }
  std::string must(const std::string& arguments) const {
    auto ran = run(arguments);
    std::stringstream error;
    error << std::ifstream{data.string() + ".err"}.rdbuf();
    fs::remove(data.string() + ".err");
    REQUIRE_MESSAGE(ran.code == 0, arguments << ": " << error.str());
    return ran.out;
  }
  [[nodiscard]] Json rows(const std::string& what) const {
    return Json::parse(must("export " + what + " --format json"));
  }
  /// What the node said last about its digest.
  [[nodiscard]] std::string last_digest() const {
    std::string line, digest;
    for (const auto& entry : fs::directory_iterator{data / "logs"}) {
      std::ifstream log{entry.path()};
      while (std::getline(log, line))
        if (auto at = line.find("digest "); at != std::string::npos)
          digest = line.substr(at + 7, 32);
    }
    return digest;
  }
};

std::int64_t units(const Json& decimal) { return std::llround(decimal.get<double>() * 1e8); }

} // namespace

TEST_CASE("a journaled replay is exported as it was reported, and repeating it doubles nothing") {
  Desk desk;
  auto plain = Json::parse(desk.must("replay --json"));
  CHECK(desk.run("export trades").code == 4); // nobody asked for a journal
  auto told = Json::parse(desk.must("replay --json --journal"));
  CHECK(told["digest"] == plain["digest"]);
  auto trades = desk.rows("trades");
  desk.must("replay --json --journal");
  CHECK(desk.rows("trades") == trades);
  CHECK(desk.rows("sessions").size() == 1);

  std::size_t books = 0, fills = told["fills"], orders = told["orders"];
  for (const auto& book : told["books"]) {
    books += book["trades"].get<std::size_t>();
    fills += book["fills"].get<std::size_t>();
    orders += book["orders"].get<std::size_t>();
  }
  CHECK(books > 20);
  CHECK(trades.size() == books + told["trades"].get<std::size_t>());
  CHECK(desk.rows("fills").size() == fills);
  CHECK(desk.rows("orders").size() == orders);
  auto decisions = desk.rows("decisions"), votes = desk.rows("votes");
  CHECK(decisions.size() > 0);
  std::size_t ordered = 0, sided = 0;
  for (const auto& decision : decisions) {
    ordered += decision["outcome"] == "order" ? 1 : 0;
    sided += decision["side"] != 0 ? 1 : 0;
  }
  CHECK(sided > 0);
  CHECK(votes.size() >= sided); // each has at least one voice; an exit wish may have none
  CHECK(ordered <= told["orders"].get<std::size_t>());

  std::size_t described = 0;
  for (const auto& trade : trades) {
    CHECK(units(trade["net_quote"]) == units(trade["gross_quote"]) - units(trade["fees_quote"]) -
                                           units(trade["spread_quote"]) - units(trade["slippage_quote"]) -
                                           units(trade["funding_quote"]));
    CHECK(trade["entry_time"].get<std::string>() <= trade["exit_time"].get<std::string>());
    CHECK_FALSE(trade["strategy"].get<std::string>().empty());
    REQUIRE(trade["features_entry"].is_object());
    CHECK(trade["features_entry"].size() > 0);
    described += !trade["regime_entry"].get<std::string>().empty() ? 1 : 0;
  }
  CHECK(described > trades.size() / 2);
}

TEST_CASE("exports select, appear whole, and say what they cannot do") {
  Desk desk;
  desk.must("replay --json --journal");
  auto all = desk.rows("equity");
  REQUIRE(all.size() > 10);
  std::string middle = all[all.size() / 2]["time"];
  auto before = desk.rows("equity --to " + middle), after = desk.rows("equity --from " + middle);
  CHECK(before.size() + after.size() == all.size());
  for (const auto& row : before)
    CHECK(row["time"].get<std::string>() < middle);
  CHECK(desk.rows("equity --account desk").size() < all.size());
  CHECK(desk.rows("equity --session 12345").empty());
  auto file = desk.data / "out" / "equity.csv";
  desk.must("export equity -o " + file.string());
  std::ifstream in{file};
  std::string line;
  std::size_t lines = 0;
  std::getline(in, line);
  CHECK(line == "session,account,time,equity_quote,cash_quote");
  while (std::getline(in, line))
    ++lines;
  CHECK(lines == all.size());
  CHECK(desk.run("export trade").code == 2);
  CHECK(desk.run("export scores --account desk").code == 2);
  CHECK(desk.run("export trades --format xml").code == 2);
  fs::remove(desk.data.string() + ".err");
}

TEST_CASE(
    "a node's journal holds its session, goes on after a restart, and the session replays to its digest") {
  Desk desk;
  std::ofstream{desk.data / "finch.toml"} << "[evolution]\nenabled = false\n";
  desk.must("node --rounds 75 --speed 100000");
  auto first = desk.rows("decisions").size();
  auto equity = desk.rows("equity").size();
  desk.must("node --rounds 75 --speed 100000");
  CHECK(desk.rows("sessions").size() == 1);
  CHECK(desk.rows("decisions").size() >= first);
  CHECK(desk.rows("equity").size() > equity);
  CHECK(desk.rows("universe").size() == 3);
  CHECK(desk.rows("health").size() >= 2);
  auto relived = Json::parse(desk.must("replay --session --json"));
  CHECK(relived["digest"] == desk.last_digest());
  std::size_t trades = relived["trades"];
  for (const auto& book : relived["books"])
    trades += book["trades"].get<std::size_t>();
  CHECK(desk.rows("trades").size() == trades);
  std::size_t fills = relived["fills"];
  for (const auto& book : relived["books"])
    fills += book["fills"].get<std::size_t>();
  CHECK(desk.rows("fills").size() == fills);
}
