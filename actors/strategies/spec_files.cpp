#include "actors/strategies/link.hpp"
#include "actors/strategies/spec_reader.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

namespace finch::strategies {

namespace {

using Json = nlohmann::json;

constexpr auto schema_file = "schema.json";

/// The document, with repeated keys refused: a library would silently keep one of them.
Result<Json> parse_document(std::string_view text, std::string_view where) {
  std::vector<std::set<std::string>> keys;
  std::string repeated;
  auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start)
      keys.emplace_back();
    else if (event == Json::parse_event_t::object_end)
      keys.pop_back();
    else if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second &&
             repeated.empty())
      repeated = parsed.get<std::string>();
    return true;
  };
  try {
    auto document = Json::parse(text.begin(), text.end(), watch);
    if (!repeated.empty())
      return fail(Category::bad_input, fmt::format("{}: the key \"{}\" is given twice", where, repeated),
                  "keep one of them");
    return document;
  } catch (const Json::parse_error& error) {
    auto before = text.substr(0, error.byte > 0 ? error.byte - 1 : 0);
    auto line = std::count(before.begin(), before.end(), '\n') + 1;
    auto column =
        before.size() - (before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1) + 1;
    std::string why = error.what();
    if (auto colon = why.find("syntax error"); colon != std::string::npos)
      why = why.substr(colon);
    return fail(Category::bad_input, fmt::format("{}: line {}, column {}: {}", where, line, column, why),
                "a strategy is one JSON object; `finch strategies schema` describes it");
  } catch (const Json::exception& error) {
    return fail(Category::bad_input, fmt::format("{}: {}", where, error.what()));
  }
}

} // namespace

Result<Spec> parse_spec(std::string_view json, const Vocabulary& vocabulary, std::string_view where) {
  if (json.size() > max_spec_bytes)
    return fail(Category::bad_input,
                fmt::format("{}: expected at most {} bytes, found {}", where, max_spec_bytes, json.size()),
                "a strategy is a small JSON object; is this the right file?");
  auto document = parse_document(json, where);
  if (!document)
    return tl::unexpected(document.error());
  return read_spec(*document, vocabulary, where);
}

Result<Spec> load_spec(const std::filesystem::path& file, const Vocabulary& vocabulary) {
  std::error_code code;
  if (!std::filesystem::is_regular_file(file, code))
    return fail(Category::bad_input, fmt::format("{}: no such file", file.string()),
                "`finch strategies list` shows the library");
  std::ifstream in{file, std::ios::binary};
  std::string text(max_spec_bytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (!in && !in.eof()))
    return fail(Category::unavailable, fmt::format("{}: cannot be read", file.string()),
                "check its permissions");
  text.resize(static_cast<std::size_t>(in.gcount()));
  auto spec = parse_spec(text, vocabulary, file.string());
  if (spec && spec->name != file.stem().string())
    return fail(Category::bad_input,
                fmt::format("{}: /name: expected '{}' as the file is called, found '{}'", file.string(),
                            file.stem().string(), spec->name),
                "rename the file or the strategy");
  return spec;
}

Result<std::vector<std::filesystem::path>> spec_files(const std::filesystem::path& folder) {
  std::error_code code;
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator entry{folder, code}, end; !code && entry != end;
       entry.increment(code))
    if (entry->path().extension() == ".json" && entry->path().filename() != schema_file)
      files.push_back(entry->path());
  if (code)
    return fail(Category::bad_input, fmt::format("{}: {}", folder.string(), code.message()),
                "name a folder that holds strategies as .json files");
  std::sort(files.begin(), files.end());
  return files;
}

Result<std::vector<Spec>> load_library(const std::filesystem::path& folder, const Vocabulary& vocabulary) {
  auto files = spec_files(folder);
  if (!files)
    return tl::unexpected(files.error());
  std::map<std::string, Found> library;
  for (const auto& file : *files) {
    auto spec = load_spec(file, vocabulary);
    if (!spec)
      return tl::unexpected(spec.error());
    auto name = spec->name;
    library.emplace(std::move(name), Found{std::move(*spec), file.string()});
  }
  Linker linker{[&](const std::string& name) -> Result<std::optional<Found>> {
    auto found = library.find(name);
    return found == library.end() ? std::nullopt : std::optional{found->second};
  }};
  std::vector<Spec> specs;
  for (auto& [name, found] : library) {
    auto spec = linker.link(found.spec, found.where);
    if (!spec)
      return tl::unexpected(spec.error());
    specs.push_back(std::move(*spec));
  }
  return specs;
}

} // namespace finch::strategies
