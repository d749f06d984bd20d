/// Reference job D1: seeded ticks of 36 symbols, the same on every machine.
#pragma once

#include "actors/market/data.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace finch::bench {

/// Shape of D1: 35,000,000 ticks over 36 symbols, about 47 hours of event time.
struct D1 {
  std::size_t ticks = 35'000'000;
  std::uint32_t symbols = 36;
  std::uint64_t seed = 1;
  market::TimeNs start_ns = 1'723'161'600 * market::ns_per_s; ///< 2024-08-09T00:00:00Z

  [[nodiscard]] std::size_t ticks_of(std::uint32_t symbol) const {
    return ticks / symbols + (symbol < ticks % symbols ? 1 : 0);
  }
};

/// Appends the next `rows` ticks of one symbol on every call: time steps 0 with probability 1/8, else uniform
/// 0 to 399 ms; price up or down a tick with 1/16 each; quantity 1 + a·b lots with a and b uniform 0 to 31;
/// side even; ids consecutive. Prices have two decimals, quantities three. They begin at 100.00 and above,
/// where those steps make about 7 bps a minute, as coins have, so that the strategies of a replay find
/// something to do.
class D1Source {
public:
  D1Source(const D1& job, std::uint32_t symbol);
  void append(std::size_t rows, market::TickColumns& out);

private:
  std::uint64_t draw();
  std::uint64_t state_;
  market::TimeNs time_ns_;
  std::int64_t price_;
  std::uint64_t id_ = 1;
};

/// All ticks of one symbol.
[[nodiscard]] market::TickColumns d1_symbol(const D1& job, std::uint32_t symbol);

/// Σ price·quantity modulo 2^64: what two stores must agree on before their speeds are compared.
[[nodiscard]] std::uint64_t witness(const market::TickColumns& ticks);

} // namespace finch::bench
