/// Internal to this room: from a JSON document to a checked spec.
#pragma once

#include "actors/strategies/spec.hpp"

#include <nlohmann/json_fwd.hpp>

namespace finch::strategies {

/// Reads and checks; the first thing that is wrong is the error, with its JSON pointer after `where`.
[[nodiscard]] Result<Spec> read_spec(const nlohmann::json& document, const Vocabulary& vocabulary,
                                     std::string_view where);

} // namespace finch::strategies
