/// How one vector of a column is packed: reference, width, and which values are set aside as exceptions.
#pragma once

#include <cstdint>
#include <span>

namespace finch::storage {

struct VectorPlan {
  std::int64_t reference = 0;   ///< subtracted from every value, modulo 2^64
  unsigned width = 0;           ///< bits kept of each difference
  std::uint32_t exceptions = 0; ///< differences that need more; their high bits are stored apart
  std::uint64_t bits = 0;       ///< estimated cost of the whole vector
};

/// The cheapest plan found for 1 to 1,024 values.
[[nodiscard]] VectorPlan plan_vector(std::span<const std::int64_t> values);

} // namespace finch::storage
