#include "actors/accounting/latency.hpp"

#include <cmath>
#include <numbers>

namespace finch::accounting {
namespace {

// SplitMix64's finaliser: every input bit reaches every output bit.
constexpr std::uint64_t mix(std::uint64_t value) noexcept {
  value += 0x9E3779B97F4A7C15U;
  value = (value ^ value >> 30U) * 0xBF58476D1CE4E5B9U;
  value = (value ^ value >> 27U) * 0x94D049BB133111EBU;
  return value ^ value >> 31U;
}

// Uniform in (0, 1): the half keeps the logarithm finite.
double uniform(std::uint64_t bits) noexcept { return (static_cast<double>(bits >> 11U) + 0.5) * 0x1p-53; }

double normal(std::uint64_t key, std::uint64_t leg) noexcept {
  auto radius = std::sqrt(-2 * std::log(uniform(mix(key ^ 2 * leg))));
  return radius * std::cos(2 * std::numbers::pi * uniform(mix(key ^ (2 * leg + 1))));
}

} // namespace

market::TimeNs LatencyModel::sample_ns(std::uint64_t seed, std::uint64_t order_id) const noexcept {
  if (sigma == 0)
    return std::llround((data_ms + decision_ms + order_ms) * 1e6);
  auto key = mix(mix(seed) ^ order_id);
  auto leg = [&](double median_ms, std::uint64_t number) {
    return median_ms * std::exp(sigma * normal(key, number));
  };
  return std::llround((leg(data_ms, 1) + leg(decision_ms, 2) + leg(order_ms, 3)) * 1e6);
}

} // namespace finch::accounting
