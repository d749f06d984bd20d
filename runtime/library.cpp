#include "runtime/library.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace finch::runtime {

namespace {

namespace fs = std::filesystem;

bool is_file_name(const std::string& name) {
  return name.find('/') != std::string::npos || name.ends_with(".json");
}

/// Specification files of a folder by name; none where it does not exist.
std::vector<fs::path> spec_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code code;
  for (fs::directory_iterator entry{folder, code}, end; !code && entry != end; entry.increment(code))
    if (entry->path().extension() == ".json")
      files.push_back(entry->path());
  std::sort(files.begin(), files.end());
  return files;
}

struct Candidate {
  fs::path file;
  bool generated;
};

} // namespace

Result<fs::path> library_folder() {
  std::vector<fs::path> places;
  if (auto named = std::getenv("FINCH_LIBRARY"); named && *named)
    places.emplace_back(named);
  std::error_code code;
  if (auto program = fs::read_symlink("/proc/self/exe", code); !code) {
    places.push_back(program.parent_path().parent_path().parent_path() / "config/strategies");
    places.push_back(program.parent_path().parent_path() / "share/finch/strategies");
  }
  places.insert(places.begin() + std::min<std::ptrdiff_t>(1, static_cast<std::ptrdiff_t>(places.size())),
                "config/strategies");
  for (const auto& place : places)
    if (fs::is_directory(place, code))
      return place;
  return fail(Category::unavailable, "the strategy library is not where the program expects it",
              "set FINCH_LIBRARY to the folder config/strategies of the sources");
}

Result<std::vector<StoredSpec>> find_specs(const Context& context, const std::vector<std::string>& names) {
  std::vector<Candidate> candidates, wanted;
  auto needs_library = names.empty() || !std::all_of(names.begin(), names.end(), is_file_name);
  if (needs_library) {
    auto folder = library_folder();
    if (!folder)
      return tl::unexpected(folder.error());
    for (auto& file : spec_files(*folder))
      candidates.push_back({std::move(file), false});
    for (auto& file : spec_files(context.options.data / "strategies"))
      candidates.push_back({std::move(file), true});
  }
  std::vector<std::string> known;
  for (const auto& candidate : candidates)
    known.push_back(candidate.file.stem().string());
  for (const auto& name : names) {
    auto found = std::find(known.begin(), known.end(), name);
    if (is_file_name(name))
      wanted.push_back({name, false});
    else if (found != known.end())
      wanted.push_back(candidates[static_cast<std::size_t>(found - known.begin())]);
    else if (auto close = nearest(name, known); !close.empty())
      return fail(Category::usage, fmt::format("there is no strategy '{}'", name),
                  fmt::format("did you mean {}?", close));
    else
      return fail(Category::usage, fmt::format("there is no strategy '{}'", name),
                  "`finch strategies list` names them");
  }
  auto vocabulary = strategies::catalogue_vocabulary(context.config.catalogue);
  std::vector<StoredSpec> specs;
  for (auto& [file, generated] : names.empty() ? candidates : wanted) {
    auto spec = strategies::load_spec(file, vocabulary);
    if (!spec && spec.error().category == Category::bad_input && spec.error().remedy.empty())
      spec.error().remedy = "`finch strategies schema` describes specs, the rule language and every name";
    if (!spec)
      return tl::unexpected(spec.error());
    specs.push_back({std::move(*spec), std::move(file), generated});
  }
  return specs;
}

} // namespace finch::runtime
