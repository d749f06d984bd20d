#include "runtime/commands/features_data.hpp"
#include "runtime/commands/open_store.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace finch::runtime {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t spark_width = 60;
constexpr std::array quantile_shares{0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99};

/// A feature's values on stored rows, in order of time.
struct Sample {
  market::TimeNs first_ns = 0, last_ns = 0;
  std::vector<double> values;
};

/// What there is to say about a sample.
struct Distribution {
  std::size_t rows = 0, missing = 0;
  double least = 0, most = 0, mean = 0, deviation = 0;
  std::array<double, quantile_shares.size()> quantiles{};
};

Distribution distribution_of(const Sample& sample) {
  Distribution out;
  out.rows = sample.values.size();
  std::vector<double> known;
  std::copy_if(sample.values.begin(), sample.values.end(), std::back_inserter(known),
               [](double x) { return !std::isnan(x); });
  out.missing = out.rows - known.size();
  if (known.empty())
    return out;
  auto n = static_cast<double>(known.size());
  for (auto x : known)
    out.mean += (x - known.front()) / n;
  out.mean += known.front();
  for (auto x : known)
    out.deviation += (x - out.mean) * (x - out.mean);
  out.deviation = known.size() > 1 ? std::sqrt(out.deviation / (n - 1)) : 0;
  std::sort(known.begin(), known.end());
  out.least = known.front(), out.most = known.back();
  for (std::size_t i = 0; i < quantile_shares.size(); ++i) {
    auto place = quantile_shares[i] * (n - 1);
    auto below = static_cast<std::size_t>(place);
    auto above = std::min(below + 1, known.size() - 1);
    out.quantiles[i] = known[below] + (place - std::floor(place)) * (known[above] - known[below]);
  }
  return out;
}

/// Means of equal stretches as bars between the least and the greatest of them; a blank where all is missing.
std::string sparkline(const std::vector<double>& values) {
  constexpr std::array levels{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  auto width = std::min(spark_width, values.size());
  std::vector<double> means;
  for (std::size_t i = 0; i < width; ++i) {
    double sum = 0, count = 0;
    for (auto k = i * values.size() / width; k < (i + 1) * values.size() / width; ++k)
      if (!std::isnan(values[k]))
        sum += values[k], ++count;
    means.push_back(count > 0 ? sum / count : std::nan(""));
  }
  auto least = std::numeric_limits<double>::infinity(), most = -least;
  for (auto x : means)
    if (!std::isnan(x))
      least = std::min(least, x), most = std::max(most, x);
  std::string out;
  for (auto x : means) {
    auto level = most > least ? (x - least) / (most - least) * (levels.size() - 1) : 0;
    out += std::isnan(x) ? " " : levels[static_cast<std::size_t>(std::lround(level))];
  }
  return out;
}

Result<Sample> sample_of(Context& context, std::shared_ptr<const storage::TickStore> store,
                         const FeatureQuery& query, const std::string& name) {
  auto plan = features::Plan::make(std::vector{name}, context.config.catalogue);
  if (!plan)
    return tl::unexpected(plan.error());
  auto column = *plan->index(name);
  Sample sample;
  Progress progress{context.console, "features", "%", 100};
  auto status = feature_rows(
      store, query, *plan,
      [&](market::TimeNs open, std::span<const double> row) -> Status {
        if (sample.values.empty())
          sample.first_ns = open;
        sample.last_ns = open;
        sample.values.push_back(row[column]);
        return {};
      },
      [&](double share) {
        progress.update(100 * share);
        return !Stop::requested();
      });
  if (!status)
    return tl::unexpected(status.error());
  if (sample.values.empty())
    return fail(Category::usage,
                fmt::format("{} has no {} bars in this range", market::format_name(query.instrument.name),
                            market::format_timeframe(query.timeframe)),
                "see what is stored with 'finch data list', or choose another --timeframe");
  return sample;
}

void print(Context& context, const FeatureQuery& query, const Sample& sample, Json& document) {
  auto shape = distribution_of(sample);
  auto share = static_cast<double>(shape.missing) / static_cast<double>(shape.rows);
  auto name = market::format_name(query.instrument.name);
  auto timeframe = market::format_timeframe(query.timeframe);
  Json quantiles;
  std::vector<std::string> heads{"min"}, cells{fmt::format("{:.6g}", shape.least)};
  for (std::size_t i = 0; i < quantile_shares.size(); ++i) {
    auto label = fmt::format("p{:02}", static_cast<int>(std::lround(100 * quantile_shares[i])));
    quantiles[label] = shape.quantiles[i];
    heads.push_back(label);
    cells.push_back(fmt::format("{:.6g}", shape.quantiles[i]));
  }
  heads.insert(heads.end(), {"max", "mean", "std"});
  for (auto x : {shape.most, shape.mean, shape.deviation})
    cells.push_back(fmt::format("{:.6g}", x));
  auto empty = shape.missing == shape.rows;
  auto spark = sparkline(sample.values);
  document["data"] = {{"instrument", name},
                      {"timeframe", timeframe},
                      {"from", market::format_time(sample.first_ns)},
                      {"to", market::format_time(sample.last_ns)},
                      {"rows", shape.rows},
                      {"nan_share", share},
                      {"min", empty ? Json(nullptr) : Json(shape.least)},
                      {"max", empty ? Json(nullptr) : Json(shape.most)},
                      {"mean", empty ? Json(nullptr) : Json(shape.mean)},
                      {"std", empty ? Json(nullptr) : Json(shape.deviation)},
                      {"quantiles", empty ? Json(nullptr) : std::move(quantiles)},
                      {"sparkline", spark}};
  context.console.line();
  context.console.line(fmt::format("{} {}, bars of {} to {}: {} rows, {:.2f} % NaN", name, timeframe,
                                   market::format_time(sample.first_ns), market::format_time(sample.last_ns),
                                   human_count(static_cast<std::int64_t>(shape.rows)), 100 * share));
  if (empty)
    return;
  context.console.table(Table{heads}.row(cells));
  context.console.line(spark);
}

/// The store, or null where nothing asks for it and there is none.
Result<std::shared_ptr<const storage::TickStore>> store_for(Context& context, const FeatureScope& scope,
                                                            const features::Definition& feature) {
  auto asked = !scope.symbol.empty() || !scope.timeframe.empty() || scope.from || scope.to;
  if (!feature.available() && !asked)
    return nullptr;
  auto store = open_store(context, storage::Mode::read);
  if (store)
    return std::shared_ptr<const storage::TickStore>{std::move(*store)};
  if (asked)
    return tl::unexpected(store.error());
  return nullptr;
}

} // namespace

Status show_feature(Context& context, const std::string& name, const FeatureScope& scope) {
  const auto& catalogue = context.config.catalogue;
  auto feature = catalogue.find(name);
  if (!feature)
    return fail(
        Category::usage, fmt::format("there is no feature '{}'", name),
        fmt::format("did you mean {}? `finch features list` names them all", catalogue.nearest_name(name)));
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
  auto document = describe(*feature);
  auto store = store_for(context, scope, *feature);
  if (!store)
    return tl::unexpected(store.error());
  if (*store && (scope.symbol.empty() ? !(*store)->spans().empty() : true)) {
    auto query = feature_query(context, **store, scope);
    if (!query)
      return tl::unexpected(query.error());
    auto sample = sample_of(context, *store, *query, name);
    if (!sample)
      return tl::unexpected(sample.error());
    print(context, *query, *sample, document);
  }
  context.console.document(document);
  return {};
}

} // namespace finch::runtime
