#include "actors/features/catalogue.hpp"
#include "runtime/commands/commands.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace finch::runtime {

namespace {

using Json = nlohmann::ordered_json;

Json describe(const features::Definition& feature) {
  Json json{{"name", feature.name},
            {"group", feature.group},
            {"formula", feature.formula},
            {"unit", feature.unit},
            {"dimension", market::format_dimension(feature.dimension)},
            {"warmup", feature.warmup},
            {"neutral", std::isnan(feature.neutral) ? Json(nullptr) : Json(feature.neutral)},
            {"inputs", feature.inputs},
            {"talib", feature.talib.empty() ? Json(nullptr) : Json(feature.talib)},
            {"available", feature.available()}};
  if (!feature.available())
    json["unavailable_reason"] = feature.unavailable_reason;
  return json;
}

Status list(Context& context, const std::string& group) {
  auto document = Json::array();
  Table table{"name", "group", "unit", "warmup", "formula"};
  std::vector<std::string> groups;
  for (const auto& feature : features::catalogue()) {
    if (groups.empty() || groups.back() != feature.group)
      groups.emplace_back(feature.group);
    if (!group.empty() && feature.group != group)
      continue;
    document.push_back(describe(feature));
    table.row({std::string{feature.name}, std::string{feature.group}, std::string{feature.unit},
               std::to_string(feature.warmup),
               feature.available() ? std::string{feature.formula}
                                   : fmt::format("not available: {}", feature.unavailable_reason)});
  }
  if (document.empty())
    return fail(Category::usage, fmt::format("there is no group '{}'", group),
                fmt::format("the groups are {}", fmt::join(groups, ", ")));
  context.console.document(document);
  context.console.table(table);
  return {};
}

Status show(Context& context, const std::string& name) {
  auto feature = features::find(name);
  if (!feature)
    return fail(
        Category::usage, fmt::format("there is no feature '{}'", name),
        fmt::format("did you mean {}? `finch features list` names them all", features::nearest_name(name)));
  context.console.document(describe(*feature));
  auto line = [&](std::string_view label, std::string_view text) {
    if (!text.empty())
      context.console.line(fmt::format("{:<10} {}", label, text));
  };
  line("name", feature->name);
  line("group", feature->group);
  line("formula", feature->formula);
  line("unit", fmt::format("{} ({})", feature->unit, market::format_dimension(feature->dimension)));
  line("warm-up", fmt::format("{} bars", feature->warmup));
  line("undefined", std::isnan(feature->neutral) ? "" : fmt::format("reads as {}", feature->neutral));
  line("inputs", fmt::format("{}", fmt::join(feature->inputs, ", ")));
  line("TA-Lib", feature->talib);
  line("source", feature->source);
  line("missing", feature->unavailable_reason);
  return {};
}

} // namespace

void register_features(Registry& registry) {
  auto verb = registry.verb("features", "Look at the feature catalogue");
  auto group = std::make_shared<std::string>();
  verb.object("list", "All features, with what they mean")
      .option("--group", *group, "Only this group")
      .run([group](Context& context) { return list(context, *group); });
  auto name = std::make_shared<std::string>();
  verb.object("show", "One feature: formula, unit, warm-up, inputs")
      .positional("NAME", *name, "The feature's name", Need::required)
      .run([name](Context& context) { return show(context, *name); });
}

} // namespace finch::runtime
