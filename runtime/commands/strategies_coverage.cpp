#include "actors/backtest/coverage.hpp"
#include "actors/backtest/stored_features.hpp"
#include "actors/desk/replay.hpp"
#include "runtime/commands/data_export.hpp"
#include "runtime/commands/open_store.hpp"
#include "runtime/commands/strategies.hpp"
#include "runtime/desk_setup.hpp"
#include "runtime/library.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace finch::runtime {

namespace {

using Json = nlohmann::ordered_json;
using strategies::Coverage;

struct Options {
  std::vector<std::string> names, symbols, timeframes;
  std::optional<market::TimeNs> from, to;
  bool terms = false;
};

constexpr market::Round default_rounds = 7 * market::rounds_per_day;

double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string percent(std::size_t part, std::size_t whole) {
  return fmt::format("{:.2f} %", 100 * share(part, whole));
}

/// Why an instance never fired, or nothing where it did.
std::string why_silent(const Coverage& coverage) {
  if (coverage.longs + coverage.shorts > 0)
    return "";
  if (coverage.rows == 0)
    return "no rows: no instrument of its universe has bars here";
  std::string missing;
  for (const auto& input : coverage.inputs)
    if (input.missing == coverage.rows)
      missing += (missing.empty() ? "" : ", ") + input.text;
  if (!missing.empty())
    return "never there: " + missing;
  std::string never;
  for (const auto* terms : {&coverage.long_terms, &coverage.short_terms})
    for (const auto& term : *terms)
      if (term.holds == 0)
        never += (never.empty() ? "" : "; ") + term.text;
  return never.empty() ? "its terms never hold together" : "never true: " + never;
}

Json terms_document(const std::vector<strategies::TermCoverage>& terms, std::size_t rows) {
  auto list = Json::array();
  for (const auto& term : terms)
    list.push_back({{"term", term.text},
                    {"holds", share(term.holds, rows)},
                    {"unknown", share(term.unknown, rows)},
                    {"alone_prevents", share(term.alone, rows)}});
  return list;
}

Json document_of(const strategies::Instance& instance, const Coverage& coverage, double days) {
  auto inputs = Json::array();
  for (const auto& input : coverage.inputs)
    inputs.push_back({{"input", input.text}, {"missing", share(input.missing, coverage.rows)}});
  auto why = why_silent(coverage);
  return {{"name", instance.spec.name},
          {"timeframe", market::format_timeframe(instance.timeframe)},
          {"rows", coverage.rows},
          {"longs", coverage.longs},
          {"shorts", coverage.shorts},
          {"signals_per_day", static_cast<double>(coverage.longs + coverage.shorts) / days},
          {"abstained", share(coverage.abstained, coverage.rows)},
          {"fires", why.empty()},
          {"why_not", why.empty() ? Json(nullptr) : Json(why)},
          {"enter_long", terms_document(coverage.long_terms, coverage.rows)},
          {"enter_short", terms_document(coverage.short_terms, coverage.rows)},
          {"inputs", inputs}};
}

void print_terms(const Console& console, const strategies::Instance& instance, const Coverage& coverage) {
  console.line();
  console.line(console.paint(instance.id(), "1"));
  Table table{"rule", "holds", "unknown", "alone prevents", "term"};
  for (auto [rule, terms] :
       {std::pair{"enter_long", &coverage.long_terms}, {"enter_short", &coverage.short_terms}})
    for (const auto& term : *terms)
      table.row({rule, percent(term.holds, coverage.rows), percent(term.unknown, coverage.rows),
                 percent(term.alone, coverage.rows), term.text});
  console.table(table);
  for (const auto& input : coverage.inputs)
    if (input.missing > 0)
      console.line(
          fmt::format("missing   {} of rows: {}", percent(input.missing, coverage.rows), input.text));
}

Result<std::vector<strategies::Instance>> chosen_instances(const Context& context, const Options& options) {
  auto specs = find_specs(context, options.names);
  if (!specs)
    return tl::unexpected(specs.error());
  std::vector<market::Timeframe> wanted;
  for (const auto& text : options.timeframes) {
    auto timeframe = market::parse_timeframe(text);
    if (!timeframe)
      return fail(Category::usage, fmt::format("--timeframes '{}': {}", text, timeframe.error().message),
                  timeframe.error().remedy);
    wanted.push_back(*timeframe);
  }
  std::vector<strategies::Instance> instances;
  for (const auto& stored : *specs) {
    if (options.names.empty() && stored.generated)
      continue;
    for (auto timeframe : wanted.empty() ? stored.spec.timeframes : wanted)
      instances.push_back({stored.spec, timeframe});
  }
  return instances;
}

Status coverage(Context& context, const Options& options) {
  if (auto range = parse_range(options.from, options.to); !range)
    return tl::unexpected(range.error());
  auto opened = open_store(context, storage::Mode::read);
  if (!opened)
    return tl::unexpected(opened.error());
  std::shared_ptr<const storage::TickStore> store{std::move(*opened)};
  auto instruments = find_instruments(*store, options.symbols);
  if (!instruments)
    return tl::unexpected(instruments.error());
  auto recorded = desk::recorded_rounds(*store, *instruments);
  if (!recorded)
    return tl::unexpected(recorded.error());
  auto instances = chosen_instances(context, options);
  if (!instances)
    return tl::unexpected(instances.error());

  backtest::CoverageJob job;
  job.timeframes = desk_config(context.config, *instruments).timeframes;
  job.catalogue = context.config.catalogue;
  job.instruments = std::move(*instruments);
  job.instances = *instances;
  job.first = recorded->first;
  job.last = options.to ? std::min(market::round_of(*options.to - 1), recorded->last) : recorded->last;
  job.count_from = std::max(recorded->first,
                            options.from ? market::round_of(*options.from) : job.last + 1 - default_rounds);
  job.threads = static_cast<std::size_t>(context.threads());
  job.checkpoints = backtest::stored_checkpoints(store);
  if (job.count_from > job.last)
    return fail(Category::usage, "there is no data in this span",
                fmt::format("the store has {} .. {} of these instruments",
                            market::format_time(market::round_begin(recorded->first)),
                            market::format_time(market::round_close(recorded->last))));
  Progress progress{context.console, "coverage", "rounds", static_cast<double>(job.last - job.first + 1)};
  auto counted = backtest::coverage(job, backtest::stored_sources(store), [&](market::Round round) {
    progress.update(static_cast<double>(round - job.first + 1));
    return !Stop::requested();
  });
  if (!counted)
    return tl::unexpected(counted.error());

  auto days =
      static_cast<double>(job.last - job.count_from + 1) / static_cast<double>(market::rounds_per_day);
  auto document = Json::array();
  Table table{"name", "timeframe", "longs", "shorts", "signals a day", "abstained", "why it never fires"};
  std::size_t silent = 0;
  for (std::size_t i = 0; i < counted->size(); ++i) {
    const auto& instance = (*instances)[i];
    const auto& row = (*counted)[i];
    document.push_back(document_of(instance, row, days));
    auto why = why_silent(row);
    silent += why.empty() ? 0 : 1;
    table.row({instance.spec.name, market::format_timeframe(instance.timeframe), std::to_string(row.longs),
               std::to_string(row.shorts),
               fmt::format("{:.1f}", static_cast<double>(row.longs + row.shorts) / days),
               percent(row.abstained, row.rows), why});
  }
  context.console.document(document);
  context.console.table(table);
  for (std::size_t i = 0; i < counted->size(); ++i)
    if (options.terms || (!options.names.empty() && !why_silent((*counted)[i]).empty()))
      print_terms(context.console, (*instances)[i], (*counted)[i]);
  context.console.line(
      fmt::format("{} of {} instances fire between {} and {} on {} instruments", counted->size() - silent,
                  counted->size(), market::format_time(market::round_begin(job.count_from)),
                  market::format_time(market::round_close(job.last)), job.instruments.size()));
  return {};
}

} // namespace

void register_strategy_coverage(Command& verb) {
  auto options = std::make_shared<Options>();
  verb.object("coverage", "Who fires how often on stored data, who never does, and why")
      .positional("NAME", options->names, "Names or files (default: the whole library)")
      .list("--symbols", options->symbols, "Instruments (default: all)")
      .list("--timeframes", options->timeframes, "Instead of each spec's own, as 1m,5m")
      .time("--from", options->from,
            "Count from here on (default: the newest 7 days); features begin with the data")
      .time("--to", options->to, "Stop before this time")
      .flag("--terms", options->terms, "Show how often each condition of every entry rule holds")
      .footer("A signal is a row with a side. `alone prevents` is the share of rows where every other "
              "condition of "
              "the rule holds.")
      .run([options](Context& context) { return coverage(context, *options); });
}

} // namespace finch::runtime
