#include "tests/fuzz/expression_target.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

TEST_CASE("everything the fuzzer found interesting keeps the language's promises") {
  auto source = std::getenv("FINCH_SOURCE");
  auto folder = std::filesystem::path{source ? source : "."} / "tests/fuzz/corpus/expression";
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    std::ifstream in{entry.path(), std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    CAPTURE(entry.path().filename().string());
    finch::expression::fuzz::drive(text); // ends the program where a promise is broken
    ++count;
  }
  CHECK(count >= 40);
}
