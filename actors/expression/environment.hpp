/// What names mean to an expression: asked by the checker and the compiler, answered by whoever knows the
/// features.
#pragma once

#include "actors/expression/ast.hpp"
#include "actors/market/dimension.hpp"
#include "schemas/error.hpp"

#include <cstdint>
#include <variant>

namespace finch::expression {

/// A column read at every row. Columns with dimension `flag` may stand where a condition is wanted.
struct Input {
  std::uint32_t slot = 0; ///< chosen by the environment; equal references must get equal slots
  market::Dimension dimension = market::Dimension::unitless;
};

/// A named number, fixed when the expression is compiled. A window must stay valid over the whole range.
struct Constant {
  double value = 0, min = 0, max = 0, step = 0;
};

using Binding = std::variant<Input, Constant>;

/// Errors carry what was expected in `message` and a remedy; the checker adds the column.
class Environment {
public:
  virtual ~Environment() = default;
  /// What a node of kind `reference` means.
  [[nodiscard]] virtual Result<Binding> resolve(const Node& reference) const = 0;
  /// The column of a node of kind `votes`: 1 when at least the quorum of the named stands long, -1 short,
  /// else 0.
  [[nodiscard]] virtual Result<Binding> resolve_votes(const Node& votes) const = 0;
};

} // namespace finch::expression
