#include "actors/expression/program.hpp"

#include "actors/expression/diagnostic.hpp"
#include "actors/expression/functions.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <optional>
#include <tuple>

namespace finch::expression {

namespace {

/// A value while lowering: a constant, an input or the result of an instruction, not yet placed in the table.
struct Value {
  enum Place : std::uint8_t { constant, input, result } place = constant;
  std::uint32_t index = 0;
  std::uint32_t lookback = 0;

  [[nodiscard]] std::tuple<int, std::uint32_t> key() const { return {place, index}; }
};

struct Draft {
  Op op;
  std::array<Value, 3> operands;
  std::size_t arity;
  std::uint32_t window = 0, span = 0;
  std::uint8_t groups = 0;
};

class Lowering {
public:
  explicit Lowering(const Environment& environment) : environment_{environment} {}

  Result<Value> lower(const Expression& expression) {
    source_ = expression.source;
    return visit(expression.root);
  }

  Result<Program> finish(std::span<const Value> roots, std::span<const Root> wanted);

private:
  Result<Value> visit(const Node& node);
  Result<Value> column(const Node& node, const Result<Binding>& binding);
  Result<Value> call(const Node& node);
  Result<Value> windowed(const Function& function, Value value, const Node& length);
  Value cross(Value a, Value b);

  Value constant(double value) {
    auto bits = std::bit_cast<std::uint64_t>(value);
    auto [found, fresh] = constant_index_.try_emplace(bits, static_cast<std::uint32_t>(constants_.size()));
    if (fresh)
      constants_.push_back(value);
    return {Value::constant, found->second, 0};
  }

  Value emit(Op op, std::array<Value, 3> operands, std::size_t arity, std::uint32_t window = 0,
             std::uint32_t span = 0);
  Value lag(Value value, std::uint32_t rows) {
    return value.place == Value::constant ? value : emit(Op::lag, {value}, 1, rows);
  }

  void spread_groups(std::span<const Value> roots, std::span<const Root> wanted);
  Status place_state(Program& program);
  void place_registers(Program& program, std::span<const Value> roots);

