#include "actors/feed/import/byte_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace finch::feed {
namespace {

constexpr std::size_t raw_block = 256 * 1024;

/// The file as it lies on disk, in blocks; `peek` looks at its first bytes without consuming them.
class RawFile {
public:
  RawFile(int descriptor, std::string label)
      : descriptor_(descriptor), label_(std::move(label)), block_(raw_block) {}
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;
  ~RawFile() {
    if (descriptor_ > STDIN_FILENO)
      ::close(descriptor_);
  }

  /// Bytes not consumed yet; reads the next block when there are none. Empty at the end of the file.
  Result<std::string_view> available() {
    while (at_ == end_ && !done_) {
      auto count = ::read(descriptor_, block_.data(), block_.size());
      if (count < 0 && errno == EINTR)
        continue;
      if (count < 0)
        return fail(Category::unavailable,
                    fmt::format("cannot read {} at byte {}: {}", label_, position_, std::strerror(errno)),
                    "check the file and the disk it is on");
      at_ = 0;
      end_ = static_cast<std::size_t>(count);
      done_ = count == 0;
    }
    return std::string_view{block_.data() + at_, end_ - at_};
  }

  /// The first `count` bytes of the file, or fewer where it is shorter; only before anything is consumed.
  Result<std::string_view> peek(std::size_t count) {
    while (end_ < count && !done_) {
      auto got = ::read(descriptor_, block_.data() + end_, block_.size() - end_);
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return fail(Category::unavailable, fmt::format("cannot read {}: {}", label_, std::strerror(errno)),
                    "check the file and the disk it is on");
      end_ += static_cast<std::size_t>(got);
      done_ = got == 0;
    }
    return std::string_view{block_.data(), std::min(count, end_)};
  }

  void consume(std::size_t count) noexcept { at_ += count, position_ += count; }
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
  [[nodiscard]] const std::string& label() const noexcept { return label_; }

private:
  int descriptor_;
  std::string label_;
  std::vector<char> block_;
  std::size_t at_ = 0, end_ = 0;
  std::uint64_t position_ = 0;
  bool done_ = false;
};

tl::unexpected<Error> broken(const RawFile& file, std::string_view what) {
  return fail(Category::bad_input, fmt::format("{}: {} at byte {}", file.label(), what, file.position()),
              "fetch the file again; nothing of it was imported");
}

class PlainSource final : public ByteSource {
public:
  explicit PlainSource(std::unique_ptr<RawFile> file) : file_(std::move(file)) {}

  Result<std::size_t> read(char* out, std::size_t size) override {
    auto bytes = file_->available();
    if (!bytes)
      return tl::unexpected(bytes.error());
    auto count = std::min(size, bytes->size());
    std::memcpy(out, bytes->data(), count);
    file_->consume(count);
    return count;
  }
  std::uint64_t consumed() const noexcept override { return file_->position(); }

private:
  std::unique_ptr<RawFile> file_;
};

class GzipSource final : public ByteSource {
public:
  explicit GzipSource(std::unique_ptr<RawFile> file) : file_(std::move(file)) {
    ready_ = inflateInit2(&stream_, 15 + 16) == Z_OK;
  }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;
  ~GzipSource() override {
    if (ready_)
      inflateEnd(&stream_);
  }

  Result<std::size_t> read(char* out, std::size_t size) override {
    if (!ready_)
      return fail(Category::failed, "no memory to inflate " + file_->label());
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(size, 1U << 30U));
    auto asked = stream_.avail_out;
    while (stream_.avail_out == asked) {
      auto bytes = file_->available();
      if (!bytes)
        return tl::unexpected(bytes.error());
      if (bytes->empty()) {
        if (in_member_)
          return broken(*file_, "the gzip stream is cut off");
        return std::size_t{0};
      }
      // Tapes and some tools pad the end with zeros; anything else between members is damage.
      if (!in_member_ && bytes->front() == '\0') {
        file_->consume(1);
        continue;
      }
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes->data()));
      stream_.avail_in = static_cast<uInt>(bytes->size());
      in_member_ = true;
      auto code = inflate(&stream_, Z_NO_FLUSH);
      file_->consume(bytes->size() - stream_.avail_in);
      if (code == Z_STREAM_END) {
        inflateReset(&stream_);
        in_member_ = false;
      } else if (code != Z_OK && code != Z_BUF_ERROR) {
        return broken(*file_, "the gzip stream is damaged");
      }
    }
    return static_cast<std::size_t>(asked - stream_.avail_out);
  }
  std::uint64_t consumed() const noexcept override { return file_->position(); }

