/// What is done with any bytes taken for a rule: parse, print, check, compile and evaluate them, and hold the
/// promises of the language against each other.
#pragma once

#include "actors/expression/checker.hpp"
#include "actors/expression/lazy_machine.hpp"
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

/// The rows of a history as a lazy machine reads them.
class StoredRows : public RowSource {
public:
  explicit StoredRows(const test::History& history) : history_{history} {}
  [[nodiscard]] const double* rows(std::uint32_t slot, std::int64_t first, std::size_t,
                                   double*) const override {
    return history_.columns[slot].data() + static_cast<std::size_t>(first) * history_.lanes;
  }
  [[nodiscard]] std::int64_t bar(std::int64_t row) const override { return row; }

private:
  const test::History& history_;
};

/// A lazy machine that is asked about every other few rows says what the plain one says of all.
inline void run_lazily(const Expression& expression, const test::World& world, const test::History& history,
                       const std::vector<double>& whole, std::string_view text) {
  constexpr std::size_t rows = 7;
  Lowering lowering;
  auto root = lowering.add(expression, world);
  demand(root.has_value(), "one machine compiles it, the other does not", text);
  StoredRows stored{history};
  LazyMachine machine{lowering.graph(), stored, history.lanes, rows};
  auto number = machine.number(*root);
  auto known = machine.known({&*root, 1});
  for (std::size_t first = 0; first + rows <= history.rows; first += 2 * rows) {
    machine.open(static_cast<std::int64_t>(first), rows);
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t lane = 0; lane < history.lanes; ++lane) {
        auto cell = (first + row) * history.lanes + lane;
        auto value = machine.at(number, row, lane), wanted = whole[cell];
        demand(std::memcmp(&value, &wanted, sizeof value) == 0 || (value != value && wanted != wanted),
               "the lazy machine gives another number", text);
        demand(machine.holds_at(known, row, lane) == (whole[history.rows * history.lanes + cell] != 0),
               "the lazy machine knows something else", text);
      }
  }
}

/// Rows give the same bits whether they are evaluated together or one by one, or some of them on demand.
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
  run_lazily(expression, world, history, whole, text);
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
