#include "actors/storage/lease.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace finch::storage {
namespace {

std::string holder(int file) {
  std::array<char, 300> text{};
  auto size = ::pread(file, text.data(), text.size(), 0);
  std::string name{text.data(), static_cast<std::size_t>(size > 0 ? size : 0)};
  name = name.substr(0, name.find('\n'));
  return name.empty() ? "a process that has not named itself yet" : name;
}

} // namespace

Result<Lease> Lease::take(const std::filesystem::path& directory) {
  auto path = directory / "lease";
  auto file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0)
    return fail(Category::unavailable,
                fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)),
                "check the directory's owner and permissions, or choose another with --data");
  Lease lease{file};
  if (::flock(file, LOCK_EX | LOCK_NB) != 0)
    return fail(Category::unavailable,
                fmt::format("{} is being written by {}", directory.string(), holder(file)),
                "stop that process, or choose another directory with --data");
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  auto text = fmt::format("pid {} on {}\n", ::getpid(), host.data());
  if (::ftruncate(file, 0) != 0 ||
      ::pwrite(file, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    return fail(Category::unavailable,
                fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)),
                "make room on the disk");
  return lease;
}

bool Lease::held(const std::filesystem::path& directory) {
  auto file = ::open((directory / "lease").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return false;
  auto free = ::flock(file, LOCK_SH | LOCK_NB) == 0;
  ::close(file);
  return !free;
}

Lease::Lease(Lease&& other) noexcept : file_{std::exchange(other.file_, -1)} {}

Lease& Lease::operator=(Lease&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

Lease::~Lease() {
  if (file_ >= 0)
    ::close(file_);
}

} // namespace finch::storage
