/// The natural logarithm, four at a time and to the same bits one at a time.
///
/// A library's logarithm is a call per value, which is most of the time of a return. This one is plain
/// arithmetic in one fixed order: what it gives does not depend on how many values are computed at once, nor
/// on the machine's library. The error is below one unit in the last place.
#pragma once

#include "actors/features/windows.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

namespace finch::features {

using Words = std::uint64_t __attribute__((vector_size(32)));

namespace detail {

inline double from_bits(std::uint64_t x) noexcept { return std::bit_cast<double>(x); }
inline Lanes from_bits(Words x) noexcept { return std::bit_cast<Lanes>(x); }
inline std::uint64_t to_bits(double x) noexcept { return std::bit_cast<std::uint64_t>(x); }
inline Words to_bits(Lanes x) noexcept { return std::bit_cast<Words>(x); }

/// ln x of positive normal x. With x = 2^k (1 + f) and s = f/(2 + f), ln(1 + f) = 2 atanh s, whose series
/// ends below half a unit after ten terms because |s| <= 0.172.
template <class T>
T log_of_normal(T x) noexcept {
  constexpr std::uint64_t root_half = 0x3fe6a09e667f3bcd, one = 0x3ff0000000000000;
  auto bits = to_bits(x);
  auto exponent = (bits + (one - root_half)) >> 52; // k + 1023
  auto f = from_bits(bits - (exponent << 52) + one) - 1.0;
  // Setting the lowest bits of 2^52 turns a small integer into a double without a conversion.
  auto k = from_bits(exponent | 0x4330000000000000) - (0x1p52 + 1023);
  auto s = f / (f + 2.0);
  auto z = s * s, w = z * z;
  auto odd = z * (2.0 / 3 + w * (2.0 / 7 + w * (2.0 / 11 + w * (2.0 / 15 + w * (2.0 / 19)))));
  auto even = w * (2.0 / 5 + w * (2.0 / 9 + w * (2.0 / 13 + w * (2.0 / 17))));
  auto half = f * f * 0.5;
  constexpr double ln2_high = 0x1.62e42feep-1;      // exact when multiplied by any exponent
  constexpr double ln2_low = 0x1.a39ef35793c76p-33; // ln 2 - ln2_high
  auto tail = s * (half + (odd + even)) + k * ln2_low;
  return k * ln2_high - ((half - tail) - f);
}

inline constexpr double least_normal = std::numeric_limits<double>::min(),
                        greatest = std::numeric_limits<double>::max();

/// Apart, so that the usual way needs no room for it.
[[gnu::cold, gnu::noinline]] inline double log_of_rare(double x) noexcept { return std::log(x); }

} // namespace detail

/// ln x; NaN and infinities as `std::log`.
[[nodiscard]] inline double natural_log(double x) noexcept {
  if (x >= detail::least_normal && x <= detail::greatest) [[likely]]
    return detail::log_of_normal(x);
  return detail::log_of_rare(x);
}

/// Four logarithms.
[[nodiscard]] inline Lanes natural_log(Lanes x) noexcept {
  auto plain = (x >= all(detail::least_normal)) & (x <= all(detail::greatest));
  if (total(Counts(plain)) == -4)
    return detail::log_of_normal(x);
  Lanes out{};
  for (int i = 0; i < 4; ++i)
    out[i] = natural_log(x[i]);
  return out;
}

} // namespace finch::features
