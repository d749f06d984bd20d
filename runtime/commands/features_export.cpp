#include "actors/reporting/new_file.hpp"
#include "runtime/commands/features_data.hpp"
#include "runtime/commands/open_store.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace finch::runtime {

namespace {

using Json = nlohmann::ordered_json;

struct ExportOptions {
  FeatureScope scope;
  std::vector<std::string> features;
  std::string output;
};

/// The columns asked for; else the bar's fields and every available feature.
std::vector<std::string> wanted_columns(const ExportOptions& options, const features::Catalogue& catalogue) {
  if (!options.features.empty())
    return options.features;
  std::vector<std::string> names{"open", "high", "low", "close", "volume"};
  for (const auto& feature : catalogue.definitions())
    if (feature.available())
      names.emplace_back(feature.name);
  return names;
}

Status export_features(Context& context, const ExportOptions& options) {
  auto opened = open_store(context, storage::Mode::read);
  if (!opened)
    return tl::unexpected(opened.error());
  std::shared_ptr<const storage::TickStore> store{std::move(*opened)};
  auto query = feature_query(context, *store, options.scope);
  if (!query)
    return tl::unexpected(query.error());
  auto names = wanted_columns(options, context.config.catalogue);
  auto plan = features::Plan::make(names, context.config.catalogue);
  if (!plan)
    return tl::unexpected(plan.error());

  reporting::NewFile file{options.output};
  std::vector<std::size_t> columns;
  std::string text = "open_time";
  for (const auto& name : names) {
    columns.push_back(*plan->index(name));
    text += "," + name;
  }
  text += "\n";
  if (auto written = file.write(text); !written)
    return written;
  std::int64_t rows = 0;
  auto write_row = [&](market::TimeNs open, std::span<const double> values) {
    text = market::format_time(open);
    for (auto column : columns) {
      text += ',';
      if (!std::isnan(values[column]))
        fmt::format_to(std::back_inserter(text), "{:.17g}", values[column]);
    }
    text += '\n';
    ++rows;
    return file.write(text);
  };
  {
    Progress progress{context.console, "features", "%", 100};
    if (auto done = feature_rows(store, *query, *plan, write_row,
                                 [&](double share) {
                                   progress.update(100 * share);
                                   return !Stop::requested();
                                 });
        !done)
      return done;
  }
  auto instrument = market::format_name(query->instrument.name);
  auto timeframe = market::format_timeframe(query->timeframe);
  if (rows == 0)
    return fail(Category::usage, fmt::format("{} has no {} bars in this range", instrument, timeframe),
                "see what is stored with 'finch data list'");
  if (auto finished = file.finish(); !finished)
    return finished;
  context.console.document({{"instrument", instrument},
                            {"timeframe", timeframe},
                            {"rows", rows},
                            {"features", columns.size()},
                            {"file", options.output}});
  context.console.line(fmt::format("{} rows of {} columns of {} {} to {}", human_count(rows), columns.size(),
                                   instrument, timeframe, options.output));
  return {};
}

} // namespace

void register_features_export(Command& features) {
  auto options = std::make_shared<ExportOptions>();
  features.object("export", "Write features of stored data as CSV, one row a bar, 17 digits, NaN left empty")
      .option("--symbol", options->scope.symbol, "The instrument", Need::required)
      .option("--timeframe", options->scope.timeframe, "Which bars, as 5m", Need::required)
      .time("--from", options->scope.from, "First bar (default: the first there is)")
      .time("--to", options->scope.to, "First bar left out (default: the end)")
      .list("--features", options->features, "Features and bar fields (default: all)")
      .option("-o,--output", options->output, "The file", Need::required)
      .footer("Values are those of a replay: computed from the first data stored, whatever --from says.\n"
              "Rows are named by their bar's open and known from its close.")
      .run([options](Context& context) { return export_features(context, *options); });
}

} // namespace finch::runtime
