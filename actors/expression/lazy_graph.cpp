/// How a lazy machine is built: which nodes a graph becomes. Evaluation is in lazy_machine.cpp.
#include "actors/expression/lazy_machine.hpp"

#include <algorithm>

namespace finch::expression {

namespace {

/// Earlier rows up to here are computed along with the open ones; looking further back is a window's work.
constexpr std::uint32_t longest_view = 8;

double window_cost(const Instruction& windowed) {
  switch (windowed.op) {
  case Op::lag:
    return 3;
  case Op::rank:
    return 3 + windowed.window / 2.0;
  case Op::mean:
    return 6;
  default:
    return 14;
  }
}

} // namespace

LazyMachine::LazyMachine(const Graph& graph, const RowSource& source, std::size_t lanes, std::size_t max_rows)
    : graph_{graph}, source_{source}, lanes_{lanes}, words_{(lanes + lanes_per_bits - 1) / lanes_per_bits},
      max_rows_{std::max<std::size_t>(max_rows, 1)} {
  for (std::size_t word = 0; word < words_; ++word) {
    auto rest = lanes_ - word * lanes_per_bits;
    all_.push_back(rest >= lanes_per_bits ? ~LaneBits{0} : (LaneBits{1} << rest) - 1);
  }
  scratch_.resize(max_rows_ * lanes_);
}

LazyMachine::Handle LazyMachine::condition(const Value& root) {
  return asked_.emplace_back(as_condition(place(root)));
}

LazyMachine::Handle LazyMachine::number(const Value& root) {
  return asked_.emplace_back(as_number(place(root)));
}

LazyMachine::Handle LazyMachine::known(std::span<const Value> roots) {
  std::vector<Value> open{roots.begin(), roots.end()};
  std::vector<Handle> parts;
  std::vector<std::uint8_t> seen(graph_.operations.size(), 0);
  while (!open.empty()) {
    auto value = open.back();
    open.pop_back();
    if (value.place == Value::input)
      parts.push_back(is_number(place(value)));
    if (value.place != Value::result || seen[value.index] != 0)
      continue;
    seen[value.index] = 1;
    const auto& operation = graph_.operations[value.index];
    if (is_stateful(operation.op))
      parts.push_back(is_number(place(value)));
    open.insert(open.end(), operation.operands.begin(),
                operation.operands.begin() + static_cast<std::ptrdiff_t>(operation.arity));
  }
  return asked_.emplace_back(joined(Kind::all_of, std::move(parts)));
}

LazyMachine::Handle LazyMachine::add(Node node) {
  std::vector<std::uint64_t> key{static_cast<std::uint64_t>(node.kind), static_cast<std::uint64_t>(node.op),
                                 node.slot, node.windowed.window, node.windowed.span};
  for (auto operand : node.operands)
    key.push_back(std::uint64_t{operand.node} << 32 | operand.lag);
  for (auto part : node.parts)
    key.push_back(part.node);
  auto [found, fresh] = known_nodes_.try_emplace(std::move(key), static_cast<std::uint32_t>(nodes_.size()));
  if (fresh) {
    node.cost = cost_of(node);
    nodes_.push_back(std::move(node));
  }
  return {found->second, 0};
}

double LazyMachine::cost_of(const Node& node) const {
  double cost = node.kind == Kind::window ? window_cost(node.windowed) : 1;
  switch (node.kind) {
  case Kind::constant:
  case Kind::input:
  case Kind::always:
    return 0;
  case Kind::all_of:
  case Kind::any_of:
    for (auto part : node.parts)
      cost += nodes_[part.node].cost;
    return cost;
  default:
    for (auto operand : node.operands)
      cost += nodes_[operand.node].cost;
    return cost;
  }
}

LazyMachine::Handle LazyMachine::place(const Value& value) {
  if (value.place == Value::input)
    return add({.kind = Kind::input, .slot = graph_.inputs[value.index]});
  if (value.place == Value::result) {
    results_.resize(graph_.operations.size());
    placed_.resize(graph_.operations.size(), 0);
    if (placed_[value.index] == 0) {
      auto handle = operation(value.index);
      results_[value.index] = handle;
      placed_[value.index] = 1;
    }
    return results_[value.index];
  }
  auto handle = add({.kind = Kind::constant, .slot = value.index});
  auto& node = nodes_[handle.node];
  if (node.memory.empty()) {
    node.memory.assign(lanes_, graph_.constants[value.index]);
    node.data = node.memory.data();
    node.evaluated = INT64_MAX;
  }
  return handle;
}

LazyMachine::Handle LazyMachine::operation(std::uint32_t index) {
  const auto& operation = graph_.operations[index];
  if (operation.op == Op::lag)
    return lagged(operation);
  if (is_stateful(operation.op))
    return windowed(operation);
  std::array<Handle, 3> operands{};
  for (std::size_t i = 0; i < 3; ++i)
    operands[i] = i < operation.arity ? place(operation.operands[i]) : operands[0];
  auto [a, b, c] = operands;
  switch (operation.op) {
  case Op::less:
  case Op::less_equal:
  case Op::equal:
  case Op::not_equal:
    a = as_number(a), b = as_number(b);
    return add({.kind = Kind::compare, .op = operation.op, .operands = {a, b, a}});
  case Op::logical_and:
    return joined(Kind::all_of, {as_condition(a), as_condition(b)});
  case Op::logical_or:
    return joined(Kind::any_of, {as_condition(a), as_condition(b)});
  case Op::logical_not:
    a = as_condition(a);
    return add({.kind = Kind::negation, .operands = {a, a, a}});
  case Op::select:
    a = as_condition(a);
    if (is_condition(nodes_[b.node].kind) || is_condition(nodes_[c.node].kind))
      return add({.kind = Kind::choose_condition, .operands = {a, as_condition(b), as_condition(c)}});
    return add({.kind = Kind::choose_number, .operands = {a, b, c}});
  default:
    a = as_number(a);
    return add(
        {.kind = Kind::arithmetic,
         .op = operation.op,
         .operands = {a, operation.arity > 1 ? as_number(b) : a, operation.arity > 2 ? as_number(c) : a}});
  }
}

LazyMachine::Handle LazyMachine::lagged(const Operation& operation) {
  auto handle = as_number(place(operation.operands[0]));
  if (nodes_[handle.node].kind == Kind::constant)
    return handle;
  if (handle.lag + operation.window > longest_view)
    return windowed(operation);
  return {handle.node, handle.lag + operation.window};
}

LazyMachine::Handle LazyMachine::windowed(const Operation& operation) {
  auto x = as_number(place(operation.operands[0]));
  Node node{.kind = Kind::window, .op = operation.op, .operands = {x, x, x}};
  node.windowed.op = operation.op;
  node.windowed.window = operation.window;
  node.windowed.span = operation.span;
  node.operand = operation.operands[0];
  return add(std::move(node));
}

LazyMachine::Handle LazyMachine::as_number(Handle handle) {
  if (!is_condition(nodes_[handle.node].kind))
    return handle;
  return add({.kind = Kind::as_number, .operands = {handle, handle, handle}});
}

LazyMachine::Handle LazyMachine::as_condition(Handle handle) {
  if (is_condition(nodes_[handle.node].kind))
    return handle;
  if (nodes_[handle.node].kind == Kind::constant)
    return always(holds(nodes_[handle.node].memory.front()));
  // What is not a number is not unequal to 0 either.
  return add({.kind = Kind::compare, .op = Op::not_equal, .operands = {handle, zero(), handle}});
}

LazyMachine::Handle LazyMachine::zero() {
  auto handle = add({.kind = Kind::constant, .slot = UINT32_MAX});
  auto& node = nodes_[handle.node];
  node.memory.assign(lanes_, 0.0);
  node.data = node.memory.data();
  node.evaluated = INT64_MAX;
  return handle;
}

LazyMachine::Handle LazyMachine::is_number(Handle handle) {
  return add({.kind = Kind::is_number, .operands = {handle, handle, handle}});
}

LazyMachine::Handle LazyMachine::always(bool holds) {
  return add({.kind = Kind::always, .slot = holds ? 1U : 0U});
}

LazyMachine::Handle LazyMachine::joined(Kind kind, std::vector<Handle> parts) {
  std::vector<Handle> flat;
  for (auto part : parts) {
    const auto& node = nodes_[part.node];
    if (node.kind == kind)
      flat.insert(flat.end(), node.parts.begin(), node.parts.end());
    else
      flat.push_back(part);
  }
  std::sort(flat.begin(), flat.end(), [this](auto a, auto b) {
    return std::pair{nodes_[a.node].cost, a.node} < std::pair{nodes_[b.node].cost, b.node};
  });
  flat.erase(std::unique(flat.begin(), flat.end()), flat.end());
  if (flat.empty())
    return always(kind == Kind::all_of);
  if (flat.size() == 1)
    return flat.front();
  return add({.kind = kind, .parts = std::move(flat)});
}

void LazyMachine::seal() {
  auto reach = [this](Handle handle, std::uint32_t rows) {
    auto& node = nodes_[handle.node];
    node.earlier = std::max(node.earlier, handle.lag + rows);
  };
  for (auto handle : asked_)
    reach(handle, 0);
  for (auto at = nodes_.size(); at-- > 0;) {
    const auto& node = nodes_[at];
    // A window keeps its own earlier rows.
    auto rows = node.kind == Kind::window ? 0 : node.earlier;
    if (node.kind == Kind::all_of || node.kind == Kind::any_of)
      for (auto part : node.parts)
        reach(part, rows);
    else if (node.kind > Kind::input && node.kind != Kind::always)
      for (auto operand : node.operands)
        reach(operand, rows);
  }
  for (auto& node : nodes_) {
    auto rows = node.earlier + max_rows_;
    if (node.kind == Kind::always) {
      node.evaluated = INT64_MAX;
      for (std::size_t row = 0; row < rows; ++row)
        for (auto lanes : all_)
          node.words.push_back(node.slot != 0 ? lanes : 0);
    } else if (is_condition(node.kind)) {
      node.words.resize(rows * words_);
    } else if (node.kind != Kind::constant) {
      node.stride = lanes_;
    }
  }
  sealed_ = true;
}

} // namespace finch::expression
