/// How files that must not be seen half-written get on disk.
#pragma once

#include "schemas/error.hpp"

#include <filesystem>
#include <string_view>

namespace finch::reporting {

/// Writes `content` beside `file` under a temporary name, syncs it, renames it over `file` and syncs the
/// directory; missing directories are made. After an error `file` is what it was and the temporary is gone.
/// Unavailable, naming the path, when the disk is full or the place cannot be written.
[[nodiscard]] Status write_atomically(const std::filesystem::path& file, std::string_view content);

} // namespace finch::reporting
