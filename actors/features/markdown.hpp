/// The catalogue as a page for people.
#pragma once

#include "actors/features/catalogue.hpp"

#include <string>

namespace finch::features {

/// Every definition, group by group, as Markdown; `FEATURES.md` is this of the built-in catalogue.
[[nodiscard]] std::string markdown(const Catalogue& catalogue);

} // namespace finch::features
