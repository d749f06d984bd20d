/// Counter-based random numbers: every draw is a function of a key and its position, so any minute can be
/// redrawn.
#pragma once

#include <cmath>
#include <cstdint>

namespace finch::feed {

/// Scrambles 64 bits so that consecutive inputs give independent-looking outputs (the SplitMix64 finaliser).
[[nodiscard]] constexpr std::uint64_t scramble(std::uint64_t bits) noexcept {
  bits = (bits ^ (bits >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  bits = (bits ^ (bits >> 27U)) * 0x94d049bb133111ebULL;
  return bits ^ (bits >> 31U);
}

/// The key of one purpose (`stream`) of one subject in one round.
[[nodiscard]] constexpr std::uint64_t draw_key(std::uint64_t seed, std::uint64_t subject, std::int64_t round,
                                               std::uint64_t stream) noexcept {
  auto key = scramble(seed + 0x9e3779b97f4a7c15ULL);
  key = scramble(key ^ (subject * 0xd1b54a32d192ed03ULL + stream));
  return scramble(key ^ static_cast<std::uint64_t>(round));
}

/// The value a standard normal variable stays below with probability `p`, 0 < p < 1. Rational approximation
/// with a relative error near 1e-9 (P. J. Acklam, 2003), which is far below what a simulated price can show.
[[nodiscard]] inline double normal_quantile(double p) noexcept {
  auto tail = p < 0.5 ? p : 1 - p;
  if (tail < 0.02425) {
    auto q = std::sqrt(-2 * std::log(tail));
    auto value = (((((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838e+00) * q -
                    2.549732539343734e+00) *
                       q +
                   4.374664141464968e+00) *
                      q +
                  2.938163982698783e+00) /
                 ((((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996e+00) * q +
                   3.754408661907416e+00) *
                      q +
                  1);
    return p < 0.5 ? value : -value;
  }
  auto q = p - 0.5, r = q * q;
  return (((((-3.969683028665376e+01 * r + 2.209460984245205e+02) * r - 2.759285104469687e+02) * r +
            1.383577518672690e+02) *
               r -
           3.066479806614716e+01) *
              r +
          2.506628277459239e+00) *
         q /
         (((((-5.447609879822406e+01 * r + 1.615858368580409e+02) * r - 1.556989798598866e+02) * r +
            6.680131188771972e+01) *
               r -
           1.328068155288572e+01) *
              r +
          1);
}

/// Numbers drawn one after the other under one key.
class Draws {
public:
  explicit Draws(std::uint64_t key) noexcept : key_{key} {}

  [[nodiscard]] std::uint64_t bits() noexcept { return scramble(key_ += 0x9e3779b97f4a7c15ULL); }
  /// Uniform in (0, 1), never an end point.
  [[nodiscard]] double uniform() noexcept { return (static_cast<double>(bits() >> 12U) + 0.5) * 0x1p-52; }
  [[nodiscard]] double normal() noexcept { return normal_quantile(uniform()); }
  [[nodiscard]] bool chance(double probability) noexcept { return uniform() < probability; }

private:
  std::uint64_t key_;
};

} // namespace finch::feed
