/// How a file's format is recognised from its content.
#pragma once

#include "actors/feed/import/file_name.hpp"
#include "actors/feed/import/format.hpp"

namespace finch::feed {

/// Recognises the layout of a file from its beginning: by the header where there is one, else by the number
/// of columns, the magnitude of times and the shape of flags. With `wanted`, only that format is considered.
/// `label` names the file in errors: empty, only a header, binary, or nothing known.
[[nodiscard]] Result<Layout> recognise(std::string_view sample, std::optional<Format> wanted,
                                       const NameHints& name, std::string_view label);

} // namespace finch::feed
