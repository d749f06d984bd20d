/// One file's text from bytes to rows in a sink: recognises, checks, counts and names what it rejects.
#pragma once

#include "actors/feed/import/byte_source.hpp"
#include "actors/feed/import/row_sink.hpp"

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace finch::feed {

/// What the user said about the files; empty where it is to be recognised.
struct ReadOptions {
  std::optional<Format> format = {};
  std::string venue = {};  ///< `V.M`, or `V` alone
  std::string symbol = {}; ///< `BASE-QUOTE`, `BASEQUOTE` or a full instrument name
  bool strict = false;     ///< the first rejected row fails the file
};

/// A row that was not imported.
struct Rejection {
  std::uint64_t line = 0;
  Reject reason = Reject::none;
  std::string text; ///< the beginning of the line, made printable
};

/// What became of the rows of one text.
struct ReadReport {
  static constexpr std::size_t kept_rejections = 20;

  std::string label;
  Format format = Format::trades;
  Target target;
  std::uint64_t rows = 0; ///< lines that are neither header nor blank
  std::uint64_t accepted = 0;
  std::uint64_t text_bytes = 0;             ///< of the lines read
  market::TimeNs first_ns = 0, last_ns = 0; ///< event times of the accepted rows
  std::array<std::uint64_t, static_cast<std::size_t>(Reject::count_)> rejected_by{};
  std::vector<Rejection> rejections; ///< the first `kept_rejections`

  [[nodiscard]] std::uint64_t rejected() const noexcept { return rows - accepted; }
};

/// How far a file is. `bytes_total` is 0 where it is not known.
struct ReadProgress {
  std::string_view label;
  std::uint64_t bytes_done = 0, bytes_total = 0, rows = 0;
};
/// Is told now and then; false ends the import of the file.
using OnProgress = std::function<bool(const ReadProgress&)>;

/// Reads all of `part` into `sink`. Fails, with what the sink took so far to be thrown away, when the text is
/// empty, of no known format, damaged or cut off, when instrument or bar length cannot be told, when every
/// row was rejected, and with `strict` at the first rejected row. `on_progress` may be empty; it is called
/// every few megabytes.
[[nodiscard]] Result<ReadReport> read_part(SourcePart& part, const ReadOptions& options, RowSink& sink,
                                           const OnProgress& on_progress = {});

/// One line on why rows were rejected: `3 not a number, 1 wrong column count`.
[[nodiscard]] std::string summarise_rejections(const ReadReport& report);

} // namespace finch::feed
