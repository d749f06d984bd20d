/// A browser for tests that open pages as a reader would.
#pragma once

#include "actors/reporting/new_file.hpp"

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

/// A page beside it that shows it as wide as a phone and says what it measures there.
inline std::string phone_frame() {
  return R"(<iframe src="report.html" style="width:390px;height:800px;border:0"></iframe><p></p><script>
    addEventListener("load", () => {
      const page = document.querySelector("iframe").contentDocument, root = page.documentElement;
      const chart = page.querySelector("#equity svg");
      const scale = chart.getBoundingClientRect().width / chart.viewBox.baseVal.width;
      document.querySelector("p").textContent =
          `drawn ${root.dataset.drawn}, sideways ${root.scrollWidth - root.clientWidth}, scale ${scale.toFixed(1)}`;
    });</script>)";
}

/// Opens the page, or the frame of a phone around it.
inline Opened open_page(const std::string& page, bool on_phone = false) {
  auto place = fs::temp_directory_path() / fmt::format("finch-browser-{}", getpid());
  fs::create_directories(place);
  REQUIRE(write_atomically(place / "report.html", page).has_value());
  REQUIRE(write_atomically(place / "phone.html", phone_frame()).has_value());
  auto command = fmt::format(
      "timeout 60 {} --headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
      "--disable-background-networking --disable-component-update --disable-sync --disable-dev-shm-usage "
      "--allow-file-access-from-files --enable-logging=stderr --window-size=1280,2000 "
      "--user-data-dir={}/profile --dump-dom "
      "file://{}/{}.html "
      ">{}/document 2>{}/log",
      browser(), place.string(), place.string(), on_phone ? "phone" : "report", place.string(),
      place.string());
  auto status = std::system(command.c_str());
  Opened opened{WIFEXITED(status) ? WEXITSTATUS(status) : -1, read(place / "document"), read(place / "log")};
  fs::remove_all(place);
  return opened;
}

} // namespace finch::reporting::sample
