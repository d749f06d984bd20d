/// A browser for tests that open pages as a reader would.
#pragma once

#include "actors/reporting/atomic_file.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace finch::reporting::sample {

namespace fs = std::filesystem;

inline std::string read(const fs::path& file) {
  std::ifstream stream{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

inline std::string browser() {
  for (auto name : {"/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"})
    if (fs::exists(name))
      return name;
  return {};
}

inline std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

/// The document after its script ran, and what the browser had to say about it.
struct Opened {
  int status = -1;
  std::string document, log;
};

inline Opened open_page(const std::string& page) {
  auto place = fs::temp_directory_path() / fmt::format("finch-browser-{}", getpid());
  fs::create_directories(place);
  REQUIRE(write_atomically(place / "report.html", page).has_value());
  auto command = fmt::format(
      "timeout 60 {} --headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
      "--disable-background-networking --disable-component-update --disable-sync --disable-dev-shm-usage "
      "--enable-logging=stderr --window-size=1280,2000 --user-data-dir={}/profile --dump-dom "
      "file://{}/report.html "
      ">{}/document 2>{}/log",
      browser(), place.string(), place.string(), place.string(), place.string());
  auto status = std::system(command.c_str());
  Opened opened{WIFEXITED(status) ? WEXITSTATUS(status) : -1, read(place / "document"), read(place / "log")};
  fs::remove_all(place);
  return opened;
}

} // namespace finch::reporting::sample
