/// Random numbers by counting: a draw is a pure function of (seed, key, counter), never of earlier draws.
#pragma once

#include <cstdint>
#include <string_view>

namespace finch::statistics {

/// Scrambles 64 bits so that any changed input bit changes each output bit with probability one half (the
/// finaliser of the splitmix64 generator).
[[nodiscard]] constexpr std::uint64_t scramble(std::uint64_t x) noexcept {
  x += 0x9E37'79B9'7F4A'7C15ULL;
  x = (x ^ (x >> 30U)) * 0xBF58'476D'1CE4'E5B9ULL;
  x = (x ^ (x >> 27U)) * 0x94D0'49BB'1331'11EBULL;
  return x ^ (x >> 31U);
}

/// 64 random bits of (seed, key, counter).
[[nodiscard]] constexpr std::uint64_t draw(std::uint64_t seed, std::uint64_t key,
                                           std::uint64_t counter) noexcept {
  return scramble(scramble(scramble(seed) ^ key) ^ counter);
}

/// A key of a text, for streams named in words (FNV-1a, scrambled).
[[nodiscard]] constexpr std::uint64_t key_of(std::string_view text) noexcept {
  std::uint64_t hash = 0xCBF2'9CE4'8422'2325ULL;
  for (auto c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x0000'0100'0000'01B3ULL;
  return scramble(hash);
}

/// One named stream of draws: a cursor over the counters of (seed, key).
class Draws {
public:
  constexpr Draws(std::uint64_t seed, std::uint64_t key) noexcept : seed_{seed}, key_{key} {}

  constexpr std::uint64_t bits() noexcept { return draw(seed_, key_, counter_++); }
  /// Uniform on [0, 1), 53 bits.
  constexpr double uniform() noexcept { return static_cast<double>(bits() >> 11U) * 0x1p-53; }
  /// Uniform on 0 .. bound-1; `bound` > 0. The bias of the multiply-shift is below bound·2^-64.
  constexpr std::uint64_t below(std::uint64_t bound) noexcept {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<Wide>(bits()) * bound) >> 64U);
  }
  /// Standard normal, by the inverse distribution: one draw a number.
  double normal() noexcept;

private:
  std::uint64_t seed_, key_, counter_ = 0;
};

} // namespace finch::statistics
