#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

namespace fs = std::filesystem;

struct Answer {
  int code = -1;
  std::string out;
};

/// Runs the program on a data directory of its own; standard error is dropped.
Answer finch(const std::string& arguments, const fs::path& data) {
  auto binary = std::getenv("FINCH_BINARY");
  auto command = fmt::format("'{}' --data '{}' {} 2>/dev/null", binary ? binary : "build/release/finch",
                             data.string(), arguments);
  auto pipe = popen(command.c_str(), "r");
  REQUIRE(pipe);
  Answer answer;
  char buffer[4'096];
  while (auto read = fread(buffer, 1, sizeof buffer, pipe))
    answer.out.append(buffer, read);
  answer.code = WEXITSTATUS(pclose(pipe));
  return answer;
}

struct Folder {
  fs::path path = fs::temp_directory_path() / fmt::format("finch-strategies-command-{}", getpid());
  Folder() { fs::create_directories(path / "strategies"); }
  ~Folder() { fs::remove_all(path); }
};

} // namespace

TEST_CASE("strategies are listed, shown and checked, with the exit code of what was found") {
  Folder folder;
  auto listed = finch("strategies list --json", folder.path);
  CHECK(listed.code == 0);
  auto list = nlohmann::json::parse(listed.out);
  REQUIRE(list.size() >= 6);
  for (const auto& row : list)
    CHECK(row["hash"].get<std::string>().size() == 32);
  auto shown = nlohmann::json::parse(finch("strategies show momentum --json", folder.path).out);
  CHECK(shown["spec"]["name"] == "momentum");
  CHECK(shown["reads_timeframes"] == nlohmann::json::parse(R"(["15m", "1m", "5m", "60m"])"));
  CHECK(finch("strategies show momentun", folder.path).code == 2);
  CHECK(finch("strategies check", folder.path).code == 0);

  // A generated strategy stands beside the library; a broken one is named, and the rest still answered for.
  auto spec = shown["spec"];
  spec["name"] = "momentum_2";
  std::ofstream{folder.path / "strategies/momentum_2.json"} << spec.dump();
  CHECK(nlohmann::json::parse(finch("strategies list --json", folder.path).out).back()["origin"] ==
        "generated");
  spec["enter_long"] = "ret_20 >";
  std::ofstream{folder.path / "strategies/momentum_2.json"} << spec.dump();
  auto checked = finch("strategies check momentum_2 momentum --json", folder.path);
  CHECK(checked.code == 3);
  auto rows = nlohmann::json::parse(checked.out);
  CHECK(rows[0]["ok"] == false);
  CHECK(rows[0]["message"].get<std::string>().find("/enter_long: column 9: expected a value") !=
        std::string::npos);
  CHECK(rows[1]["ok"] == true);

  CHECK(nlohmann::json::parse(finch("strategies schema", folder.path).out)["title"] == "Finch strategy");
}

TEST_CASE("features are listed by group and shown by name") {
  Folder folder;
  auto all = nlohmann::json::parse(finch("features list --json", folder.path).out);
  CHECK(all.size() >= 150);
  auto momentum = nlohmann::json::parse(finch("features list --group momentum --json", folder.path).out);
  CHECK(momentum.size() < all.size());
  for (const auto& row : momentum)
    CHECK(row["group"] == "momentum");
  CHECK(nlohmann::json::parse(finch("features show rsi_14 --json", folder.path).out)["neutral"] == 50);
  CHECK(finch("features show rsi_41", folder.path).code == 2);
  CHECK(finch("features list --group nothing", folder.path).code == 2);
}

TEST_CASE("a strategy is added once it holds up, and never over another") {
  Folder folder;
  auto spec = nlohmann::json::parse(finch("strategies show momentum --json", folder.path).out)["spec"];
  auto write = [&](const std::string& name) {
    auto file = folder.path / (name + ".json");
    spec["name"] = name;
    std::ofstream{file} << spec.dump();
    return fmt::format("'{}'", file.string());
  };
  auto mine = write("mine");
  auto added = nlohmann::json::parse(finch("strategies add " + mine + " --json", folder.path).out);
  CHECK(added["same_as"] == nlohmann::json::parse(R"(["momentum"])"));
  CHECK(fs::exists(folder.path / "strategies/mine.json"));
  CHECK(finch("strategies add " + mine, folder.path).code == 0); // the same again is no change
  CHECK(finch("strategies add " + write("momentum"), folder.path).code == 3);

  spec["parameters"]["strength"]["value"] = 2;
  auto other = write("mine");
  CHECK(finch("strategies add " + other, folder.path).code == 3);
  auto differs = nlohmann::json::parse(finch("strategies diff mine " + other + " --json", folder.path).out);
  CHECK_FALSE(differs["same_behaviour"].get<bool>());
  CHECK(differs["behaviour"].size() == 2); // both entry rules, with the value put in
  CHECK(differs["declared"][0]["place"] == "/parameters/strength/value");
  CHECK(finch("strategies add --replace " + other, folder.path).code == 0);
  auto same = nlohmann::json::parse(finch("strategies diff mine " + other + " --json", folder.path).out);
  CHECK(same["same_behaviour"].get<bool>());

  spec["enter_long"] = R"(votes(1, "mine", "nobody") > 0)";
  auto lost = finch("strategies add " + write("lost") + " --json", folder.path);
  CHECK(lost.code == 3);
  CHECK(lost.out.find("/enter_long: column 18: expected a strategy's name, found 'nobody'") !=
        std::string::npos);
  spec["enter_long"] = R"(votes(1, "mine") > 0)";
  CHECK(finch("strategies add " + write("follower"), folder.path).code == 0);
  // It carries along what it follows.
  auto follower = nlohmann::json::parse(finch("strategies show follower --json", folder.path).out);
  CHECK(follower["spec"]["references"]["mine"]["parameters"]["strength"]["value"] == 2);
  CHECK(finch("strategies history momentum", folder.path).code == 2); // no cycle has run
}

TEST_CASE("coverage says who fires and why the others do not") {
  Folder folder;
  std::ofstream{folder.path / "finch.toml"} << "[sim]\nsymbols = 4\ndays = 4\ntick_days = 1\n";
  REQUIRE(finch("data fill", folder.path).code == 0);
  auto answer = finch("strategies coverage --json", folder.path);
  REQUIRE(answer.code == 0);
  auto rows = nlohmann::json::parse(answer.out);
  CHECK(rows.size() >= 104);
  std::size_t firing = 0;
  for (const auto& row : rows) {
    CAPTURE(row["name"].get<std::string>());
    firing += row["fires"].get<bool>() ? 1 : 0;
    CHECK(row["fires"].get<bool>() == row["why_not"].is_null());
    CHECK((row["abstained"] >= 0 && row["abstained"] <= 1));
    if (row["name"].get<std::string>().starts_with("ml_")) {
      CHECK(row["why_not"].get<std::string>().find("never there: model.") == 0);
    }
    for (const auto& term : row["enter_long"])
      CHECK(term["holds"].get<double>() + term["unknown"].get<double>() <= 1 + 1e-12);
  }
  CHECK(firing >= 60);
  CHECK(finch("strategies coverage momentum --timeframes 7x", folder.path).code == 2);
}
