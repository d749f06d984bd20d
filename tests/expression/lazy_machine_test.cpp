/// The lazy machine beside the plain one: the same bits, whatever is asked for and when.
#include "actors/expression/lazy_machine.hpp"
#include "actors/expression/machine.hpp"
#include "tests/expression/support.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <map>
#include <memory>

using namespace finch::expression;

namespace {

/// Bars skip numbers now and then, as where an instrument had no trades.
std::vector<std::int64_t> bars_of(std::size_t rows, test::Generator& generator) {
  std::vector<std::int64_t> bars;
  std::int64_t bar = 1'000;
  for (std::size_t row = 0; row < rows; ++row)
    bars.push_back(bar += generator.pick(12) == 0 ? 2 + generator.pick(30) : 1);
  return bars;
}

/// Rows of a history; some are handed out as copies, as where they lie in two windows.
class Stored : public RowSource {
public:
  Stored(const test::History& history, const std::vector<std::int64_t>& bars)
      : history_{history}, bars_{bars} {}

  [[nodiscard]] const double* rows(std::uint32_t slot, std::int64_t first, std::size_t count,
                                   double* scratch) const override {
    REQUIRE(first >= 0);
    REQUIRE(static_cast<std::size_t>(first) + count <= history_.rows);
    const auto* there = history_.columns[slot].data() + static_cast<std::size_t>(first) * history_.lanes;
    if (first / 50 == (first + static_cast<std::int64_t>(count) - 1) / 50)
      return there;
    std::copy_n(there, count * history_.lanes, scratch);
    return scratch;
  }
  [[nodiscard]] bool lane(std::uint32_t slot, std::int64_t first, std::size_t count, std::size_t lane,
                          double* out) const override {
    REQUIRE(first >= 0);
    for (std::size_t i = 0; i < count; ++i)
      out[i] = history_.at(slot, static_cast<std::size_t>(first) + i, lane);
    return slot % 3 != 0; // some slots are not worth it
  }
  [[nodiscard]] std::int64_t bar(std::int64_t row) const override {
    return bars_[static_cast<std::size_t>(row)];
  }

private:
  const test::History& history_;
  const std::vector<std::int64_t>& bars_;
};

struct Wanted {
  std::vector<double> values, known;
};

/// The plain machine's answers, [row][lane].
Wanted wanted_of(const Expression& expression, const test::History& history,
                 const std::vector<std::int64_t>& bars) {
  Root root{&expression, 0};
  auto program = compile({&root, 1}, test::World{});
  REQUIRE(program.has_value());
  Machine machine{*program, history.lanes, history.rows};
  auto state = fresh_state(machine.program(), history.lanes);
  std::vector<const double*> inputs;
  for (auto slot : program->inputs)
    inputs.push_back(history.columns[slot].data());
  machine.run(inputs, bars, state);
  auto values = machine.result(0), known = machine.known(0);
  return {{values.begin(), values.end()}, {known.begin(), known.end()}};
}

struct Asked {
  Expression expression;
  bool condition = false;
  Wanted wanted;
  LazyMachine::Handle handle, known;
};

bool bit(const LaneBits* bits, const LazyMachine& machine, std::size_t row, std::size_t lane) {
  return (bits[row * machine.words() + lane / lanes_per_bits] >> lane % lanes_per_bits & 1U) != 0;
}

} // namespace

TEST_CASE("random rules evaluated together on demand equal the plain machine, bit for bit") {
  test::Generator generator{2'024};
  std::size_t cells = 0, held = 0;
  for (int trial = 0; trial < 120; ++trial) {
    auto lanes = static_cast<std::size_t>(generator.pick(4) == 0 ? 67 : 1 + generator.pick(9));
    auto history = test::random_history(220, lanes, 0.01, 100 + static_cast<unsigned>(trial));
    auto bars = bars_of(history.rows, generator);
    Stored stored{history, bars};
    Lowering lowering;
    std::vector<Asked> all;
    std::vector<Value> roots;
    while (all.size() < 6) {
      Asked asked;
      asked.condition = generator.pick(3) > 0;
      asked.expression.root = asked.condition ? generator.condition(4) : generator.number(4);
      asked.expression.source = format(asked.expression.root);
      if (asked.condition ? !check_condition(asked.expression, test::World{})
                          : !check(asked.expression, test::World{}))
        continue; // a window beyond the lookback limit
      asked.wanted = wanted_of(asked.expression, history, bars);
      auto root = lowering.add(asked.expression, test::World{});
      REQUIRE(root.has_value());
      roots.push_back(*root);
      all.push_back(std::move(asked));
    }
    auto max_rows = static_cast<std::size_t>(1 + generator.pick(20));
    LazyMachine machine{lowering.graph(), stored, lanes, max_rows};
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i].handle = all[i].condition ? machine.condition(roots[i]) : machine.number(roots[i]);
      all[i].known = machine.known({&roots[i], 1});
    }
    auto haste = generator.pick(4); // how many rows are passed over
    for (std::size_t first = 0; first < history.rows;) {
      auto count = std::min(history.rows - first,
                            static_cast<std::size_t>(1 + generator.pick(static_cast<int>(max_rows))));
      machine.open(static_cast<std::int64_t>(first), count);
      for (const auto& asked : all) {
        if (generator.pick(3) == 0)
          continue;
        CAPTURE(asked.expression.source);
        CAPTURE(first);
        const auto* known = machine.bits(asked.known);
        const auto* bits = asked.condition ? machine.bits(asked.handle) : nullptr;
        for (std::size_t row = 0; row < count; ++row)
          for (std::size_t lane = 0; lane < lanes; ++lane) {
            auto value = asked.wanted.values[(first + row) * lanes + lane];
            ++cells;
            if (bit(known, machine, row, lane) != (asked.wanted.known[(first + row) * lanes + lane] != 0))
              FAIL("known differs in row " << first + row << " lane " << lane);
            if (bits) {
              held += value != 0 ? 1 : 0;
              if (bit(bits, machine, row, lane) != holds(value))
                FAIL("condition differs in row " << first + row << " lane " << lane);
              continue;
            }
            auto own = machine.at(asked.handle, row, lane);
            if (std::bit_cast<std::uint64_t>(own) != std::bit_cast<std::uint64_t>(value) &&
                (own == own || value == value))
              FAIL("number " << own << " is not " << value << " in row " << first + row << " lane " << lane);
          }
      }
      first +=
          count +
          (haste > 0 && generator.pick(4) == 0 ? static_cast<std::size_t>(generator.pick(haste * 40)) : 0);
    }
  }
  CHECK(cells > 500'000);
  CHECK(held > 50'000);
}

TEST_CASE("equal parts of different rules are one, and an and asks for what is cheap first") {
  Expression a{"rsi_14 < 3 and ret_1 > mean(ret_1, 20)", {}}, b{"ret_1 > mean(ret_1, 20) and rsi_14 < 3", {}};
  a = *parse(a.source);
  b = *parse(b.source);
  auto history = test::random_history(60, 3, 0, 1);
  std::vector<std::int64_t> bars(history.rows);
  for (std::size_t row = 0; row < bars.size(); ++row)
    bars[row] = static_cast<std::int64_t>(row);
  Stored stored{history, bars};
  Lowering lowering;
  auto first = lowering.add(a, test::World{}), second = lowering.add(b, test::World{});
  LazyMachine machine{lowering.graph(), stored, history.lanes, 16};
  CHECK(machine.condition(*first) == machine.condition(*second));
}
