/// A directory of a test's own, for its journal.
#pragma once

#include "actors/storage/journal/journal.hpp"

#include <cstdlib>
#include <filesystem>

namespace finch::journal::tests {

/// Has a space in its name, and is gone when the test ends.
struct Place {
  std::filesystem::path directory;

  Place() {
    auto name = (std::filesystem::temp_directory_path() / "finch journal XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr)
      directory = name;
  }
  ~Place() { std::filesystem::remove_all(directory); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  [[nodiscard]] std::string file() const { return (directory / "journal.db").string(); }
};

} // namespace finch::journal::tests
