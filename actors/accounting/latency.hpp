/// How long an order takes from the close that decided it to the venue (reference 6.5).
#pragma once

#include "actors/market/time.hpp"

#include <cstdint>

namespace finch::accounting {

/// Market data, decision and order each take a log-normal time with the given median; their sum is the
/// latency. Bias: legs are independent, so it shows no bursts: an overloaded venue is slower than this
/// exactly when it matters.
struct LatencyModel {
  double data_ms = 50;
  double decision_ms = 10;
  double order_ms = 100;
  double sigma = 0.3; ///< of the logarithm; 0 makes every leg its median

  /// The latency of one order. Keyed, never drawn in sequence: the same (seed, order id) always gives the
  /// same time, whatever else is traded.
  [[nodiscard]] market::TimeNs sample_ns(std::uint64_t seed, std::uint64_t order_id) const noexcept;
};

/// No latency at all, for hand-computed cases.
inline constexpr LatencyModel no_latency{0, 0, 0, 0};

} // namespace finch::accounting
