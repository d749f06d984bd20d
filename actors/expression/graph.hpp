/// Expressions lowered to operations over values: what programs are laid out from, common parts once.
#pragma once

#include "actors/expression/environment.hpp"
#include "actors/expression/operations.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string_view>
#include <tuple>
#include <vector>

namespace finch::expression {

struct Function;

/// A constant, an input or the result of an operation, by its place in the graph.
struct Value {
  enum Place : std::uint8_t { constant, input, result } place = constant;
  std::uint32_t index = 0;
  std::uint32_t lookback = 0; ///< rows before a row that decide the value there

  [[nodiscard]] std::tuple<int, std::uint32_t> key() const { return {place, index}; }
};

struct Operation {
  Op op = Op::negate;
  std::array<Value, 3> operands{};
  std::size_t arity = 1;
  std::uint32_t window = 0; ///< rows the operation looks at (for `lag`: back)
  std::uint32_t span = 0;   ///< the `n` of `ema(x, n)`
};

/// Operations in an order in which operands come first.
struct Graph {
  std::vector<double> constants;
  std::vector<std::uint32_t> inputs; ///< the environment's slots
  std::vector<Operation> operations;
};

/// Lowers checked expressions into one graph, in which equal operations on equal values exist once.
class Lowering {
public:
  /// Parameters become constants. Environments may differ between expressions where they agree on what a slot
  /// is. Fails where a name does not resolve.
  [[nodiscard]] Result<Value> add(const Expression& expression, const Environment& environment);
  [[nodiscard]] const Graph& graph() const noexcept { return graph_; }

private:
  Result<Value> visit(const Node& node);
  Result<Value> column(const Node& node, const Result<Binding>& binding);
  Result<Value> call(const Node& node);
  Result<Value> windowed(const Function& function, Value value, const Node& length);
  Value cross(Value a, Value b);
  Value constant(double value);
  Value emit(Op op, std::array<Value, 3> operands, std::size_t arity, std::uint32_t window = 0,
             std::uint32_t span = 0);
  Value lag(Value value, std::uint32_t rows) {
    return value.place == Value::constant ? value : emit(Op::lag, {value}, 1, rows);
  }

  Graph graph_;
  const Environment* environment_ = nullptr; // of the expression at hand
  std::string_view source_;
  std::map<std::uint64_t, std::uint32_t> constant_index_;
  using Key = std::tuple<Op, std::tuple<int, std::uint32_t>, std::tuple<int, std::uint32_t>,
                         std::tuple<int, std::uint32_t>, std::uint32_t, std::uint32_t>;
  std::map<Key, std::uint32_t> known_;
};

} // namespace finch::expression