  const Environment& environment_;
  std::string_view source_;
  std::vector<double> constants_;
  std::map<std::uint64_t, std::uint32_t> constant_index_;
  std::vector<std::uint32_t> slots_;
  std::vector<std::uint8_t> slot_groups_;
  std::vector<Draft> drafts_;
  using Key = std::tuple<Op, std::tuple<int, std::uint32_t>, std::tuple<int, std::uint32_t>,
                         std::tuple<int, std::uint32_t>, std::uint32_t, std::uint32_t>;
  std::map<Key, std::uint32_t> known_;
};

Value Lowering::emit(Op op, std::array<Value, 3> operands, std::size_t arity, std::uint32_t window,
                     std::uint32_t span) {
  auto all_constant = std::all_of(operands.begin(), operands.begin() + static_cast<std::ptrdiff_t>(arity),
                                  [](const Value& v) { return v.place == Value::constant; });
  if (all_constant && !is_stateful(op)) {
    double folded = 0;
    with_operation(op, [&]<Op known>() {
      folded = apply<known>(constants_[operands[0].index], constants_[operands[1].index],
                            constants_[operands[2].index]);
    });
    return constant(folded);
  }
  std::uint32_t lookback = 0;
  for (std::size_t i = 0; i < arity; ++i)
    lookback = std::max(lookback, operands[i].lookback);
  if (is_stateful(op))
    lookback += op == Op::lag ? window : window - 1;
  Key key{op, operands[0].key(), operands[1].key(), operands[2].key(), window, span};
  auto [found, fresh] = known_.try_emplace(key, static_cast<std::uint32_t>(drafts_.size()));
  if (fresh)
    drafts_.push_back({op, operands, arity, window, span});
  return {Value::result, found->second, lookback};
}

Result<Value> Lowering::column(const Node& node, const Result<Binding>& binding) {
  if (!binding)
    return tl::unexpected(diagnose(source_, node.offset, binding.error().message, binding.error().remedy));
  if (auto fixed = std::get_if<Constant>(&*binding))
    return constant(fixed->value);
  auto slot = std::get<Input>(*binding).slot;
  auto found = std::find(slots_.begin(), slots_.end(), slot);
  auto index = static_cast<std::uint32_t>(found - slots_.begin());
  if (found == slots_.end()) {
    slots_.push_back(slot);
    slot_groups_.push_back(0);
  }
  return Value{Value::input, index, 0};
}

Result<Value> Lowering::visit(const Node& node) {
  switch (node.kind) {
  case Kind::number:
  case Kind::boolean:
    return constant(node.number);
  case Kind::reference:
    return column(node, environment_.resolve(node));
  case Kind::votes:
    return column(node, environment_.resolve_votes(node));
  case Kind::call:
    return call(node);
  default:
    break;
  }
  std::array<Value, 3> operands;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    auto operand = visit(node.children[i]);
    if (!operand)
      return operand;
    operands[i] = *operand;
  }
  auto two = [&](Op op) { return emit(op, operands, 2); };
  switch (node.kind) {
  case Kind::negate:
    return emit(Op::negate, operands, 1);
  case Kind::logical_not:
    return emit(Op::logical_not, operands, 1);
  case Kind::add:
    return two(Op::add);
  case Kind::subtract:
    return two(Op::subtract);
  case Kind::multiply:
    return two(Op::multiply);
  case Kind::divide:
    return two(Op::divide);
  case Kind::equal:
    return two(Op::equal);
  case Kind::not_equal:
    return two(Op::not_equal);
  case Kind::logical_and:
    return two(Op::logical_and);
  case Kind::logical_or:
    return two(Op::logical_or);
  case Kind::less:
    return two(Op::less);
  case Kind::less_equal:
    return two(Op::less_equal);
  case Kind::greater:
    return emit(Op::less, {operands[1], operands[0]}, 2);
  default:
    return emit(Op::less_equal, {operands[1], operands[0]}, 2);
  }
}

Value Lowering::cross(Value a, Value b) {
  auto now = emit(Op::less, {b, a}, 2);
  auto before = emit(Op::less_equal, {lag(a, 1), lag(b, 1)}, 2);
  return emit(Op::logical_and, {now, before}, 2);
}

Result<Value> Lowering::call(const Node& node) {
  const auto& function = *find_function(node.text);
  std::vector<Value> values;
  auto count = node.children.size() - (function.min_window > 0 ? 1 : 0);
  for (std::size_t i = 0; i < count; ++i) {
    auto value = visit(node.children[i]);
    if (!value)
      return value;
    values.push_back(*value);
  }
  if (function.min_window > 0)
    return windowed(function, values[0], node.children[1]);
  auto fold = [&](Op op) {
    auto joined = values[0];
    for (std::size_t i = 1; i < values.size(); ++i)
      joined = emit(op, {joined, values[i]}, 2);
    return joined;
  };
  switch (function.builtin) {
  case Builtin::abs:
    return emit(Op::abs, {values[0]}, 1);
  case Builtin::sign:
    return emit(Op::sign, {values[0]}, 1);
  case Builtin::log:
    return emit(Op::log, {values[0]}, 1);
  case Builtin::exp:
    return emit(Op::exp, {values[0]}, 1);
  case Builtin::sqrt:
    return emit(Op::sqrt, {values[0]}, 1);
  case Builtin::min:
    return fold(Op::min);
  case Builtin::max:
    return fold(Op::max);
  case Builtin::clamp:
    return emit(Op::min, {emit(Op::max, {values[0], values[1]}, 2), values[2]}, 2);
  case Builtin::select:
    return emit(Op::select, {values[0], values[1], values[2]}, 3);
  case Builtin::cross_above:
    return cross(values[0], values[1]);
  default:
    return cross(values[1], values[0]);
  }
}

Result<Value> Lowering::windowed(const Function& function, Value value, const Node& length) {
  auto resolved = visit(length);
  if (!resolved)
    return resolved;
  auto rows = resolved->place == Value::constant ? constants_[resolved->index] : 0;
  if (!(rows >= function.min_window && rows <= static_cast<double>(max_lookback)))
    return tl::unexpected(diagnose(source_, length.offset,
                                   fmt::format("expected a window of {} to {} rows, found {}",
                                               function.min_window, max_lookback, rows)));
  auto n = static_cast<std::uint32_t>(rows);
  switch (function.builtin) {
  case Builtin::lag:
    return lag(value, n);
  case Builtin::delta:
    return emit(Op::subtract, {value, lag(value, n)}, 2);
  case Builtin::mean:
    return emit(Op::mean, {value}, 1, n);
  case Builtin::std:
    return emit(Op::std, {value}, 1, n);
  case Builtin::lowest:
    return emit(Op::lowest, {value}, 1, n);
  case Builtin::highest:
    return emit(Op::highest, {value}, 1, n);
  case Builtin::rank:
    return emit(Op::rank, {value}, 1, n);
  case Builtin::zscore:
    return emit(Op::zscore, {value}, 1, n);
  default:
    return emit(Op::ema, {value}, 1, ema_span * n, n);
  }
}

/// Walks the drafts backwards, so that every result and input learns which groups of roots depend on it.
void Lowering::spread_groups(std::span<const Value> roots, std::span<const Root> wanted) {
  auto reach = [&](const Value& value, std::uint8_t groups) {
    if (value.place == Value::input)
      slot_groups_[value.index] |= groups;
    else if (value.place == Value::result)
      drafts_[value.index].groups |= groups;
  };
  for (std::size_t i = 0; i < roots.size(); ++i)
    reach(roots[i], static_cast<std::uint8_t>(1U << wanted[i].group));
  for (auto draft = drafts_.rbegin(); draft != drafts_.rend(); ++draft)
    for (std::size_t i = 0; i < draft->arity; ++i)
      reach(draft->operands[i], draft->groups);
}

/// Doubles per lane an operation keeps; window.cpp lays them out.
std::uint32_t store_size(Op op, std::uint32_t window) {
  switch (op) {
  case Op::lag:
  case Op::rank:
    return window;
  case Op::std:
  case Op::zscore:
    return 3 * window;
  default:
    return 2 * window;
  }
}

Status Lowering::place_state(Program& program) {
  program.marks = 1; // the first counts rows
  for (auto& instruction : program.code) {
    if (!is_stateful(instruction.op))
      continue;
    instruction.store = program.store;
    instruction.mark = program.marks;
    program.store += store_size(instruction.op, instruction.window);
    program.marks += 2;
    if (program.store > max_store)
      return fail(Category::bad_input,
                  fmt::format("the rules keep more than {} numbers of history per instrument", max_store),
                  "use fewer or shorter windows");
  }
  return {};
}

/// Results get registers in order; a register is free again after its last reader.
void Lowering::place_registers(Program& program, std::span<const Value> roots) {
  constexpr auto forever = ~std::size_t{0};
  std::vector<std::size_t> last_use(drafts_.size(), 0);
  for (std::size_t i = 0; i < drafts_.size(); ++i)
    for (std::size_t k = 0; k < drafts_[i].arity; ++k)
      if (drafts_[i].operands[k].place == Value::result)
        last_use[drafts_[i].operands[k].index] = i;
  for (const auto& root : roots)
    if (root.place == Value::result)
      last_use[root.index] = forever;

  auto base_inputs = constants_.size();
  auto base_registers = base_inputs + slots_.size();
  std::vector<std::uint16_t> registers(drafts_.size(), 0);
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
  for (std::size_t i = 0; i < drafts_.size(); ++i) {
    const auto& draft = drafts_[i];
    Instruction instruction{
        .op = draft.op, .groups = draft.groups, .window = draft.window, .span = draft.span};
    instruction.a = operand(draft.operands[0]);
    instruction.b = draft.arity > 1 ? operand(draft.operands[1]) : instruction.a;
    instruction.c = draft.arity > 2 ? operand(draft.operands[2]) : instruction.a;
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
  for (const auto& root : roots) {
    program.roots.push_back(operand(root));
    program.lookback = std::max<std::size_t>(program.lookback, root.lookback);
  }
}

Result<Program> Lowering::finish(std::span<const Value> roots, std::span<const Root> wanted) {
  spread_groups(roots, wanted);
  Program program;
  place_registers(program, roots);
  if (auto placed = place_state(program); !placed)
    return tl::unexpected(placed.error());
  program.constants = std::move(constants_);
  program.inputs = std::move(slots_);
  program.input_groups = std::move(slot_groups_);
  return program;
}

} // namespace

Result<Program> compile(std::span<const Root> roots, const Environment& environment) {
  Lowering lowering{environment};
  std::vector<Value> values;
  for (const auto& root : roots) {
    auto value = lowering.lower(*root.expression);
    if (!value)
      return tl::unexpected(value.error());
    values.push_back(*value);
  }
  return lowering.finish(values, roots);
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
