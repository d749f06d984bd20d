/// Lines of a text of any size in constant memory.
#pragma once

#include "actors/feed/import/byte_source.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace finch::feed {

/// One line without its end (`\n` or `\r\n`) and, for the first, without a byte order mark. Valid until the
/// next call.
struct Line {
  std::string_view text;    ///< of a line that is too long: its beginning
  std::uint64_t number = 0; ///< counts from 1
  bool too_long = false;
};

/// Reads a source line by line. A line longer than `max_line` bytes is skipped whole and reported as too
/// long.
class LineReader {
public:
  static constexpr std::size_t max_line = 65'536;
  static constexpr std::size_t buffer_bytes = 1'048'576;

  explicit LineReader(ByteSource& source) : source_(source), buffer_(buffer_bytes) {}

  /// The next line; false at the end of the text and on an error, which `status` then holds.
  [[nodiscard]] bool next(Line& line);
  /// The beginning of the text, at most 64 KiB and cut at its last whole line, without consuming it. Only
  /// before `next`.
  [[nodiscard]] std::string_view sample();
  [[nodiscard]] const Status& status() const noexcept { return status_; }
  [[nodiscard]] std::uint64_t line_number() const noexcept { return number_; }

private:
  void fill();
  void drop_mark();
  bool skip_long(Line& line);

  ByteSource& source_;
  std::vector<char> buffer_;
  std::array<char, 80> head_{}; ///< the beginning of the last line that was too long
  std::size_t at_ = 0, end_ = 0;
  std::uint64_t number_ = 0;
  bool done_ = false, started_ = false;
  Status status_;
};

} // namespace finch::feed
