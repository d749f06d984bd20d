#include "runtime/health.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace finch::runtime;

namespace {

const Check& find(const std::vector<Check>& checks, std::string_view name) {
  auto found =
      std::find_if(checks.begin(), checks.end(), [name](const auto& check) { return check.name == name; });
  REQUIRE(found != checks.end());
  return *found;
}

} // namespace

TEST_CASE("packages are read by section") {
  auto text = "# all\n\n[build]\ng++\n# why\ncmake\n[test]\nchromium\n";
  CHECK(parse_packages(text, "build") == std::vector<std::string>{"g++", "cmake"});
  CHECK(parse_packages(text, "test") == std::vector<std::string>{"chromium"});
  CHECK(parse_packages(text, "none").empty());
}

TEST_CASE("whatever is not well has a remedy") {
  Context context;
  context.options.data = "/tmp";
  for (const auto& check : check_health(context))
    CHECK_MESSAGE((check.health == Health::ok) == check.remedy.empty(), check.name);
}

TEST_CASE("a disk below the configured reserve fails") {
  Context context;
  context.options.data = "/tmp";
  CHECK(find(check_health(context), "disk").health != Health::fail);
  context.config.data.min_free_mib = 1 << 30;
  CHECK(find(check_health(context), "disk").health == Health::fail);
}

TEST_CASE("a data directory that is a file fails") {
  Context context;
  context.options.data = "/etc/passwd";
  CHECK(find(check_health(context), "data").health == Health::fail);
}
