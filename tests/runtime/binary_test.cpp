/// The program itself, run as its user runs it.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace {

struct Ran {
  int code = -1;
  std::string out;
};

/// Runs the program through a shell, which `arguments` may tell where output goes.
Ran run(const std::string& arguments) {
  auto binary = std::getenv("FINCH_BINARY");
  auto command = std::string{binary ? binary : "build/release/finch"} + " " + arguments;
  Ran ran;
  auto pipe = popen(command.c_str(), "r");
  REQUIRE(pipe);
  std::array<char, 4096> buffer;
  for (std::size_t count = 0; (count = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    ran.out.append(buffer.data(), count);
  auto status = pclose(pipe);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran;
}

} // namespace

TEST_CASE("version and doctor answer in text and in JSON") {
  auto text = run("version 2>&1");
  CHECK(text.code == 0);
  CHECK(text.out.starts_with("finch "));
  CHECK(text.out.find("\033[") == std::string::npos);
  auto version = run("version --json 2>&1");
  CHECK(version.code == 0);
  auto document = nlohmann::json::parse(version.out);
  CHECK(document["libraries"].contains("RocksDB"));
  CHECK(run("--json version 2>&1").out == version.out);

  auto doctor = run("doctor --json --data /tmp/finch-nothing-here 2>/dev/null");
  auto checks = nlohmann::json::parse(doctor.out);
  REQUIRE(checks.is_array());
  CHECK(checks.size() >= 10);
  auto failed = false;
  for (const auto& check : checks) {
    CHECK(check.contains("name"));
    failed |= check["status"] == "fail";
  }
  CHECK(doctor.code == (failed ? 1 : 0));
  CHECK_FALSE(std::filesystem::exists("/tmp/finch-nothing-here"));
}

TEST_CASE("mistakes end with their exit code and leave standard output empty") {
  CHECK(run("2>/dev/null").code == 2);
  auto unknown = run("fly 2>/dev/null");
  CHECK(unknown.code == 2);
  CHECK(unknown.out.empty());
  CHECK(run("--help 2>/dev/null").code == 0);
  CHECK(run("doctor --config /nonexistent.toml 2>/dev/null").code == 4);
  CHECK(run("version >/dev/full 2>/dev/null").code == 4);
}

TEST_CASE("a broken configuration is bad input, named by line") {
  auto file = std::filesystem::temp_directory_path() / "finch-broken.toml";
  std::FILE* stream = std::fopen(file.c_str(), "w");
  REQUIRE(stream);
  std::fputs("[sim]\nsymbls = 3\n", stream);
  std::fclose(stream);
  auto ran = run("version --config " + file.string() + " 2>&1");
  CHECK(ran.code == 3);
  CHECK(ran.out ==
        "error: " + file.string() + ":2: sim.symbls is not a known key\n  -> did you mean sim.symbols?\n");
  std::filesystem::remove(file);
}
