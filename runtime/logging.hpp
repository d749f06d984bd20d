/// Logging: to standard error, and in a node also to rotating files under the data directory.
#pragma once

#include "runtime/config.hpp"
#include "schemas/error.hpp"

#include <filesystem>

namespace finch::runtime {

/// Makes spdlog's default logger write to standard error at the configured level and format. May be called
/// again.
Status start_logging(const LogConfig& config);
/// Adds `<directory>/finch.log`, rotated by size as configured, to the default logger. For a node.
/// Unavailable when the directory cannot be made or written.
Status log_to_files(const LogConfig& config, const std::filesystem::path& directory);

} // namespace finch::runtime
