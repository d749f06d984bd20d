#include "actors/storage/codec/vector_plan.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace finch::storage {
namespace {

constexpr std::uint64_t head_bits = 32;

unsigned width_between(std::int64_t low, std::int64_t high) {
  return static_cast<unsigned>(
      std::bit_width(static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low)));
}

/// Cost in bits of an exception whose difference is `wide` bits, when `width` of them are packed: position
/// and rest.
std::uint64_t exception_bits(unsigned wide, unsigned width) { return 12 + 8 * ((wide - width + 6) / 7); }

/// The best width below `limit` for this reference, or a plan of more bits than any when there is none.
VectorPlan plan_with_exceptions(std::span<const std::int64_t> values, std::int64_t reference,
                                unsigned limit) {
  std::array<std::uint32_t, 65> of_width{};
  for (auto value : values)
    ++of_width[static_cast<std::size_t>(
        std::bit_width(static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(reference)))];
  VectorPlan best{reference, 0, 0, ~std::uint64_t{0}};
  for (unsigned width = 0; width < limit; ++width) {
    std::uint64_t bits = head_bits + values.size() * width;
    std::uint32_t exceptions = 0;
    for (unsigned wide = width + 1; wide <= 64; ++wide) {
      exceptions += of_width[wide];
      bits += of_width[wide] * exception_bits(wide, width);
    }
    if (bits < best.bits)
      best = {reference, width, exceptions, bits};
  }
  return best;
}

} // namespace

VectorPlan plan_vector(std::span<const std::int64_t> values) {
  auto low = values[0], high = values[0];
  for (auto value : values) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  auto width = width_between(low, high);
  VectorPlan plain{low, width, 0, head_bits + values.size() * width};
  constexpr std::size_t samples = 64;
  if (values.size() < 2 * samples || width <= 2)
    return plain;
  // A sample without its extremes tells whether outliers set the width; only then is the full count worth
  // taking.
  auto lowest = values[0], highest = values[0];
  auto typical_low = INT64_MAX, typical_high = INT64_MIN;
  for (std::size_t i = 1; i < samples; ++i) {
    auto value = values[i * (values.size() - 1) / (samples - 1)];
    typical_low = std::min(typical_low, std::max(lowest, value));
    typical_high = std::max(typical_high, std::min(highest, value));
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
  }
  auto typical = width_between(typical_low, typical_high);
  if (typical >= width)
    return plain;
  auto reference = width_between(low, typical_high) <= typical ? low : typical_low;
  auto patched = plan_with_exceptions(values, reference, width);
  return patched.bits < plain.bits ? patched : plain;
}

} // namespace finch::storage
