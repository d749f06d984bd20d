#include "actors/strategies/vocabulary.hpp"

#include "actors/features/catalogue.hpp"

namespace finch::strategies {

Vocabulary catalogue_vocabulary() {
  Vocabulary vocabulary;
  for (auto price : {"open", "high", "low", "close"})
    vocabulary.features.emplace(price, market::Dimension::price);
  vocabulary.features.emplace("volume", market::Dimension::volume);
  for (const auto& definition : features::catalogue())
    if (definition.available())
      vocabulary.features.emplace(definition.name, definition.dimension);
  return vocabulary;
}

} // namespace finch::strategies
