/// The names rules may use, with what they measure.
#pragma once

#include "actors/features/catalogue.hpp"
#include "actors/market/dimension.hpp"

#include <map>
#include <string>
#include <string_view>

namespace finch::strategies {

/// Features and bar fields by name. Models' outputs (`model.direction.p_up`) need no entry: they are
/// unitless, and absent until trained.
struct Vocabulary {
  std::map<std::string, market::Dimension, std::less<>> features;
  /// What users' features mean, by name: a text that differs where the definition does, or that of a feature
  /// it reads.
  std::map<std::string, std::string, std::less<>> meanings;
};

/// Everything the catalogue can compute, and the bar fields.
[[nodiscard]] Vocabulary catalogue_vocabulary(const features::Catalogue& catalogue = {});

} // namespace finch::strategies
