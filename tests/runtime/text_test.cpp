#include "runtime/text.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace finch::runtime;

TEST_CASE("numbers are written for people") {
  CHECK(human_count(35'000'000) == "35,000,000");
  CHECK(human_count(-1'234) == "−1,234");
  CHECK(human_count(-123) == "−123");
  CHECK(human_count(0) == "0");
  CHECK(human_short(999) == "999");
  CHECK(human_short(1'234) == "1.23 k");
  CHECK(human_short(999'600) == "1.00 M");
  CHECK(human_short(35e6) == "35.0 M");
  CHECK(human_bytes(512) == "512 B");
  CHECK(human_bytes(94.3 * 1024 * 1024) == "94.3 MiB");
  CHECK(human_duration(0.0123) == "12 ms");
  CHECK(human_duration(12.34) == "12.3 s");
  CHECK(human_duration(59.97) == "1 min 00 s");
  CHECK(human_duration(7'380) == "2 h 03 min");
  CHECK(human_duration(3 * 86'400 + 4 * 3'600) == "3 d 04 h");
  CHECK(human_percent(0.0125) == "+1.25 %");
  CHECK(human_money(-1'234.5) == "−1,234.50");
  CHECK(human_money(std::numeric_limits<double>::quiet_NaN()) == "–");
}

TEST_CASE("tables align, numbers to the right") {
  Table table{"name", "ticks", "note"};
  table.row({"BTC-USDT", "1,234", "fine"}).row({"Ω", "5", ""});
  CHECK(table.text() == "name      ticks  note\n"
                        "BTC-USDT  1,234  fine\n"
                        "Ω             5\n");
}

TEST_CASE("typos find their word, other words do not") {
  std::vector<std::string> known{"import", "replay", "data", "doctor"};
  CHECK(nearest("imprt", known) == "import");
  CHECK(nearest("rep", known) == "replay");
  CHECK(nearest("doctr", known) == "doctor");
  CHECK(nearest("fly", known).empty());
}
