#include "actors/reporting/new_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace finch::reporting {

namespace {

bool sync_directory(const std::filesystem::path& directory) {
  auto descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return false;
  auto synced = ::fsync(descriptor) == 0;
  ::close(descriptor);
  return synced;
}

} // namespace

NewFile::NewFile(std::filesystem::path path)
    : path_{std::move(path)}, part_{directory() /
                                    fmt::format(".{}.{}.tmp", path_.filename().string(), ::getpid())},
      file_{std::fopen(part_.c_str(), "wbe")}, open_error_{file_ == nullptr ? errno : 0} {}

NewFile::~NewFile() {
  if (file_ != nullptr)
    static_cast<void>(give_up());
}

std::filesystem::path NewFile::directory() const {
  return path_.has_parent_path() ? path_.parent_path() : std::filesystem::path{"."};
}

/// Lets go of what was written; the error is the one at hand.
Status NewFile::give_up() {
  auto reason = file_ == nullptr ? open_error_ : errno;
  if (file_ != nullptr) {
    std::fclose(file_);
    file_ = nullptr;
    open_error_ = reason;
    ::unlink(part_.c_str());
  }
  errno = reason;
  return tl::unexpected(cannot_write(path_));
}

Status NewFile::write(std::string_view text) {
  if (file_ == nullptr || std::fwrite(text.data(), 1, text.size(), file_) != text.size())
    return give_up();
  return {};
}

Status NewFile::finish() {
  // The rename is what makes the file appear, so it must not overtake the content it names.
  if (file_ == nullptr || std::fflush(file_) != 0 || ::fsync(::fileno(file_)) != 0 ||
      std::rename(part_.c_str(), path_.c_str()) != 0)
    return give_up();
  std::fclose(std::exchange(file_, nullptr));
  if (!sync_directory(directory()))
    return tl::unexpected(cannot_write(directory()));
  return {};
}

Error NewFile::cannot_write(const std::filesystem::path& path) {
  auto full = errno == ENOSPC || errno == EDQUOT;
  return {Category::unavailable, fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)),
          full ? "free space on that disk" : "make the directory writable, or choose another place"};
}

Status write_atomically(const std::filesystem::path& path, std::string_view content) {
  std::error_code error;
  if (path.has_parent_path())
    std::filesystem::create_directories(path.parent_path(), error);
  if (error) {
    errno = error.value();
    return tl::unexpected(NewFile::cannot_write(path.parent_path()));
  }
  NewFile file{path};
  auto written = file.write(content);
  return written ? file.finish() : written;
}

} // namespace finch::reporting
