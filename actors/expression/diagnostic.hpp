/// Errors about expression text: the column, what was expected, what was found, and the line with a caret.
#pragma once

#include "schemas/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace finch::expression {

/// A bad-input error at byte `offset` of `source`; the message reads `column 8: …` (columns count characters
/// from 1) followed by an excerpt of the source and a caret under the column.
[[nodiscard]] Error diagnose(std::string_view source, std::size_t offset, const std::string& what,
                             std::string remedy = {});

/// The candidate that looks most like `name`, or empty when none is close.
[[nodiscard]] std::string closest(std::string_view name, const std::vector<std::string>& candidates);

} // namespace finch::expression
