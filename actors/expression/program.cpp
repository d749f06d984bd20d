#include "actors/expression/program.hpp"

#include "actors/expression/window.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <bit>

namespace finch::expression {

namespace {

/// Lays a graph out as instructions over registers.
class Layout {
public:
  Layout(const Graph& graph, std::span<const Value> roots, std::span<const Root> wanted)
      : graph_{graph}, roots_{roots}, wanted_{wanted}, groups_(graph.operations.size(), 0),
        input_groups_(graph.inputs.size(), 0) {}

  Program finish();

private:
  void spread_groups();
  void place_registers(Program& program);

  const Graph& graph_;
  std::span<const Value> roots_;
  std::span<const Root> wanted_;
  std::vector<std::uint8_t> groups_, input_groups_;
};

/// Walks the operations backwards, so that every result and input learns which groups of roots depend on it.
void Layout::spread_groups() {
  auto reach = [&](const Value& value, std::uint8_t groups) {
    if (value.place == Value::input)
      input_groups_[value.index] |= groups;
    else if (value.place == Value::result)
      groups_[value.index] |= groups;
  };
  for (std::size_t i = 0; i < roots_.size(); ++i)
    reach(roots_[i], static_cast<std::uint8_t>(1U << wanted_[i].group));
  for (auto at = graph_.operations.size(); at-- > 0;)
    for (std::size_t i = 0; i < graph_.operations[at].arity; ++i)
      reach(graph_.operations[at].operands[i], groups_[at]);
}

void place_state(Program& program) {
  program.marks = 1; // the first counts rows
  for (auto& instruction : program.code) {
    if (!is_stateful(instruction.op))
      continue;
    instruction.store = program.store;
    instruction.mark = program.marks;
    program.store += store_size(instruction.op, instruction.window);
    program.marks += 2;
  }
}

/// Results get registers in order; a register is free again after its last reader.
void Layout::place_registers(Program& program) {
  constexpr auto forever = ~std::size_t{0};
  const auto& operations = graph_.operations;
  std::vector<std::size_t> last_use(operations.size(), 0);
  for (std::size_t i = 0; i < operations.size(); ++i)
    for (std::size_t k = 0; k < operations[i].arity; ++k)
      if (operations[i].operands[k].place == Value::result)
        last_use[operations[i].operands[k].index] = i;
  for (const auto& root : roots_)
    if (root.place == Value::result)
      last_use[root.index] = forever;

  auto base_inputs = graph_.constants.size();
  auto base_registers = base_inputs + graph_.inputs.size();
  std::vector<std::uint16_t> registers(operations.size(), 0);
  std::vector<std::uint16_t> unused;
  auto operand = [&](const Value& value) {
    switch (value.place) {
    case Value::constant:
      return static_cast<std::uint16_t>(value.index);
    case Value::input:
      return static_cast<std::uint16_t>(base_inputs + value.index);
    default:
      return static_cast<std::uint16_t>(base_registers + registers[value.index]);
    }
  };
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const auto& operation = operations[i];
    Instruction instruction{
        .op = operation.op, .groups = groups_[i], .window = operation.window, .span = operation.span};
    instruction.a = operand(operation.operands[0]);
    instruction.b = operation.arity > 1 ? operand(operation.operands[1]) : instruction.a;
    instruction.c = operation.arity > 2 ? operand(operation.operands[2]) : instruction.a;
    // The result never shares a register with an operand: kernels may then assume that nothing aliases.
    if (unused.empty())
      unused.push_back(program.registers++);
    registers[i] = unused.back();
    unused.pop_back();
    instruction.out = static_cast<std::uint16_t>(base_registers + registers[i]);
    for (std::size_t j = 0; j < i; ++j)
      if (last_use[j] == i)
        unused.push_back(registers[j]);
    program.code.push_back(instruction);
  }
  for (const auto& root : roots_) {
    program.roots.push_back(operand(root));
    program.lookback = std::max<std::size_t>(program.lookback, root.lookback);
  }
}

Program Layout::finish() {
  spread_groups();
  Program program;
  place_registers(program);
  place_state(program);
  program.constants = graph_.constants;
  program.inputs = graph_.inputs;
  program.input_groups = std::move(input_groups_);
  return program;
}

} // namespace

Result<Program> compile(std::span<const Root> roots, const Environment& environment) {
  Lowering lowering;
  std::vector<Value> values;
  for (const auto& root : roots) {
    auto value = lowering.add(*root.expression, environment);
    if (!value)
      return tl::unexpected(value.error());
    values.push_back(*value);
  }
  if (auto kept = check_store(lowering.graph(), values); !kept)
    return tl::unexpected(kept.error());
  return Layout{lowering.graph(), values, roots}.finish();
}

Status check_store(const Graph& graph, std::span<const Value> roots) {
  std::vector<Value> open{roots.begin(), roots.end()};
  std::vector<std::uint8_t> seen(graph.operations.size(), 0);
  std::uint64_t store = 0;
  while (!open.empty()) {
    auto value = open.back();
    open.pop_back();
    if (value.place != Value::result || seen[value.index] != 0)
      continue;
    seen[value.index] = 1;
    const auto& operation = graph.operations[value.index];
    if (is_stateful(operation.op))
      store += store_size(operation.op, operation.window);
    open.insert(open.end(), operation.operands.begin(),
                operation.operands.begin() + static_cast<std::ptrdiff_t>(operation.arity));
  }
  if (store > max_store)
    return fail(Category::bad_input,
                fmt::format("the rules keep more than {} numbers of history per instrument", max_store),
                "use fewer or shorter windows");
  return {};
}

std::uint64_t Program::fingerprint() const {
  std::vector<std::uint64_t> words{registers, store, marks};
  for (auto value : constants)
    words.push_back(std::bit_cast<std::uint64_t>(value));
  words.push_back(inputs.size());
  for (const auto& i : code)
    words.insert(words.end(),
                 {static_cast<std::uint64_t>(i.op), i.a, i.b, i.c, i.out, i.window, i.span, i.store});
  words.insert(words.end(), roots.begin(), roots.end());
  return XXH3_64bits(words.data(), words.size() * sizeof(std::uint64_t));
}

} // namespace finch::expression
