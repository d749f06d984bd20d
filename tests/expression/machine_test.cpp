#include "actors/expression/machine.hpp"
#include "tests/expression/support.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cstdlib>
#include <new>

using namespace finch::expression;

namespace {

std::size_t allocations = 0;

} // namespace

// Counted so that a test can show that nothing is allocated while rows are evaluated.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (auto memory = std::malloc(size ? size : 1))
    return memory;
  throw std::bad_alloc{};
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

struct Run {
  std::vector<double> values, known;
};

Program program_of(const Expression& expression) {
  Root root{&expression, 0};
  auto program = compile({&root, 1}, test::World{});
  REQUIRE_MESSAGE(program.has_value(), program.error().message);
  return *program;
}

/// Runs rows [from, to) in batches of `batch`, continuing `state`.
void run_rows(Machine& machine, State& state, const test::History& history, std::size_t from, std::size_t to,
              std::size_t batch, Run& out) {
  std::vector<const double*> inputs(machine.program().inputs.size());
  std::vector<std::int64_t> bars;
  for (auto row = from; row < to; row += batch) {
    auto rows = std::min(batch, to - row);
    bars.clear();
    for (std::size_t i = 0; i < rows; ++i)
      bars.push_back(static_cast<std::int64_t>(1'000 + row + i));
    for (std::size_t i = 0; i < inputs.size(); ++i)
      inputs[i] = history.columns[machine.program().inputs[i]].data() + row * history.lanes;
    machine.run(inputs, bars, state);
    auto values = machine.result(0), known = machine.known(0);
    out.values.insert(out.values.end(), values.begin(), values.end());
    out.known.insert(out.known.end(), known.begin(), known.end());
  }
}

Run run_all(const Expression& expression, const test::History& history, std::size_t batch) {
  Machine machine{program_of(expression), history.lanes, batch};
  auto state = fresh_state(machine.program(), history.lanes);
  Run out;
  run_rows(machine, state, history, 0, history.rows, batch, out);
  return out;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) {
    return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y) || (x != x && y != y);
  });
}

bool close_enough(double a, double b) {
  if (a != a || b != b)
    return a != a && b != b;
  return a == b || std::fabs(a - b) <= 1e-9 * std::max({1.0, std::fabs(a), std::fabs(b)});
}

} // namespace

TEST_CASE("stateless expressions equal the oracle exactly") {
  auto history = test::random_history(40, 5, 0.05, 3);
  test::Oracle oracle{history};
  for (auto text :
       {"close + open * 2", "-close / volume", "abs(ret_1) + sign(ret_1)", "log(ret_1) + exp(ret_1)",
        "sqrt(rsi_14)", "min(rsi_14, ret_1, 2)", "max(rsi_14, ret_1)", "clamp(ret_1, level, 2)",
        "if(ret_1 > 0 and is_weekend, rsi_14, -ret_1)", "ret_1 != 1", "ret_1 == rsi_14 or ret_1 >= 1",
        "not ret_1 <= 1", "votes(1, \"a\") > 2", "true", "3 * 4 - period"}) {
    auto expression = *parse(text);
    CAPTURE(text);
    auto run = run_all(expression, history, 40);
    for (std::size_t i = 0; i < run.values.size(); ++i) {
      auto wanted = oracle.value(expression.root, static_cast<std::ptrdiff_t>(i / 5), i % 5);
      REQUIRE((run.values[i] == wanted || (run.values[i] != run.values[i] && wanted != wanted)));
    }
  }
}

TEST_CASE("windows equal the whole window looked at again") {
  auto history = test::random_history(150, 7, 0.01, 11);
  test::Oracle oracle{history};
  for (auto text :
       {"lag(close, 1)", "lag(close, 13)", "delta(close, period)", "mean(close, 5)", "mean(close, 20)",
        "std(volume, 2)", "std(close, 19)", "lowest(close, 6)", "highest(close, 31)", "rank(close, 12)",
        "zscore(close, 10)", "zscore(is_weekend, 3)", "ema(close, 4)", "ema(ret_1, period)",
        "mean(lag(close, 3), 4)", "cross_above(close, mean(close, 5))", "cross_below(ret_1, 0)",
        "mean(3, 4) + lag(2, 5)"}) {
    auto expression = *parse(text);
    CAPTURE(text);
    auto run = run_all(expression, history, 150);
    int finite = 0;
    for (std::size_t i = 0; i < run.values.size(); ++i) {
      auto wanted = oracle.value(expression.root, static_cast<std::ptrdiff_t>(i / 7), i % 7);
      CAPTURE(i);
      REQUIRE_MESSAGE(close_enough(run.values[i], wanted), run.values[i] << " is not " << wanted);
      finite += wanted == wanted ? 1 : 0;
    }
    CHECK(finite > 100);
  }
}

