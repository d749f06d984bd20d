/// One number or four: what kernels need to compute both alike.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

namespace finch::features {

/// Four doubles at once; loops over them add in one fixed order on every machine.
using Lanes = double __attribute__((vector_size(32)));
using Counts = std::int64_t __attribute__((vector_size(32)));

[[nodiscard]] inline Lanes load(const double* from) noexcept {
  Lanes out;
  std::memcpy(&out, from, sizeof out);
  return out;
}
inline void store(double* to, Lanes x) noexcept { std::memcpy(to, &x, sizeof x); }
/// Four by four values: the rows at `from` become the columns of the rows at `to`.
inline void turn(const std::array<const double*, 4>& from, const std::array<double*, 4>& to) noexcept {
  auto a = load(from[0]), b = load(from[1]), c = load(from[2]), d = load(from[3]);
  auto ab_even = __builtin_shufflevector(a, b, 0, 4, 2, 6),
       ab_odd = __builtin_shufflevector(a, b, 1, 5, 3, 7);
  auto cd_even = __builtin_shufflevector(c, d, 0, 4, 2, 6),
       cd_odd = __builtin_shufflevector(c, d, 1, 5, 3, 7);
  store(to[0], __builtin_shufflevector(ab_even, cd_even, 0, 1, 4, 5));
  store(to[1], __builtin_shufflevector(ab_odd, cd_odd, 0, 1, 4, 5));
  store(to[2], __builtin_shufflevector(ab_even, cd_even, 2, 3, 6, 7));
  store(to[3], __builtin_shufflevector(ab_odd, cd_odd, 2, 3, 6, 7));
}
[[nodiscard]] inline Lanes all(double x) noexcept { return Lanes{x, x, x, x}; }
[[nodiscard]] inline double total(Lanes x) noexcept { return (x[0] + x[2]) + (x[1] + x[3]); }
[[nodiscard]] inline std::int64_t total(Counts x) noexcept { return (x[0] + x[2]) + (x[1] + x[3]); }

/// a where the condition holds, else b, for one value or four.
[[nodiscard]] inline double pick(bool condition, double a, double b) noexcept {
  // Without a jump, which nobody could predict.
  auto mask = -static_cast<std::uint64_t>(condition);
  return std::bit_cast<double>((std::bit_cast<std::uint64_t>(a) & mask) |
                               (std::bit_cast<std::uint64_t>(b) & ~mask));
}
[[nodiscard]] inline Lanes pick(Counts condition, Lanes a, Lanes b) noexcept { return condition ? a : b; }
[[nodiscard]] inline Lanes pick(Counts condition, double a, Lanes b) noexcept {
  return condition ? all(a) : b;
}
[[nodiscard]] inline Lanes pick(Counts condition, Lanes a, double b) noexcept {
  return condition ? a : all(b);
}
[[nodiscard]] inline Lanes pick(Counts condition, double a, double b) noexcept {
  return condition ? all(a) : all(b);
}

[[nodiscard]] inline double magnitude(double x) noexcept { return std::abs(x); }
[[nodiscard]] inline Lanes magnitude(Lanes x) noexcept {
  return std::bit_cast<Lanes>(std::bit_cast<Counts>(x) & std::numeric_limits<std::int64_t>::max());
}

/// x, or 0 where it is less.
[[nodiscard]] inline double floored(double x) noexcept { return x < 0 ? 0 : x; }
[[nodiscard]] inline Lanes floored(Lanes x) noexcept { return pick(x < 0.0, 0.0, x); }

} // namespace finch::features
