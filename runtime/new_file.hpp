/// A file written piece by piece that appears only when it is whole.
#pragma once

#include "schemas/error.hpp"

#include <cstdio>
#include <filesystem>
#include <string_view>

namespace finch::runtime {

/// Writes beside the target as `<name>.part`; `finish` syncs and renames it. Without `finish` nothing stays.
/// Errors are unavailable and name the path.
class NewFile {
public:
  explicit NewFile(std::filesystem::path path);
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile();

  [[nodiscard]] Status write(std::string_view text);
  [[nodiscard]] Status finish();

  /// The error of a place that cannot be written, as `errno` has it.
  [[nodiscard]] static Error cannot_write(const std::filesystem::path& path);

private:
  std::filesystem::path path_, part_;
  std::FILE* file_;
};

} // namespace finch::runtime
