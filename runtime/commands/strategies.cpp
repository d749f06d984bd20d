#include "actors/strategies/evaluator.hpp"
#include "actors/strategies/variant.hpp"
#include "runtime/commands/commands.hpp"
#include "runtime/library.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace finch::runtime {

namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> timeframe_names(const strategies::Spec& spec) {
  std::vector<std::string> names;
  for (auto timeframe : spec.timeframes)
    names.push_back(market::format_timeframe(timeframe));
  return names;
}

Status list(Context& context) {
  auto specs = find_specs(context);
  if (!specs)
    return tl::unexpected(specs.error());
  auto document = Json::array();
  Table table{"name", "family", "timeframes", "parameters", "origin", "what it does"};
  for (const auto& [spec, file, generated] : *specs) {
    auto origin = generated ? "generated" : "library";
    document.push_back({{"name", spec.name},
                        {"family", spec.family},
                        {"timeframes", timeframe_names(spec)},
                        {"universe", spec.universe.empty() ? Json("all") : Json(spec.universe)},
                        {"parameters", spec.parameters.size()},
                        {"hash", strategies::spec_hash(spec)},
                        {"parent", spec.parent.empty() ? Json(nullptr) : Json(spec.parent)},
                        {"origin", origin},
                        {"file", file.string()},
                        {"description", spec.description}});
    auto description =
        spec.description.size() <= 72 ? spec.description : spec.description.substr(0, 69) + "...";
    table.row({spec.name, spec.family, fmt::format("{}", fmt::join(timeframe_names(spec), " ")),
               std::to_string(spec.parameters.size()), origin, description});
  }
  context.console.document(document);
  context.console.table(table);
  return {};
}

Status show(Context& context, const std::string& name) {
  auto specs = find_specs(context, {name});
  if (!specs)
    return tl::unexpected(specs.error());
  const auto& spec = specs->front().spec;
  std::set<std::string> timeframes;
  for (auto own : spec.timeframes)
    for (auto read : strategies::required_timeframes(spec, own))
      timeframes.insert(market::format_timeframe(read));
  auto features = strategies::required_features(spec);
  context.console.document({{"name", spec.name},
                            {"hash", strategies::spec_hash(spec)},
                            {"file", specs->front().file.string()},
                            {"features", features},
                            {"reads_timeframes", timeframes},
                            {"variants", strategies::variant_count(spec)},
                            {"spec", Json::parse(strategies::canonical_json(spec))}});
  context.console.line(strategies::canonical_json(spec));
  context.console.line(fmt::format("hash      {}", strategies::spec_hash(spec)));
  context.console.line(fmt::format("file      {}", specs->front().file.string()));
  context.console.line(
      fmt::format("reads     {} at {}", fmt::join(features, ", "), fmt::join(timeframes, ", ")));
  context.console.line(
      fmt::format("variants  {}", human_count(static_cast<std::int64_t>(strategies::variant_count(spec)))));
  return {};
}

Status check(Context& context, const std::vector<std::string>& names) {
  std::vector<std::string> wanted = names;
  if (wanted.empty()) {
    auto folder = library_folder();
    if (!folder)
      return tl::unexpected(folder.error());
    std::error_code missing; // a data directory need not hold any
    for (const auto& place : {*folder, context.options.data / "strategies"})
      for (const auto& entry : std::filesystem::directory_iterator{place, missing})
        if (entry.path().extension() == ".json")
          wanted.push_back(entry.path().string());
    std::sort(wanted.begin(), wanted.end());
  }
  auto document = Json::array();
  std::vector<Error> wrong;
  for (const auto& name : wanted) {
    auto specs = find_specs(context, {name});
    if (!specs && specs.error().category != Category::bad_input)
      return tl::unexpected(specs.error());
    auto shown = specs ? specs->front().spec.name : name;
    Json row{{"name", shown}, {"ok", specs.has_value()}};
    if (specs) {
      row["hash"] = strategies::spec_hash(specs->front().spec);
      context.console.line(fmt::format("{}  {}", context.console.paint("ok  ", "32"), shown));
    } else {
      row["message"] = specs.error().message;
      row["remedy"] = specs.error().remedy;
      context.console.line(
          fmt::format("{}  {}", context.console.paint("fail", "1;31"), specs.error().message));
      if (!specs.error().remedy.empty())
        context.console.line(fmt::format("      -> {}", specs.error().remedy));
      wrong.push_back(specs.error());
    }
    document.push_back(std::move(row));
  }
  context.console.document(document);
  if (!wrong.empty())
    return fail(Category::bad_input,
                fmt::format("{} of {} strategies are not valid", wrong.size(), wanted.size()),
                "the messages above name the places; `finch strategies schema` describes the format");
  return {};
}

Status schema(Context& context) {
  auto text = strategies::json_schema(strategies::catalogue_vocabulary(context.config.catalogue));
  context.console.document(Json::parse(text));
  context.console.line(text.substr(0, text.size() - 1));
  return {};
}

} // namespace

void register_strategies(Registry& registry) {
  auto verb = registry.verb("strategies", "Look at strategies and check them");
  verb.object("list", "The library and the generated ones").run(list);
  auto name = std::make_shared<std::string>();
  verb.object("show", "One strategy: its spec, what it reads, its identity")
      .positional("NAME", *name, "Name or file", Need::required)
      .run([name](Context& context) { return show(context, *name); });
  auto files = std::make_shared<std::vector<std::string>>();
  verb.object("check", "Check specs; all of the library and the generated ones without FILE")
      .positional("FILE", *files, "Files or names")
      .footer("Exit code 3 when any of them is wrong; every message names the place and the column.")
      .run([files](Context& context) { return check(context, *files); });
  verb.object("schema", "The JSON Schema of specs, with the rule language, functions and names").run(schema);
}

} // namespace finch::runtime
