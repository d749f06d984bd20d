/// The arithmetic of one lane: what the compiler folds with and the machine runs, so both give the same bits.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace finch::expression {

enum class Op : std::uint8_t {
  // One operand.
  negate,
  abs,
  sign,
  log,
  exp,
  sqrt,
  logical_not,
  // Two.
  add,
  subtract,
  multiply,
  divide,
  min,
  max,
  less,
  less_equal,
  equal,
  not_equal,
  logical_and,
  logical_or,
  // Three.
  select,
  // One operand and a window: these keep state.
  lag,
  mean,
  std,
  lowest,
  highest,
  rank,
  zscore,
  ema
};

[[nodiscard]] constexpr bool is_stateful(Op op) noexcept { return op >= Op::lag; }

/// A condition holds where its value is a number other than 0; NaN holds nowhere.
[[nodiscard]] inline bool holds(double value) noexcept { return std::fabs(value) > 0; }

/// The smaller value; NaN if either is. Two plain choices, which loops over lanes can do without a branch.
[[nodiscard]] inline double smaller(double a, double b) noexcept {
  auto least = a < b ? a : b;
  return a != a ? a : least;
}
[[nodiscard]] inline double larger(double a, double b) noexcept {
  auto most = a > b ? a : b;
  return a != a ? a : most;
}

template <Op op>
[[nodiscard]] inline double apply(double a, [[maybe_unused]] double b, [[maybe_unused]] double c) noexcept {
  if constexpr (op == Op::negate)
    return -a;
  else if constexpr (op == Op::abs)
    return std::fabs(a);
  else if constexpr (op == Op::sign)
    return a != a ? a : static_cast<double>(a > 0) - static_cast<double>(a < 0);
  else if constexpr (op == Op::log)
    return std::log(a);
  else if constexpr (op == Op::exp)
    return std::exp(a);
  else if constexpr (op == Op::sqrt)
    return std::sqrt(a);
  else if constexpr (op == Op::logical_not)
    return holds(a) ? 0.0 : 1.0;
  else if constexpr (op == Op::add)
    return a + b;
  else if constexpr (op == Op::subtract)
    return a - b;
  else if constexpr (op == Op::multiply)
    return a * b;
  else if constexpr (op == Op::divide)
    return a / b;
  else if constexpr (op == Op::min)
    return smaller(a, b);
  else if constexpr (op == Op::max)
    return larger(a, b);
  else if constexpr (op == Op::less)
    return a < b ? 1.0 : 0.0;
  else if constexpr (op == Op::less_equal)
    return a <= b ? 1.0 : 0.0;
  else if constexpr (op == Op::equal)
    return a == b ? 1.0 : 0.0;
  else if constexpr (op == Op::not_equal)
    return a < b || a > b ? 1.0 : 0.0;
  else if constexpr (op == Op::logical_and)
    return holds(a) && holds(b) ? 1.0 : 0.0;
  else if constexpr (op == Op::logical_or)
    return holds(a) || holds(b) ? 1.0 : 0.0;
  else
    return holds(a) ? b : c;
}

/// Calls `visit.template operator()<op>()` with the stateless operation as a compile-time constant.
template <class Visit>
void with_operation(Op op, Visit&& visit) {
  switch (op) {
#define FINCH_OPERATION(name)                                                                                \
  case Op::name:                                                                                             \
    visit.template operator()<Op::name>();                                                                   \
    return
    FINCH_OPERATION(negate);
    FINCH_OPERATION(abs);
    FINCH_OPERATION(sign);
    FINCH_OPERATION(log);
    FINCH_OPERATION(exp);
    FINCH_OPERATION(sqrt);
    FINCH_OPERATION(logical_not);
    FINCH_OPERATION(add);
    FINCH_OPERATION(subtract);
    FINCH_OPERATION(multiply);
    FINCH_OPERATION(divide);
    FINCH_OPERATION(min);
    FINCH_OPERATION(max);
    FINCH_OPERATION(less);
    FINCH_OPERATION(less_equal);
    FINCH_OPERATION(equal);
    FINCH_OPERATION(not_equal);
    FINCH_OPERATION(logical_and);
    FINCH_OPERATION(logical_or);
    FINCH_OPERATION(select);
#undef FINCH_OPERATION
  default:
    return;
  }
}

} // namespace finch::expression
