/// The program as its user runs it, on a folder of its own.
#pragma once

#include "tests/contracts/place.hpp"

#include <nlohmann/json.hpp>
#include <sys/wait.h>

#include <fstream>
#include <iterator>

namespace finch::contracts {

struct Outcome {
  int code = -1;
  std::string out, err;

  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(out); }
};

inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

inline std::string read_file(const fs::path& file) {
  std::ifstream stream{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

class Program {
public:
  /// Whether there is a program to run; says so where there is none.
  static bool present() {
    const auto* binary = std::getenv("FINCH_BINARY");
    if (binary != nullptr && fs::exists(binary))
      return true;
    MESSAGE("no program: set FINCH_BINARY; skipping");
    return false;
  }

  [[nodiscard]] fs::path path(const std::string& name) const { return folder_.path / name; }
  [[nodiscard]] fs::path data() const { return path("data"); }
  fs::path write(const std::string& name, std::string_view text) const {
    fs::create_directories(path(name).parent_path());
    std::ofstream{path(name), std::ios::binary} << text;
    return path(name);
  }

  /// Runs `finch --data DATA ARGUMENTS`; `before` is put in front of it in the shell.
  Outcome run(const std::string& arguments, const std::string& before = {}, fs::path data = {}) const {
    auto out = path("out.txt"), err = path("err.txt");
    auto command =
        fmt::format("{} '{}' --data '{}' {} > '{}' 2> '{}'", before, std::getenv("FINCH_BINARY"),
                    (data.empty() ? this->data() : data).string(), arguments, out.string(), err.string());
    auto status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(out), read_file(err)};
  }
  /// The outcome must have this code, say this on standard error, offer a remedy, and print nothing but, with
  /// `--json`, the error.
  Outcome refused(const std::string& arguments, int code, std::initializer_list<std::string_view> parts,
                  const std::string& before = {}, const fs::path& data = {}) const {
    CAPTURE(arguments);
    auto outcome = run(arguments, before, data);
    CHECK_MESSAGE(outcome.code == code, outcome.err);
    for (auto part : parts)
      CHECK_MESSAGE(contains(outcome.err, part), outcome.err);
    CHECK_MESSAGE(contains(outcome.err, "-> "), outcome.err);
    if (contains(arguments, "--json"))
      CHECK(outcome.json().contains("error"));
    else
      CHECK(outcome.out.empty());
    return outcome;
  }
  /// Everything the store holds, as text: what must not change when a command fails.
  [[nodiscard]] std::string holds(const fs::path& data = {}) const {
    auto list = run("data list --json", {}, data);
    REQUIRE_MESSAGE(list.code == 0, list.err);
    auto text = list.out;
    for (const auto& row : list.json()) {
      auto exported = run(fmt::format("data export {} --kind {}", row["instrument"].get<std::string>(),
                                      row["kind"].get<std::string>()),
                          {}, data);
      REQUIRE_MESSAGE(exported.code == 0, exported.err);
      text += exported.out;
    }
    auto verified = run("data verify", {}, data);
    CHECK_MESSAGE(verified.code == 0, verified.err);
    return text;
  }

private:
  Folder folder_;
};

/// A small synthetic store.
inline void fill(const Program& finch, const fs::path& data = {}) {
  auto filled = finch.run("data fill --instruments 2 --days 2 --tick-days 1 --quiet", {}, data);
  REQUIRE_MESSAGE(filled.code == 0, filled.err);
}

} // namespace finch::contracts
