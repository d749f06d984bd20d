// The libFuzzer entry: `./dev fuzz [seconds]`.
#include "tests/fuzz/expression_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  finch::expression::fuzz::drive({reinterpret_cast<const char*>(data), size});
  return 0;
}
