/// The writer's lease: one process at a time writes to a data directory.
#pragma once

#include "schemas/error.hpp"

#include <filesystem>

namespace finch::storage {

/// A lock on a file that names its holder. The kernel drops the lock with the process, however it ends, so a
/// lease is never stale.
class Lease {
public:
  /// Takes the lease in `directory`, or says which process holds it (Category::unavailable).
  [[nodiscard]] static Result<Lease> take(const std::filesystem::path& directory);
  /// Whether some process holds it now.
  [[nodiscard]] static bool held(const std::filesystem::path& directory);

  Lease() = default;
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease();

private:
  explicit Lease(int file) : file_{file} {}
  int file_ = -1;
};

} // namespace finch::storage
