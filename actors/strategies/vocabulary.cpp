#include "actors/strategies/vocabulary.hpp"

#include "actors/features/user_kernel.hpp"

#include <fmt/format.h>

namespace finch::strategies {

Vocabulary catalogue_vocabulary(const features::Catalogue& catalogue) {
  Vocabulary vocabulary;
  for (auto price : {"open", "high", "low", "close"})
    vocabulary.features.emplace(price, market::Dimension::price);
  vocabulary.features.emplace("volume", market::Dimension::volume);
  for (const auto& definition : catalogue.definitions())
    if (definition.available())
      vocabulary.features.emplace(definition.name, definition.dimension);
  for (const auto& kernel : catalogue.user_kernels())
    vocabulary.meanings.emplace(kernel.name, fmt::format("{:016x}", kernel.fingerprint));
  return vocabulary;
}

} // namespace finch::strategies