private:
  std::unique_ptr<RawFile> file_;
  z_stream stream_{};
  bool ready_ = false, in_member_ = false;
};

class ZstdSource final : public ByteSource {
public:
  explicit ZstdSource(std::unique_ptr<RawFile> file)
      : file_(std::move(file)), stream_(ZSTD_createDStream()) {}
  ZstdSource(const ZstdSource&) = delete;
  ZstdSource& operator=(const ZstdSource&) = delete;
  ~ZstdSource() override { ZSTD_freeDStream(stream_); }

  Result<std::size_t> read(char* out, std::size_t size) override {
    ZSTD_outBuffer to{out, size, 0};
    while (to.pos == 0) {
      auto bytes = file_->available();
      if (!bytes)
        return tl::unexpected(bytes.error());
      // With no input left the decoder may still hold output of the frame.
      ZSTD_inBuffer from{bytes->data(), bytes->size(), 0};
      if (bytes->empty() && !in_frame_)
        return std::size_t{0};
      auto left = ZSTD_decompressStream(stream_, &to, &from);
      if (ZSTD_isError(left) != 0)
        return broken(*file_, fmt::format("the zstd stream is damaged ({})", ZSTD_getErrorName(left)));
      file_->consume(from.pos);
      in_frame_ = left != 0;
      if (bytes->empty() && to.pos == 0 && in_frame_)
        return broken(*file_, "the zstd stream is cut off");
    }
    return to.pos;
  }
  std::uint64_t consumed() const noexcept override { return file_->position(); }

private:
  std::unique_ptr<RawFile> file_;
  ZSTD_DStream* stream_;
  bool in_frame_ = false;
};

using Archive = std::shared_ptr<zip_t>;

class ZipSource final : public ByteSource {
public:
  ZipSource(Archive archive, zip_uint64_t index, std::uint64_t packed, std::uint64_t unpacked,
            std::string label)
      : archive_(std::move(archive)), index_(index), packed_(packed), unpacked_(unpacked),
        label_(std::move(label)) {}
  ZipSource(const ZipSource&) = delete;
  ZipSource& operator=(const ZipSource&) = delete;
  ~ZipSource() override {
    if (member_ != nullptr)
      zip_fclose(member_);
  }

  Result<std::size_t> read(char* out, std::size_t size) override {
    if (member_ == nullptr && (member_ = zip_fopen_index(archive_.get(), index_, 0)) == nullptr)
      return broken_member(zip_strerror(archive_.get()));
    // libzip checks the member's CRC when its last byte is read.
    auto count = zip_fread(member_, out, size);
    if (count < 0)
      return broken_member(zip_file_strerror(member_));
    if (count == 0 && read_ < unpacked_)
      return broken_member("it ends early");
    read_ += static_cast<std::uint64_t>(count);
    return static_cast<std::size_t>(count);
  }
  std::uint64_t consumed() const noexcept override {
    return unpacked_ == 0
               ? 0
               : static_cast<std::uint64_t>(static_cast<double>(packed_) * static_cast<double>(read_) /
                                            static_cast<double>(unpacked_));
  }

private:
  tl::unexpected<Error> broken_member(std::string_view why) const {
    return fail(Category::bad_input,
                fmt::format("{}: the zip member is damaged at byte {} of its text ({})", label_, read_, why),
                "fetch the file again; nothing of it was imported");
  }

