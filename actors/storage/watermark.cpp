#include "actors/storage/watermark.hpp"

#define XXH_INLINE_ALL
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

namespace finch::storage {
namespace {

constexpr std::size_t slot_bytes = 96 * 1024;
constexpr std::uint64_t magic = 0x6b72616d7265746e; // "ntermark"
constexpr std::size_t entry_bytes = 11 + 4 + 8 + 8, head_bytes = 8 * 6;
static_assert(head_bytes + Watermark::max_days * entry_bytes <= slot_bytes);

// Layout: checksum of the rest, magic, sequence, hash, base, count, then the days.
std::string encode(const Mark& mark) {
  std::string out;
  ByteWriter writer{out};
  for (auto field :
       {std::uint64_t{0}, magic, mark.sequence, mark.hash, mark.base, std::uint64_t{mark.days.size()}})
    writer.put(field);
  for (const auto& [key, end] : mark.days) {
    out += encode_key(key);
    writer.put(end.generation);
    writer.put(end.rows);
    writer.put(end.head);
  }
  auto checksum = XXH3_64bits(out.data() + 8, out.size() - 8);
  std::memcpy(out.data(), &checksum, sizeof checksum);
  return out;
}

std::optional<Mark> decode(Bytes slot) {
  ByteReader in{slot};
  auto checksum = in.get<std::uint64_t>();
  auto found_magic = in.get<std::uint64_t>();
  Mark mark;
  mark.sequence = in.get<std::uint64_t>();
  mark.hash = in.get<std::uint64_t>();
  mark.base = in.get<std::uint64_t>();
  auto count = in.get<std::uint64_t>();
  if (!in.ok() || found_magic != magic || count > Watermark::max_days ||
      head_bytes + count * entry_bytes > slot.size() ||
      checksum != XXH3_64bits(slot.data() + 8, head_bytes + count * entry_bytes - 8))
    return std::nullopt;
  for (std::uint64_t i = 0; i < count; ++i) {
    auto bytes = in.take(11);
    DayKey key;
    if (bytes.empty() || !decode_key({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, key))
      return std::nullopt;
    DayEnd end;
    end.generation = in.get<std::uint32_t>();
    end.rows = in.get<std::uint64_t>();
    end.head = in.get<std::uint64_t>();
    mark.days.emplace(key, end);
  }
  return mark;
}

Error cannot(std::string_view verb, const std::filesystem::path& path) {
  return {Category::unavailable, fmt::format("cannot {} {}: {}", verb, path.string(), std::strerror(errno)),
          "check the disk's room and the directory's permissions"};
}

bool write_all(int file, const std::string& bytes, std::size_t at) {
  for (std::size_t done = 0; done < bytes.size();) {
    auto wrote = ::pwrite(file, bytes.data() + done, bytes.size() - done, static_cast<off_t>(at + done));
    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote <= 0)
      return false;
    done += static_cast<std::size_t>(wrote);
  }
  return true;
}

/// The newest valid mark of the file and the slot it is in.
std::optional<Mark> newest(int file, unsigned& slot) {
  std::string bytes(2 * slot_bytes, '\0');
  auto size = ::pread(file, bytes.data(), bytes.size(), 0);
  bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  auto all = as_bytes(bytes.data(), bytes.size());
  std::optional<Mark> best;
  for (unsigned i = 0; i * slot_bytes < all.size(); ++i) {
    auto rest = all.subspan(i * slot_bytes);
    auto mark = decode(rest.first(std::min(slot_bytes, rest.size())));
    if (!mark || (best && mark->sequence < best->sequence))
      continue;
    best = std::move(mark);
    slot = i;
  }
  return best;
}

} // namespace

Result<Watermark> Watermark::create(const std::filesystem::path& path) {
  auto file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0)
    return tl::unexpected(cannot("create", path));
  Watermark mark{file, path};
  // Both slots take their room now, so that later writes never need new blocks on the disk.
  if (!write_all(file, std::string(2 * slot_bytes, '\0'), 0))
    return tl::unexpected(cannot("write", path));
  if (auto written = mark.write({}); !written)
    return tl::unexpected(written.error());
  auto directory = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  auto synced = directory >= 0 && ::fsync(file) == 0 && ::fsync(directory) == 0;
  if (directory >= 0)
    ::close(directory);
  if (!synced)
    return tl::unexpected(cannot("sync", path));
  return mark;
}

Result<Watermark> Watermark::open(const std::filesystem::path& path) {
  auto file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0)
    return tl::unexpected(cannot("open", path));
  Watermark out{file, path};
  // The next write must spare the newest slot.
  (void)newest(file, out.slot_);
  return out;
}

Result<Mark> Watermark::read(const std::filesystem::path& path) {
  auto file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return tl::unexpected(cannot("read", path));
  unsigned slot = 0;
  auto mark = newest(file, slot);
  ::close(file);
  if (!mark)
    return fail(
        Category::failed,
        fmt::format("the watermark {} is damaged: what was acknowledged cannot be checked", path.string()),
        "restore the data directory from a backup, or see what is left with `finch data salvage`");
  return std::move(*mark);
}

Status Watermark::write(const Mark& mark) {
  slot_ ^= 1;
  if (!write_all(file_, encode(mark), slot_ * slot_bytes) || ::fdatasync(file_) != 0)
    return tl::unexpected(cannot("write", path_));
  return {};
}

Watermark::Watermark(Watermark&& other) noexcept
    : file_{std::exchange(other.file_, -1)}, slot_{other.slot_}, path_{std::move(other.path_)} {}

Watermark& Watermark::operator=(Watermark&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(slot_, other.slot_);
  std::swap(path_, other.path_);
  return *this;
}

Watermark::~Watermark() {
  if (file_ >= 0)
    ::close(file_);
}

} // namespace finch::storage
