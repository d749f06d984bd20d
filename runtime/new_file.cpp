#include "runtime/new_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace finch::runtime {

NewFile::NewFile(std::filesystem::path path)
    : path_{std::move(path)}, part_{path_.string() + ".part"}, file_{std::fopen(part_.c_str(), "wb")} {}

NewFile::~NewFile() {
  if (file_ == nullptr)
    return;
  std::fclose(file_);
  std::error_code ignored;
  std::filesystem::remove(part_, ignored);
}

Status NewFile::write(std::string_view text) {
  if (file_ == nullptr || std::fwrite(text.data(), 1, text.size(), file_) != text.size())
    return tl::unexpected(cannot_write(path_));
  return {};
}

Status NewFile::finish() {
  if (file_ == nullptr || std::fflush(file_) != 0 || ::fsync(::fileno(file_)) != 0 ||
      std::rename(part_.c_str(), path_.c_str()) != 0)
    return tl::unexpected(cannot_write(path_));
  std::fclose(file_);
  file_ = nullptr;
  return {};
}

Error NewFile::cannot_write(const std::filesystem::path& path) {
  return {Category::unavailable, fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)),
          "check the folder, its permissions and the space left"};
}

} // namespace finch::runtime
