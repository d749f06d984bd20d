/// Features that users define: an expression compiled to a program over columns of the catalogue.
#pragma once

#include "actors/expression/program.hpp"
#include "actors/features/catalogue.hpp"

namespace finch::features {

/// The most features one configuration may define.
inline constexpr std::size_t max_user_features = 200;

/// One user's feature, ready to be run. A row has a value where every input is known on every bar it looks
/// at; where the formula then is no finite number, the neutral value.
struct UserKernel {
  struct Input {
    std::string name;       ///< a bar field, a feature, or another user's feature
    std::int64_t reach = 0; ///< bars before the newest one whose value matters
  };

  std::string name;
  std::string formula; ///< in its one spelling
  std::string_view unit;
  Dimension dimension = Dimension::unitless;
  double neutral = 0;
  int warmup = 0; ///< first valid bar, counted from the first bar or from the first after a gap
  expression::Program program;
  std::vector<Input> inputs; ///< in the order of the program's inputs

  /// Differs where the definition, or that of a user's feature it reads, differs.
  std::uint64_t fingerprint = 0;
};

/// Checks and compiles; see `Catalogue::with`. In an order in which each reads only those before it.
[[nodiscard]] Result<std::vector<UserKernel>> compile_user_features(std::span<const UserFeature> features);

} // namespace finch::features
