/// The language's functions, one row each: what the checker, the compiler, the schema and the help all read.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace finch::expression {

enum class Builtin : std::uint8_t {
  abs,
  sign,
  log,
  exp,
  sqrt,
  min,
  max,
  clamp,
  select,
  lag,
  delta,
  cross_above,
  cross_below,
  mean,
  std,
  lowest,
  highest,
  rank,
  zscore,
  ema
};

struct Function {
  Builtin builtin;
  std::string_view name;
  std::string_view signature;
  std::string_view meaning;
  std::uint8_t min_arguments, max_arguments;
  /// Smallest window where the last argument is a window (an integer literal or a parameter), else 0.
  std::uint8_t min_window = 0;
};

/// Rows of history a window of `ema(x, n)` weighs, as a multiple of n: older rows would weigh less than 5e-5.
inline constexpr int ema_span = 5;

/// All functions in the order people should read them.
[[nodiscard]] std::span<const Function> functions() noexcept;
/// The function called `name`, or null.
[[nodiscard]] const Function* find_function(std::string_view name) noexcept;

} // namespace finch::expression
