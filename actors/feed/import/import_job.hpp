/// Files into the tick store: each becomes visible whole or not at all.
#pragma once

#include "actors/feed/import/read_file.hpp"
#include "actors/storage/tick_store.hpp"

namespace finch::feed {

/// What `finch import` was asked to do.
struct ImportRequest {
  std::vector<std::string> files; ///< `-` is standard input
  ReadOptions read;
  bool replace = false; ///< rows stored before in the spans imported give way
};

/// What became of one file.
struct FileOutcome {
  std::string path;
  std::vector<ReadReport> parts; ///< one, or one for each CSV of a zip
  storage::ImportReport stored;
  std::optional<Error> error; ///< set when nothing of the file was stored

  [[nodiscard]] std::uint64_t rows() const noexcept;
  [[nodiscard]] std::uint64_t rejected() const noexcept;
};

/// How far all files together are. `bytes_total` is 0 where a size is not known.
struct ImportProgress {
  std::string_view label; ///< the text being read
  std::uint64_t bytes_done = 0, bytes_total = 0, rows = 0;
};
/// Is told now and then; false ends the import.
using OnImportProgress = std::function<bool(const ImportProgress&)>;

/// Imports the files in order, one session each. A file that fails leaves the store as it was and the next is
/// tried, except after an interruption or where the store itself is unavailable. With `strict` all files are
/// checked before the first is stored, so that one rejected row means that nothing was written (standard
/// input, which can be read but once, is checked as it is stored).
[[nodiscard]] std::vector<FileOutcome> import_files(storage::TickStore& store, const ImportRequest& request,
                                                    const OnImportProgress& on_progress = {});

} // namespace finch::feed
