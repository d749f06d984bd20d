/// The watermark: a small synced file outside the log that says how far the store must reach when it opens.
#pragma once

#include "actors/storage/stored.hpp"
#include "schemas/error.hpp"

#include <filesystem>
#include <map>

namespace finch::storage {

/// What must be there of one instrument-day.
struct DayEnd {
  std::uint32_t generation = 0;
  std::uint64_t rows = 0, head = 0;

  bool operator==(const DayEnd&) const = default;
};

/// The newest acknowledged batch, and the days that only the log holds: those written since the tables were
/// last flushed at batch `base`.
struct Mark {
  std::uint64_t sequence = 0, hash = 0, base = 0;
  std::map<DayKey, DayEnd> days;
};

/// Two slots written in turn, each with its own checksum: a torn write spoils the newer and leaves the older.
class Watermark {
public:
  /// Most days a mark holds; beyond it the caller must flush and start over.
  static constexpr std::size_t max_days = 2'000;

  /// Creates the file with an empty mark.
  [[nodiscard]] static Result<Watermark> create(const std::filesystem::path& file);
  /// Opens for writing.
  [[nodiscard]] static Result<Watermark> open(const std::filesystem::path& file);
  /// The newest valid mark; an error names the file when neither slot holds one.
  [[nodiscard]] static Result<Mark> read(const std::filesystem::path& file);

  /// Writes and syncs. Returning is the moment the batch counts as acknowledged.
  [[nodiscard]] Status write(const Mark& mark);

  Watermark() = default;
  Watermark(Watermark&& other) noexcept;
  Watermark& operator=(Watermark&& other) noexcept;
  ~Watermark();

private:
  Watermark(int file, std::filesystem::path path) : file_{file}, path_{std::move(path)} {}
  int file_ = -1;
  unsigned slot_ = 0;
  std::filesystem::path path_;
};

} // namespace finch::storage
