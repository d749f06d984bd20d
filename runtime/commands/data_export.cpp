#include "runtime/commands/data_export.hpp"

#include "actors/feed/import/export_csv.hpp"
#include "actors/feed/import/export_job.hpp"
#include "actors/feed/import/text.hpp"
#include "actors/reporting/new_file.hpp"
#include "runtime/commands/open_store.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstdio>
#include <limits>

namespace finch::runtime {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct ExportOptions {
  std::string instrument;
  std::optional<std::string> kind, timeframe;
  std::optional<market::TimeNs> from, to;
  std::string output;
};

/// Writes to standard output; false when nobody reads it any more, as after `| head`.
Result<bool> to_standard_output(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0)
    return true;
  if (errno == EPIPE)
    return false;
  return tl::unexpected(reporting::NewFile::cannot_write("standard output"));
}

/// The series that the options name.
Result<std::vector<storage::SpanInfo>> chosen_series(const storage::TickStore& store,
                                                     const market::Instrument& instrument,
                                                     const ExportOptions& options) {
  std::optional<storage::Kind> kind;
  std::optional<market::Timeframe> timeframe;
  if (options.kind) {
    auto parsed = parse_kind(*options.kind);
    if (!parsed)
      return tl::unexpected(parsed.error());
    kind = *parsed;
  }
  if (options.timeframe) {
    auto parsed = market::parse_timeframe(*options.timeframe);
    if (!parsed)
      return tl::unexpected(parsed.error());
    timeframe = *parsed;
  }
  std::vector<storage::SpanInfo> out;
  std::string stored;
  for (auto& span : store.spans()) {
    if (span.instrument != instrument.id)
      continue;
    stored += (stored.empty() ? "" : ", ") + span_name(span);
    auto wanted_timeframe = !timeframe || (span.kind == storage::Kind::bars && span.timeframe == *timeframe);
    if ((!kind || span.kind == *kind) && wanted_timeframe)
      out.push_back(span);
  }
  if (out.empty())
    return fail(Category::usage, fmt::format("{} has no such series", market::format_name(instrument.name)),
                stored.empty() ? "nothing of it is stored" : "it has " + stored);
  if (out.size() > 1 && !fs::is_directory(options.output))
    return fail(Category::usage,
                fmt::format("{} has several series: {}", market::format_name(instrument.name), stored),
                "choose one with --kind (and --timeframe), or give a folder with --output");
  return out;
}

Result<std::uint64_t> export_one(const storage::TickStore& store, const storage::SpanInfo& span,
                                 TimeRange range, const fs::path& path, Progress& progress) {
  double done = 0;
  auto count = [&](std::string_view text) -> Status {
    if (Stop::requested())
      return Context::interrupted("data export");
    progress.update(done += static_cast<double>(text.size()));
    return {};
  };
  if (path.empty()) {
    auto reader_left = false;
    auto rows = feed::export_rows(store, span, range.from, range.to, [&](std::string_view text) -> Status {
      if (auto counted = count(text); !counted)
        return counted;
      auto wanted = to_standard_output(text);
      if (!wanted)
        return tl::unexpected(wanted.error());
      reader_left = !*wanted;
      return reader_left ? Status{tl::unexpected(Error{})} : Status{};
    });
    return reader_left ? Result<std::uint64_t>{0} : rows;
  }
  reporting::NewFile file{path};
  auto rows = feed::export_rows(store, span, range.from, range.to, [&](std::string_view text) {
    auto counted = count(text);
    return counted ? file.write(text) : counted;
  });
  if (rows)
    if (auto finished = file.finish(); !finished)
      return tl::unexpected(finished.error());
  return rows;
}

Status export_data(Context& context, const ExportOptions& options) {
  auto range = parse_range(options.from, options.to);
  if (!range)
    return tl::unexpected(range.error());
  if (context.console.json() && options.output.empty())
    return fail(Category::usage, "--json leaves standard output to the report",
                "name a file or a folder with --output");
  auto store = open_store(context, storage::Mode::read);
  if (!store)
    return tl::unexpected(store.error());
  auto instrument = market::resolve(options.instrument, (*store)->instruments());
  if (!instrument)
    return tl::unexpected(instrument.error());
  auto spans = chosen_series(**store, *instrument, options);
  if (!spans)
    return tl::unexpected(spans.error());
  auto json = Json::array();
  for (const auto& span : *spans) {
    if (range->from > span.last_ns || range->to <= span.first_ns)
      return fail(
          Category::usage,
          fmt::format("{} has no {} in this range", market::format_name(instrument->name), span_name(span)),
          fmt::format("it has {} to {}", market::format_time(span.first_ns),
                      market::format_time(span.last_ns)));
    fs::path path = options.output;
    if (fs::is_directory(path))
      path /= feed::export_name(instrument->name, span.kind, span.timeframe);
    Progress progress{context.console, "export", "bytes"};
    auto rows = export_one(**store, span, *range, path, progress);
    if (!rows)
      return tl::unexpected(rows.error());
    json.push_back(
        {{"instrument", market::format_name(instrument->name)},
         {"kind", storage::name_of(span.kind)},
         {"timeframe",
          span.kind == storage::Kind::bars ? Json(market::format_timeframe(span.timeframe)) : Json(nullptr)},
         {"rows", *rows},
         {"file", path.string()}});
    if (!path.empty())
      context.console.line(fmt::format("{} {} of {} to {}", human_count(static_cast<std::int64_t>(*rows)),
                                       span_name(span), market::format_name(instrument->name),
                                       path.string()));
  }
  context.console.document(json);
  return {};
}

} // namespace

std::string span_name(const storage::SpanInfo& span) {
  auto name = std::string{storage::name_of(span.kind)};
  return span.kind == storage::Kind::bars ? market::format_timeframe(span.timeframe) + " " + name : name;
}

Result<storage::Kind> parse_kind(std::string_view text) {
  for (auto kind : {storage::Kind::trades, storage::Kind::agg_trades, storage::Kind::quotes,
                    storage::Kind::bars, storage::Kind::funding})
    if (feed::fold(text) == feed::fold(storage::name_of(kind)))
      return kind;
  return fail(Category::usage, fmt::format("unknown kind '{}'", feed::excerpt(text, 40)),
              "use trades, aggTrades, quotes, bars or funding");
}

Result<TimeRange> parse_range(std::optional<market::TimeNs> from, std::optional<market::TimeNs> to) {
  TimeRange range{from.value_or(std::numeric_limits<market::TimeNs>::min()),
                  to.value_or(std::numeric_limits<market::TimeNs>::max())};
  if (range.from < range.to)
    return range;
  return fail(Category::usage,
              fmt::format("the range from {} to {} is empty", market::format_time(range.from),
                          market::format_time(range.to)),
              "--to is the first time that is left out: give one after --from");
}

void register_data_export(Command& data) {
  auto options = std::make_shared<ExportOptions>();
  data.object("export", "Write a series as CSV that `finch import` reads to the same values")
      .positional("INSTRUMENT", options->instrument, "Whose rows", Need::required)
      .option("--kind", options->kind, "trades, aggTrades, quotes, bars or funding")
      .option("--timeframe", options->timeframe, "Length of bars, as 1m")
      .time("--from", options->from, "First time; default: the beginning")
      .time("--to", options->to, "First time left out; default: the end")
      .option("-o,--output", options->output, "A file, or a folder for all series; default: standard output")
      .run([options](Context& context) { return export_data(context, *options); });
}

} // namespace finch::runtime
