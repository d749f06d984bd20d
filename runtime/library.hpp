/// Where strategies are found: the library that comes with the program, and those generated into the data
/// directory.
#pragma once

#include "actors/strategies/spec.hpp"
#include "runtime/cli.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace finch::runtime {

/// The folder of the library: `FINCH_LIBRARY`, else `config/strategies` beside the program's build or in the
/// current folder, else the installed `share/finch/strategies`. Unavailable where none of them exists.
[[nodiscard]] Result<std::filesystem::path> library_folder();

/// A spec and where it came from.
struct StoredSpec {
  strategies::Spec spec;
  std::filesystem::path file;
  bool generated = false; ///< from the data directory
};

/// The specs named, in that order and linked to those whose votes they take: files (anything with a slash or
/// ending in .json) or names of the library or of
/// `<data>/strategies`. Without names all of the library, then all generated ones, each by name. The error
/// for an unknown name is a usage error that offers the nearest known one.
[[nodiscard]] Result<std::vector<StoredSpec>> find_specs(const Context& context,
                                                         const std::vector<std::string>& names = {});

} // namespace finch::runtime
