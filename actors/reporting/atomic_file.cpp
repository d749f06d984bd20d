#include "actors/reporting/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace finch::reporting {

namespace {

tl::unexpected<Error> failure(const std::filesystem::path& file, std::string_view step, int error) {
  auto full = error == ENOSPC || error == EDQUOT;
  return fail(Category::unavailable,
              fmt::format("{}: cannot {}: {}", file.string(), step, std::strerror(error)),
              full ? "free space on that disk" : "make the directory writable, or choose another place");
}

bool write_all(int descriptor, std::string_view content) {
  while (!content.empty()) {
    auto written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno != EINTR)
      return false;
    content.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
  }
  return true;
}

bool sync_directory(const std::filesystem::path& directory) {
  auto descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return false;
  auto synced = ::fsync(descriptor) == 0;
  ::close(descriptor);
  return synced;
}

} // namespace

Status write_atomically(const std::filesystem::path& file, std::string_view content) {
  auto directory = file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error)
    return failure(directory, "make the directory", error.value());
  auto temporary = directory / fmt::format(".{}.{}.tmp", file.filename().string(), ::getpid());
  auto descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0)
    return failure(file, "write", errno);
  auto written = write_all(descriptor, content) && ::fsync(descriptor) == 0;
  auto reason = errno;
  written = ::close(descriptor) == 0 && written;
  // The rename is what makes the file appear, so it must not overtake the content it names.
  if (written && ::rename(temporary.c_str(), file.c_str()) == 0)
    return sync_directory(directory) ? Status{} : Status{failure(directory, "sync the directory", errno)};
  if (written)
    reason = errno;
  ::unlink(temporary.c_str());
  return failure(file, "write", reason);
}

} // namespace finch::reporting
