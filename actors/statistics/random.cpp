#include "actors/statistics/random.hpp"

#include "actors/statistics/distributions.hpp"

namespace finch::statistics {

double Draws::normal() noexcept {
  // Centred in its cell, so that neither 0 nor 1 can come up.
  return normal_quantile((static_cast<double>(bits() >> 12U) + 0.5) * 0x1p-52);
}

} // namespace finch::statistics
