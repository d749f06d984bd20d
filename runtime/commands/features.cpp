#include "actors/features/markdown.hpp"
#include "runtime/commands/commands.hpp"
#include "runtime/commands/features_data.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace finch::runtime {

namespace {

using Json = nlohmann::ordered_json;

struct ListOptions {
  std::string group;
  bool markdown = false;
};

Status list(Context& context, const ListOptions& options) {
  const auto& catalogue = context.config.catalogue;
  if (options.markdown) {
    if (context.console.json() || !options.group.empty())
      return fail(Category::usage, "--markdown is a page of the whole catalogue",
                  "leave out --json and --group");
    auto page = features::markdown(catalogue);
    page.pop_back(); // `line` ends it
    context.console.line(page);
    return {};
  }
  auto document = Json::array();
  Table table{"name", "group", "unit", "warmup", "formula"};
  std::vector<std::string> groups;
  for (const auto& feature : catalogue.definitions()) {
    if (groups.empty() || groups.back() != feature.group)
      groups.emplace_back(feature.group);
    if (!options.group.empty() && feature.group != options.group)
      continue;
    document.push_back(describe(feature));
    table.row({std::string{feature.name}, std::string{feature.group}, std::string{feature.unit},
               std::to_string(feature.warmup),
               feature.available() ? std::string{feature.formula}
                                   : fmt::format("not available: {}", feature.unavailable_reason)});
  }
  if (document.empty())
    return fail(Category::usage, fmt::format("there is no group '{}'", options.group),
                options.group == "user" ? "define features under [features] in finch.toml"
                                        : fmt::format("the groups are {}", fmt::join(groups, ", ")));
  context.console.document(document);
  context.console.table(table);
  return {};
}

} // namespace

nlohmann::ordered_json describe(const features::Definition& feature) {
  Json json{{"name", feature.name},
            {"group", feature.group},
            {"formula", feature.formula},
            {"unit", feature.unit},
            {"dimension", market::format_dimension(feature.dimension)},
            {"warmup", feature.warmup},
            {"neutral", std::isnan(feature.neutral) ? Json(nullptr) : Json(feature.neutral)},
            {"inputs", feature.inputs},
            {"talib", feature.talib.empty() ? Json(nullptr) : Json(feature.talib)},
            {"source", feature.source.empty() ? Json(nullptr) : Json(feature.source)},
            {"available", feature.available()}};
  if (!feature.available())
    json["reason"] = feature.unavailable_reason;
  return json;
}

Result<FeatureQuery> feature_query(const Context& context, const storage::TickStore& store,
                                   const FeatureScope& scope) {
  FeatureQuery query;
  auto instruments =
      find_instruments(store, scope.symbol.empty() ? std::vector<std::string>{} : std::vector{scope.symbol});
  if (!instruments)
    return tl::unexpected(instruments.error());
  query.instrument = instruments->front();
  query.timeframe = {static_cast<std::int32_t>(context.config.node.timeframes.front())};
  if (!scope.timeframe.empty()) {
    auto timeframe = market::parse_timeframe(scope.timeframe);
    if (!timeframe)
      return tl::unexpected(timeframe.error());
    query.timeframe = *timeframe;
  }
  auto range = parse_range(scope.from, scope.to);
  if (!range)
    return tl::unexpected(range.error());
  query.from = range->from;
  query.to = range->to;
  query.threads = static_cast<std::size_t>(context.threads());
  return query;
}

void register_features(Registry& registry) {
  auto verb = registry.verb("features", "Look at features: what they mean, and what they are on stored data");
  auto listed = std::make_shared<ListOptions>();
  verb.object("list", "All features, with what they mean")
      .option("--group", listed->group, "Only this group")
      .flag("--markdown", listed->markdown, "As the page FEATURES.md")
      .run([listed](Context& context) { return list(context, *listed); });
  auto name = std::make_shared<std::string>();
  auto scope = std::make_shared<FeatureScope>();
  verb.object("show", "One feature: its definition, and its distribution on stored data")
      .positional("NAME", *name, "The feature's name", Need::required)
      .option("--symbol", scope->symbol, "On whose data (default: the first instrument stored)")
      .option("--timeframe", scope->timeframe, "On which bars, as 5m (default: the shortest configured)")
      .time("--from", scope->from, "First bar (default: the first there is)")
      .time("--to", scope->to, "First bar left out (default: the end)")
      .run([name, scope](Context& context) { return show_feature(context, *name, *scope); });
  register_features_export(verb);
}

} // namespace finch::runtime
