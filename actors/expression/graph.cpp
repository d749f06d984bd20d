#include "actors/expression/graph.hpp"

#include "actors/expression/diagnostic.hpp"
#include "actors/expression/functions.hpp"
#include "actors/expression/parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace finch::expression {

Result<Value> Lowering::add(const Expression& expression, const Environment& environment) {
  source_ = expression.source;
  environment_ = &environment;
  return visit(expression.root);
}

Value Lowering::constant(double value) {
  auto bits = std::bit_cast<std::uint64_t>(value);
  auto [found, fresh] =
      constant_index_.try_emplace(bits, static_cast<std::uint32_t>(graph_.constants.size()));
  if (fresh)
    graph_.constants.push_back(value);
  return {Value::constant, found->second, 0};
}

Value Lowering::emit(Op op, std::array<Value, 3> operands, std::size_t arity, std::uint32_t window,
                     std::uint32_t span) {
  auto all_constant = std::all_of(operands.begin(), operands.begin() + static_cast<std::ptrdiff_t>(arity),
                                  [](const Value& v) { return v.place == Value::constant; });
  if (all_constant && !is_stateful(op)) {
    double folded = 0;
    with_operation(op, [&]<Op known>() {
      folded = apply<known>(graph_.constants[operands[0].index], graph_.constants[operands[1].index],
                            graph_.constants[operands[2].index]);
    });
    return constant(folded);
  }
  std::uint32_t lookback = 0;
  for (std::size_t i = 0; i < arity; ++i)
    lookback = std::max(lookback, operands[i].lookback);
  if (is_stateful(op))
    lookback += op == Op::lag ? window : window - 1;
  Key key{op, operands[0].key(), operands[1].key(), operands[2].key(), window, span};
  auto [found, fresh] = known_.try_emplace(key, static_cast<std::uint32_t>(graph_.operations.size()));
  if (fresh)
    graph_.operations.push_back({op, operands, arity, window, span});
  return {Value::result, found->second, lookback};
}

Result<Value> Lowering::column(const Node& node, const Result<Binding>& binding) {
  if (!binding)
    return tl::unexpected(diagnose(source_, node.offset, binding.error().message, binding.error().remedy));
  if (auto fixed = std::get_if<Constant>(&*binding))
    return constant(fixed->value);
  auto slot = std::get<Input>(*binding).slot;
  auto found = std::find(graph_.inputs.begin(), graph_.inputs.end(), slot);
  auto index = static_cast<std::uint32_t>(found - graph_.inputs.begin());
  if (found == graph_.inputs.end())
    graph_.inputs.push_back(slot);
  return Value{Value::input, index, 0};
}

Result<Value> Lowering::visit(const Node& node) {
  switch (node.kind) {
  case Kind::number:
  case Kind::boolean:
    return constant(node.number);
  case Kind::reference:
    return column(node, environment_->resolve(node));
  case Kind::votes:
    return column(node, environment_->resolve_votes(node));
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
  auto rows = resolved->place == Value::constant ? graph_.constants[resolved->index] : 0;
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

} // namespace finch::expression