  Archive archive_;
  zip_uint64_t index_;
  zip_file_t* member_ = nullptr;
  std::uint64_t packed_, unpacked_, read_ = 0;
  std::string label_;
};

bool is_text_name(std::string_view name) {
  return name.ends_with(".csv") || name.ends_with(".CSV") || name.ends_with(".txt") || name.ends_with(".tsv");
}

Result<std::vector<SourcePart>> open_zip(const std::string& path) {
  int code = 0;
  Archive archive{zip_open(path.c_str(), ZIP_RDONLY, &code), [](zip_t* zip) {
                    if (zip != nullptr)
                      zip_discard(zip);
                  }};
  if (!archive) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    auto why = std::string{zip_error_strerror(&error)};
    zip_error_fini(&error);
    return fail(Category::bad_input, fmt::format("{}: the zip is damaged or cut off ({})", path, why),
                "fetch the file again; nothing of it was imported");
  }
  std::vector<SourcePart> parts;
  auto count = zip_get_num_entries(archive.get(), 0);
  for (zip_int64_t index = 0; index < count; ++index) {
    zip_stat_t facts;
    zip_stat_init(&facts);
    if (zip_stat_index(archive.get(), static_cast<zip_uint64_t>(index), 0, &facts) != 0)
      return fail(Category::bad_input, fmt::format("{}: entry {} of the zip is damaged", path, index),
                  "fetch the file again");
    std::string_view name = facts.name;
    if (!is_text_name(name) || name.starts_with("__MACOSX"))
      continue;
    auto label = fmt::format("{}:{}", path, name);
    if ((facts.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && facts.encryption_method != ZIP_EM_NONE)
      return fail(Category::bad_input, label + " is encrypted", "unpack it first and import the CSV");
    parts.push_back({label, path, std::string{name}, facts.comp_size,
                     std::make_unique<ZipSource>(archive, static_cast<zip_uint64_t>(index), facts.comp_size,
                                                 facts.size, label)});
  }
  if (parts.empty())
    return fail(Category::bad_input, fmt::format("{}: no CSV among the {} entries of the zip", path, count),
                "give a zip with a .csv file in it");
  return parts;
}

} // namespace

Result<std::vector<SourcePart>> open_source(const std::string& path) {
  auto standard_input = path == "-";
  auto label = standard_input ? std::string{"standard input"} : path;
  auto descriptor = standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return fail(errno == ENOENT ? Category::usage : Category::unavailable,
                fmt::format("cannot open {}: {}", path, std::strerror(errno)),
                "check the file's name and permissions");
  auto file = std::make_unique<RawFile>(descriptor, label);
  struct stat facts {};
  if (::fstat(descriptor, &facts) == 0 && S_ISDIR(facts.st_mode))
    return fail(Category::usage, path + " is a directory",
                fmt::format("name the files in it, as {}/*", path));
  auto size = S_ISREG(facts.st_mode) ? static_cast<std::uint64_t>(facts.st_size) : 0;
  auto magic = file->peek(4);
  if (!magic)
    return tl::unexpected(magic.error());
  if (*magic == std::string_view{"PK\x03\x04", 4} || *magic == std::string_view{"PK\x05\x06", 4}) {
    if (standard_input)
      return fail(Category::usage, "a zip cannot be read from standard input",
                  "save it to a file and name that");
    return open_zip(path);
  }
  std::vector<SourcePart> parts(1);
  parts[0] = {label, path, {}, size, nullptr};
  if (magic->starts_with("\x1f\x8b"))
    parts[0].bytes = std::make_unique<GzipSource>(std::move(file));
  else if (*magic == std::string_view{"\x28\xb5\x2f\xfd", 4})
    parts[0].bytes = std::make_unique<ZstdSource>(std::move(file));
  else
    parts[0].bytes = std::make_unique<PlainSource>(std::move(file));
  return parts;
}

} // namespace finch::feed
