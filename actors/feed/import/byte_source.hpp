/// Bytes of a file as text: plain, gzip, zstd or a member of a zip, from disk or from standard input.
#pragma once

#include "schemas/error.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace finch::feed {

/// A stream of decompressed bytes, read once from front to back.
class ByteSource {
public:
  virtual ~ByteSource() = default;

  /// Writes up to `size` bytes to `out` and says how many; 0 only at the end. A truncated or damaged stream
  /// is an error that names the byte of the compressed file where it breaks; it is never taken for the end.
  [[nodiscard]] virtual Result<std::size_t> read(char* out, std::size_t size) = 0;
  /// How many bytes of the file on disk were consumed: what progress is measured in.
  [[nodiscard]] virtual std::uint64_t consumed() const noexcept = 0;
};

/// One text inside a file: the file itself, or one member of a zip.
struct SourcePart {
  std::string label;             ///< for messages: `FILE` or `FILE:MEMBER`, `standard input` for `-`
  std::string path;              ///< as the user typed it
  std::string member;            ///< name inside the zip, else empty
  std::uint64_t total_bytes = 0; ///< size on disk (of a member: compressed); 0 when unknown
  std::unique_ptr<ByteSource> bytes;
};

/// Opens `path` (`-` is standard input) and recognises the compression by its first bytes, not by its name. A
/// zip gives one part for each CSV in it, in the archive's order. Fails when the file cannot be opened, is a
/// directory, or is a zip that is damaged, encrypted, without a text, or on standard input.
[[nodiscard]] Result<std::vector<SourcePart>> open_source(const std::string& path);

} // namespace finch::feed
