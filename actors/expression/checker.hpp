/// Types and dimensions: price, volume and time do not mix, conditions are not numbers.
#pragma once

#include "actors/expression/environment.hpp"
#include "actors/expression/parser.hpp"
#include "actors/expression/units.hpp"

namespace finch::expression {

enum class Type : std::uint8_t { number, boolean };

/// What the checker knows about an expression.
struct Checked {
  Type type = Type::number;
  Units units{};
  bool constant = false;    ///< made of literals and parameters only
  bool zero = false;        ///< the literal 0, which has every unit
  bool flag = false;        ///< a number that may stand for a condition
  std::size_t lookback = 0; ///< rows needed before the current one, at the parameters' largest
};

/// Checks the whole expression.
///
/// Sums, comparisons, `min`, `max`, `clamp` and `if` need one unit on all sides; products and ratios make new
/// ones. The literal 0 has every unit. Other plain numbers and parameters are unitless, and may also stand
/// beside times, whose unit is in the feature's name; beside a price or a volume they are refused, for a rule
/// holds for all instruments.
[[nodiscard]] Result<Checked> check(const Expression& expression, const Environment& environment);

/// Checks an expression that must be a condition.
[[nodiscard]] Result<Checked> check_condition(const Expression& expression, const Environment& environment);
/// Checks an expression that must be a number of the given units.
[[nodiscard]] Result<Checked> check_number(const Expression& expression, const Environment& environment,
                                           Units wanted);

} // namespace finch::expression
