/// What is done with any bytes taken for a rule: parse, print, check, compile and evaluate them, and hold the
/// promises of the language against each other.
#pragma once

#include "actors/expression/checker.hpp"
#include "actors/expression/machine.hpp"
#include "tests/expression/support.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <string_view>

namespace finch::expression::fuzz {

inline void demand(bool promise, const char* what, std::string_view text) {
  if (promise)
    return;
  std::fprintf(stderr, "%s: %.*s\n", what, static_cast<int>(text.size()), text.data());
  std::abort();
}

/// Results of the roots over the whole history, `rows` rows at a time.
inline std::vector<double> evaluate(const Program& program, const test::History& history, std::size_t rows) {
  Machine machine{program, history.lanes, rows};
  auto state = fresh_state(program, history.lanes);
  std::vector<std::int64_t> bars(history.rows);
  std::iota(bars.begin(), bars.end(), std::int64_t{0});
  std::vector<double> results;
  for (std::size_t row = 0; row < history.rows; row += rows) {
    auto count = std::min(rows, history.rows - row);
    std::vector<const double*> inputs;
    for (auto slot : program.inputs)
      inputs.push_back(history.columns[slot].data() + row * history.lanes);
    machine.run(inputs, {bars.data() + row, count}, state);
    auto result = machine.result(0);
    auto known = machine.known(0);
    results.insert(results.end(), result.begin(), result.end());
    results.insert(results.end(), known.begin(), known.end());
  }
  return results;
}

/// Rows give the same bits whether they are evaluated together or one by one.
inline void run(const Expression& expression, const test::World& world, std::string_view text) {
  Root root{&expression, 0};
  auto program = compile({&root, 1}, world);
  if (!program)
    return demand(!program.error().message.empty(), "an error without a message", text);
  static const auto history = test::random_history(40, 3, 0.05, 7);
  auto whole = evaluate(*program, history, history.rows), single = evaluate(*program, history, 1);
  for (std::size_t row = 0; row < history.rows; ++row)
    for (std::size_t part = 0; part < 2; ++part) // results, then what was known
      demand(std::memcmp(single.data() + (2 * row + part) * history.lanes,
                         whole.data() + (part * history.rows + row) * history.lanes, 8 * history.lanes) == 0,
             "rows evaluated one by one differ", text);
}

inline void drive(std::string_view text) {
  auto parsed = parse(text);
  if (!parsed)
    return demand(!parsed.error().message.empty(), "an error without a message", text);
  auto canonical = format(parsed->root);
  auto again = parse(canonical);
  // Canonical text may be longer than what was written, and so leave the limit on bytes.
  if (!again)
    return demand(canonical.size() > max_source_bytes, "canonical text does not parse", text);
  demand(again->root == parsed->root, "canonical text means something else", text);
  demand(format(again->root) == canonical, "canonical text has two spellings", text);
  test::World world;
  if (check(*parsed, world))
    run(*parsed, world, text);
}

} // namespace finch::expression::fuzz
