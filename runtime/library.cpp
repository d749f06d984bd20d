#include "runtime/library.hpp"

#include "actors/strategies/link.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace finch::runtime {

namespace {

namespace fs = std::filesystem;

bool is_file_name(const std::string& name) {
  return name.find('/') != std::string::npos || name.ends_with(".json");
}

/// Specs of a folder by name; none where it does not exist.
std::vector<fs::path> files_of(const fs::path& folder) {
  return strategies::spec_files(folder).value_or(std::vector<fs::path>{});
}

struct Candidate {
  fs::path file;
  bool generated;
};

/// Every specification of the library, then every generated one.
Result<std::vector<Candidate>> all_candidates(const Context& context) {
  auto folder = library_folder();
  if (!folder)
    return tl::unexpected(folder.error());
  std::vector<Candidate> candidates;
  for (auto& file : files_of(*folder))
    candidates.push_back({std::move(file), false});
  for (auto& file : files_of(context.options.data / "strategies"))
    candidates.push_back({std::move(file), true});
  return candidates;
}

/// Finds strategies that others take votes of: among the library and the generated ones, by name.
strategies::Finder finder(const Context& context, const strategies::Vocabulary& vocabulary) {
  return [&](const std::string& name) -> Result<std::optional<strategies::Found>> {
    auto candidates = all_candidates(context);
    if (!candidates)
      return tl::unexpected(candidates.error());
    for (const auto& [file, generated] : *candidates)
      if (file.stem().string() == name)
        return strategies::load_spec(file, vocabulary).map([&](strategies::Spec spec) {
          return std::optional{strategies::Found{std::move(spec), file.string()}};
        });
    return std::optional<strategies::Found>{};
  };
}

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
    auto all = all_candidates(context);
    if (!all)
      return tl::unexpected(all.error());
    candidates = std::move(*all);
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
  strategies::Linker linker{finder(context, vocabulary)};
  std::vector<StoredSpec> specs;
  for (auto& [file, generated] : names.empty() ? candidates : wanted) {
    auto spec = strategies::load_spec(file, vocabulary).and_then([&](strategies::Spec loaded) {
      return linker.link(std::move(loaded), file.string());
    });
    if (!spec && spec.error().category == Category::bad_input && spec.error().remedy.empty())
      spec.error().remedy = "`finch strategies schema` describes specs, the rule language and every name";
    if (!spec)
      return tl::unexpected(spec.error());
    specs.push_back({std::move(*spec), std::move(file), generated});
  }
  return specs;
}

} // namespace finch::runtime
