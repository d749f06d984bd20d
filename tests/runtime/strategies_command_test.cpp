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
