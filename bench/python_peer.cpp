#include "bench/python_peer.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace finch::bench {
namespace {

std::vector<std::string> interpreters() {
  std::vector<std::string> out;
  if (const auto* named = std::getenv("FINCH_PYTHON")) {
    std::istringstream all{named};
    for (std::string one; std::getline(all, one, ':');)
      if (!one.empty())
        out.push_back(one);
  }
  if (out.empty())
    out.emplace_back("python3");
  return out;
}

PythonRun run_once(const std::string& command) {
  PythonRun run;
  auto* pipe = ::popen(command.c_str(), "r");
  if (!pipe) {
    run.why = "no process could be started";
    return run;
  }
  std::array<char, 4'096> buffer;
  while (std::fgets(buffer.data(), buffer.size(), pipe)) {
    std::string line{buffer.data()};
    while (!line.empty() && line.back() == '\n')
      line.pop_back();
    if (!line.empty())
      run.lines.push_back(line);
  }
  run.ran = ::pclose(pipe) == 0;
  if (!run.ran)
    run.why = run.lines.empty() ? "it left without a word" : run.lines.back();
  run.absent = run.why.starts_with("absent:");
  return run;
}

} // namespace

std::vector<std::string> PythonRun::values(const std::string& key) const {
  std::vector<std::string> out;
  for (const auto& line : lines)
    if (line.starts_with(key + " "))
      out.push_back(line.substr(key.size() + 1));
  return out;
}

std::string PythonRun::value(const std::string& key) const {
  auto all = values(key);
  return all.empty() ? std::string{} : all.front();
}

PythonRun run_python(const std::filesystem::path& script, const std::vector<std::string>& arguments) {
  PythonRun run;
  for (const auto& python : interpreters()) {
    auto command = fmt::format("'{}' '{}'", python, script.string());
    for (const auto& argument : arguments)
      command += fmt::format(" '{}'", argument);
    run = run_once(command + " 2>&1");
    if (!run.absent)
      return run;
  }
  return run;
}

} // namespace finch::bench
