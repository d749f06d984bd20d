/// Flat bytecode: expressions lowered to instructions over registers, common parts computed once.
#pragma once

#include "actors/expression/environment.hpp"
#include "actors/expression/graph.hpp"
#include "actors/expression/operations.hpp"
#include "actors/expression/parser.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace finch::expression {

/// Operands are indexes into one table: first the constants, then the inputs, then the registers.
struct Instruction {
  Op op = Op::negate;
  std::uint8_t groups = 0; ///< bit g: a root of group g needs this result
  std::uint16_t a = 0, b = 0, c = 0, out = 0;
  std::uint32_t window = 0; ///< rows the operation looks at (for `lag`: back)
  std::uint32_t span = 0;   ///< the `n` of `ema(x, n)`
  std::uint32_t store = 0;  ///< first double of its state, per lane
  std::uint32_t mark = 0;   ///< its first entry in `State::marks`
};

/// An expression to compile. Roots of one group share one answer to "was everything known" (see Machine).
struct Root {
  const Expression* expression = nullptr;
  std::uint8_t group = 0; ///< below 8
};

/// Doubles of state one program may keep per instrument, so that a hostile spec cannot exhaust memory.
inline constexpr std::uint32_t max_store = 65'536;

struct Program {
  std::vector<double> constants;
  std::vector<std::uint32_t>
      inputs; ///< the environment's slots, in the order the machine wants their columns
  std::vector<std::uint8_t> input_groups; ///< which groups read each input
  std::vector<Instruction> code;
  std::vector<std::uint16_t> roots; ///< operand of each root
  std::uint16_t registers = 0;
  std::uint32_t store = 0;  ///< doubles of state per lane
  std::uint32_t marks = 0;  ///< integers of state
  std::size_t lookback = 0; ///< rows before a row that decide its value; rows further back never do

  /// A number that differs between programs whose states must not be exchanged.
  [[nodiscard]] std::uint64_t fingerprint() const;
};

/// Compiles checked expressions; parameters become constants. Fails where a name does not resolve or the
/// program needs more state than `max_store`.
[[nodiscard]] Result<Program> compile(std::span<const Root> roots, const Environment& environment);

/// Whether the roots of a graph stay within `max_store`; `compile` asks this too.
[[nodiscard]] Status check_store(const Graph& graph, std::span<const Value> roots);

} // namespace finch::expression