TEST_CASE("random expressions equal the oracle") {
  auto history = test::random_history(60, 4, 0.02, 5);
  test::Oracle oracle{history};
  test::Generator generator{99};
  int compared = 0, held = 0;
  for (int trial = 0; trial < 400; ++trial) {
    Expression expression{"", generator.condition(3)};
    expression.source = format(expression.root);
    if (!check_condition(expression, test::World{}))
      continue; // a window beyond the lookback limit
    auto run = run_all(expression, history, 16);
    for (std::size_t i = 0; i < run.values.size(); ++i) {
      // Where something is missing the machine says so; elsewhere conditions agree, rounding at ties aside.
      auto wanted = oracle.value(expression.root, static_cast<std::ptrdiff_t>(i / 4), i % 4);
      if (run.known[i] == 0)
        continue;
      compared += 1;
      held += wanted != 0;
      auto tie = expression.source.find("ema") != std::string::npos ||
                 expression.source.find("mean") != std::string::npos ||
                 expression.source.find("std") != std::string::npos ||
                 expression.source.find("zscore") != std::string::npos;
      if (!tie)
        REQUIRE_MESSAGE((run.values[i] != 0) == test::Oracle::truth(wanted),
                        expression.source << " row " << i / 4);
    }
  }
  CHECK(compared > 20'000);
  CHECK(held > 2'000);
}

TEST_CASE("any split into batches and any start of the history give the same bits") {
  auto history = test::random_history(400, 6, 0.003, 21);
  auto expression = *parse("mean(close, 17) / ema(close, 9) + zscore(volume, 23) * rank(ret_1, 8) + "
                           "std(lag(ret_1, 4), 11) + highest(rsi_14, 13)");
  auto whole = run_all(expression, history, 400);
  for (std::size_t batch : {1U, 3U, 64U, 399U})
    CHECK(same_bits(whole.values, run_all(expression, history, batch).values));

  Machine machine{program_of(expression), history.lanes, 50};
  auto lookback = machine.program().lookback;
  CHECK(lookback == 44);
  for (std::size_t start : {1U, 20U, 137U, 300U}) {
    auto state = fresh_state(machine.program(), history.lanes);
    Run late;
    run_rows(machine, state, history, start, history.rows, 50, late);
    auto skip = static_cast<std::ptrdiff_t>(lookback * history.lanes);
    auto begin = whole.values.begin() + static_cast<std::ptrdiff_t>(start * history.lanes);
    CHECK(same_bits({begin + skip, whole.values.end()}, {late.values.begin() + skip, late.values.end()}));
  }
}

TEST_CASE("rows may be missing: windows count rows, wherever the history began") {
  auto history = test::random_history(200, 3, 0, 77);
  auto expression = *parse("mean(close, 10) + std(close, 7) + ema(close, 3)");
  test::Oracle oracle{history};
  auto bar_of = [](std::size_t row) {
    return static_cast<std::int64_t>(row * 3 + (row % 5) * 2 + (row > 90) * 55);
  };
  auto feed = [&](std::size_t from) {
    Machine machine{program_of(expression), 3, 1};
    auto state = fresh_state(machine.program(), 3);
    std::vector<double> values;
    for (auto row = from; row < 200; ++row) {
      std::vector<const double*> inputs{history.columns[0].data() + row * 3};
      auto bar = bar_of(row) * 2;
      machine.run(inputs, {&bar, 1}, state);
      values.insert(values.end(), machine.result(0).begin(), machine.result(0).end());
    }
    return values;
  };
  auto all = feed(0), late = feed(60);
  for (std::size_t row = 20; row < 200; ++row)
    REQUIRE(close_enough(all[row * 3], oracle.value(expression.root, static_cast<std::ptrdiff_t>(row), 0)));
  CHECK(same_bits({all.begin() + 75 * 3, all.end()}, {late.begin() + 15 * 3, late.end()}));
}

TEST_CASE("a missing input is unknown, not false, and so is a window that is not full") {
  test::History history{4, 1, std::vector<std::vector<double>>(7, std::vector<double>(4, 1.0))};
  history.columns[3] = {1, test::nan, 3, 4};
  auto negated = run_all(*parse("not rsi_14 > 100"), history, 4);
  CHECK(negated.values == std::vector<double>{1, 1, 1, 1});
  CHECK(negated.known == std::vector<double>{1, 0, 1, 1});
  auto window = run_all(*parse("not mean(rsi_14, 2) > 100"), history, 4);
  CHECK(window.known == std::vector<double>{0, 0, 0, 1});
  // 0/0 is arithmetic, not a missing input.
  auto undefined = run_all(*parse("(rsi_14 - rsi_14) / (ret_1 - ret_1) > 0"), history, 4);
  CHECK(undefined.values == std::vector<double>{0, 0, 0, 0});
  CHECK(undefined.known[0] == 1);
}

TEST_CASE("groups of roots know separately, and share what they have in common") {
  auto first = *parse("mean(close, 3) > open"), second = *parse("mean(close, 3) < open or ret_1 > 0");
  std::vector<Root> roots{{&first, 0}, {&second, 2}};
  auto program = *compile(roots, test::World{});
  CHECK(std::count_if(program.code.begin(), program.code.end(),
                      [](const Instruction& i) { return i.op == Op::mean; }) == 1);
  test::History history{4, 1, std::vector<std::vector<double>>(7, std::vector<double>(4, 1.0))};
  history.columns[4][3] = test::nan;
  Machine machine{program, 1, 4};
  auto state = fresh_state(program, 1);
  std::vector<const double*> inputs;
  for (auto slot : program.inputs)
    inputs.push_back(history.columns[slot].data());
  std::vector<std::int64_t> bars{0, 1, 2, 3};
  machine.run(inputs, bars, state);
  CHECK(std::vector<double>{machine.known(0).begin(), machine.known(0).end()} ==
        std::vector<double>{0, 0, 1, 1});
  CHECK(std::vector<double>{machine.known(2).begin(), machine.known(2).end()} ==
        std::vector<double>{0, 0, 1, 0});
}

TEST_CASE("a saved state continues with the same bits, and damage is refused") {
  auto history = test::random_history(120, 5, 0.01, 8);
  auto expression = *parse("ema(close, 5) + mean(close, 9) + rank(ret_1, 7) + lag(close, 3) + std(close, 4)");
  auto whole = run_all(expression, history, 30);
  Machine machine{program_of(expression), 5, 30};
  auto state = fresh_state(machine.program(), 5);
  Run out;
  run_rows(machine, state, history, 0, 71, 30, out);
  auto bytes = save(state, machine.program());
  auto restored = restore(bytes, machine.program(), 5);
  REQUIRE(restored.has_value());
  run_rows(machine, *restored, history, 71, 120, 30, out);
  CHECK(same_bits(whole.values, out.values));

  CHECK(restore(bytes, machine.program(), 4).error().message.find("other instruments") != std::string::npos);
  auto other = program_of(*parse("ema(close, 6)"));
  CHECK(restore(bytes, other, 5).error().message.find("other rules") != std::string::npos);
  for (std::size_t cut : {0U, 10U, 40U}) {
    auto short_bytes = bytes;
    short_bytes.resize(cut);
    CHECK_FALSE(restore(short_bytes, machine.program(), 5).has_value());
  }
  bytes[bytes.size() / 2] ^= 4;
  CHECK(restore(bytes, machine.program(), 5).error().message.find("damaged") != std::string::npos);
}

TEST_CASE("nothing is allocated while rows are evaluated") {
  auto history = test::random_history(200, 36, 0.01, 4);
  auto expression = *parse("cross_above(ema(close, 12), mean(close, 26)) and zscore(volume, 20) > 1 and "
                           "rank(ret_1, 30) > 0.7 and not is_weekend");
  Machine machine{program_of(expression), 36, 8};
  auto state = fresh_state(machine.program(), 36);
  std::vector<const double*> inputs(machine.program().inputs.size());
  std::vector<std::int64_t> bars(8);
  auto before = allocations;
  for (std::size_t row = 0; row < 200; row += 8) {
    for (std::size_t i = 0; i < 8; ++i)
      bars[i] = static_cast<std::int64_t>(row + i);
    for (std::size_t i = 0; i < inputs.size(); ++i)
      inputs[i] = history.columns[machine.program().inputs[i]].data() + row * 36;
    machine.run(inputs, bars, state);
  }
  CHECK(allocations == before);
}

TEST_CASE("constants fold, common parts are computed once, memory is bounded") {
  CHECK(program_of(*parse("2 * 3 + period - level > 1 or true")).code.empty());
  CHECK(program_of(*parse("(close + open) / volume + (close + open) / volume > 0")).code.size() == 4);
  std::vector<Expression> many;
  for (int i = 0; i < 40; ++i)
    many.push_back(*parse("std(close, " + std::to_string(900 - i) + ") > 0"));
  std::vector<Root> roots;
  for (const auto& expression : many)
    roots.push_back({&expression, 0});
  CHECK(compile(roots, test::World{}).error().message.find("65536 numbers of history") != std::string::npos);
}
