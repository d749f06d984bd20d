/// How files that must not be seen half-written get on disk: under another name first, then at once.
#pragma once

#include "schemas/error.hpp"

#include <cstdio>
#include <filesystem>
#include <string_view>

namespace finch::reporting {

/// A file written piece by piece that appears only when it is whole. It is written beside its place under a
/// temporary name; `finish` syncs it, renames it over what was there and syncs the directory. Without
/// `finish`, and after an error, the place is as it was and nothing stays beside it. Errors are unavailable
/// and name the path.
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
  [[nodiscard]] std::filesystem::path directory() const;
  [[nodiscard]] Status give_up();

  std::filesystem::path path_, part_;
  std::FILE* file_;
  int open_error_; ///< why there is no file
};

/// The whole of a small file at once; directories that are missing are made.
[[nodiscard]] Status write_atomically(const std::filesystem::path& path, std::string_view content);

} // namespace finch::reporting
