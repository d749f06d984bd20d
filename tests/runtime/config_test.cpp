#include "runtime/config.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

using namespace finch;
using namespace finch::runtime;

namespace {

std::filesystem::path source_root() {
  auto root = std::getenv("FINCH_SOURCE");
  return root ? root : ".";
}

Error error_of(std::string_view text) {
  auto parsed = parse_config(text, "c.toml");
  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().category == Category::bad_input);
  CHECK_FALSE(parsed.error().remedy.empty());
  return parsed.error();
}

} // namespace

TEST_CASE("the documented file holds every key at its default") {
  auto file = source_root() / "config/finch.toml";
  auto loaded = load_config(file);
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().message);
  CHECK(describe(*loaded) == describe(Config{}));
  std::ifstream stream{file};
  std::string text{std::istreambuf_iterator<char>{stream}, {}};
  for (const auto& line : describe(Config{})) {
    auto key = line.substr(line.find('.') + 1, line.find(" =") - line.find('.') - 1);
    CHECK_MESSAGE(text.find("\n" + key + " = ") != std::string::npos, key);
  }
}

TEST_CASE("values are read over the defaults") {
  auto config =
      parse_config("[risk]\nmax_leverage = 3\n[node]\ntimeframes = [60, 1, 1]\n[evolution]\nenabled = false\n"
                   "[log]\nlevel = 'debug'\n",
                   "c.toml");
  REQUIRE(config.has_value());
  CHECK(config->risk.max_leverage == 3);
  CHECK(config->risk.daily_stop_pct == RiskConfig{}.daily_stop_pct);
  CHECK(config->node.timeframes == std::vector<std::int64_t>{1, 60});
  CHECK_FALSE(config->evolution.enabled);
  CHECK(config->log.level == "debug");
  CHECK(describe(*parse_config("", "c.toml")) == describe(Config{}));
}

TEST_CASE("what is wrong is named with file, line, key and remedy") {
  auto unknown_key = error_of("[risk]\n\nmax_levrage = 3\n");
  CHECK(unknown_key.message == "c.toml:3: risk.max_levrage is not a known key");
  CHECK(unknown_key.remedy == "did you mean risk.max_leverage?");
  auto unknown_section = error_of("[risks]\nmax_leverage = 3\n");
  CHECK(unknown_section.message == "c.toml:1: risks is not a known section");
  CHECK(unknown_section.remedy == "did you mean risk?");
  CHECK(error_of("[sim]\nseed = \"one\"\n").message == "c.toml:2: sim.seed is text");
  CHECK(error_of("[sim]\nseed = 1.5\n").message == "c.toml:2: sim.seed is a number with decimals");
  CHECK(error_of("[costs]\nimpact = true\n").message == "c.toml:2: costs.impact is true or false");
  CHECK(error_of("[costs]\nimpact = nan\n").message == "c.toml:2: costs.impact is nan");
  CHECK(error_of("[clock]\ngrace_ms = -1\n").remedy == "use a value from 0 to 30000");
  CHECK(error_of("[log]\nlevel = \"loud\"\n").remedy == "use one of: trace, debug, info, warn, error, off");
  CHECK(error_of("[node]\ntimeframes = [1, 7]\n").message == "c.toml:2: node.timeframes holds 7");
  CHECK(error_of("risk = 1\n").message == "c.toml:1: risk is a whole number, not a section");
  CHECK(error_of("[risk\n").message.starts_with("c.toml:1:"));
  CHECK(error_of("[sim]\ndays = 3\n").message.find("sim.tick_days") != std::string::npos);
}

TEST_CASE("of several mistakes the first in the file is reported") {
  CHECK(error_of("[sim]\nsed = 1\n[clock]\ngrace_ms = 'x'\n").message.starts_with("c.toml:2:"));
  CHECK(error_of("[sim]\nseed = 'x'\nsed = 1\n").message.starts_with("c.toml:2:"));
}

TEST_CASE("a file that is not there is unavailable") {
  CHECK(load_config("/nonexistent/finch.toml").error().category == Category::unavailable);
  CHECK(load_config("/tmp").error().category == Category::unavailable);
}

TEST_CASE("timeframes are minutes or names, and any that divides a day") {
  auto minutes = [](std::string_view list) {
    auto config = parse_config(fmt::format("[node]\ntimeframes = {}\n", list), "c.toml");
    REQUIRE_MESSAGE(config.has_value(), config.error().message);
    return config->node.timeframes;
  };
  CHECK(minutes(R"(["1m", "3m", "4h"])") == std::vector<std::int64_t>{1, 3, 240});
  CHECK(minutes(R"([60, "5m", "1h", "1d"])") == std::vector<std::int64_t>{5, 60, 1'440});
  CHECK(error_of("[node]\ntimeframes = [\"7m\"]\n").message == "c.toml:2: node.timeframes holds \"7m\"");
  CHECK(error_of("[node]\ntimeframes = [\"2d\"]\n").message == "c.toml:2: node.timeframes holds \"2d\"");
  CHECK(error_of("[node]\ntimeframes = [1.5]\n").message ==
        "c.toml:2: node.timeframes holds a number with decimals");
}

TEST_CASE("features are read, checked and described") {
  auto config =
      parse_config("[features]\nb = \"mean(a, 3)\"\na = {formula = \"ret_1*2\", neutral = 0.5}\n", "c.toml");
  REQUIRE_MESSAGE(config.has_value(), config.error().message);
  REQUIRE(config->catalogue.find("b") != nullptr);
  CHECK(config->catalogue.find("b")->warmup == 3);
  CHECK(config->catalogue.find("a")->neutral == 0.5);
  CHECK(config->catalogue.definitions().size() == features::catalogue().size() + 2);
  auto lines = describe(*config);
  CHECK(std::find(lines.begin(), lines.end(), "features.b = \"mean(a, 3)\"") != lines.end());
  CHECK(std::find(lines.begin(), lines.end(), "features.a = {formula = \"ret_1*2\", neutral = 0.5}") !=
        lines.end());
  CHECK(parse_config("", "c.toml")->catalogue.definitions().size() == features::catalogue().size());

  auto wrong = error_of("[features]\nok = \"ret_1\"\nslope = \"close - vwap_dy\"\n");
  CHECK(wrong.message.starts_with("c.toml:3: features.slope: column 9: expected a feature, found 'vwap_dy'"));
  CHECK(wrong.remedy == "did you mean vwap_day?");
  CHECK(error_of("[features]\nx = 3\n").message == "c.toml:2: features.x is a whole number");
  CHECK(error_of("[features]\nx = {neutral = 1}\n").message == "c.toml:2: features.x is a table");
  CHECK(error_of("[features]\nx = {formula = \"ret_1\", neutrl = 1}\n").remedy ==
        "did you mean features.x.neutral?");
  CHECK(error_of("[features]\nx = {formula = \"ret_1\", neutral = \"no\"}\n").message.find("neutral") !=
        std::string::npos);
  CHECK(error_of("[features]\nrsi_14 = \"ret_1\"\n").message.find("has a meaning already") !=
        std::string::npos);
}
