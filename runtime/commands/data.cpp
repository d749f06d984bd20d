#include "actors/feed/import/export_job.hpp"
#include "runtime/commands/commands.hpp"
#include "runtime/commands/data_export.hpp"
#include "runtime/commands/data_fill.hpp"
#include "runtime/commands/data_salvage.hpp"
#include "runtime/commands/open_store.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace finch::runtime {

namespace {

using Json = nlohmann::ordered_json;
using storage::SpanInfo;
using storage::TickStore;

std::string count(std::uint64_t value) { return human_count(static_cast<std::int64_t>(value)); }

double bytes_per_row(const SpanInfo& span) {
  return span.rows == 0 ? 0 : static_cast<double>(span.bytes) / static_cast<double>(span.rows);
}

/// What `list` and `show` say alike about a series.
Json json_of(const market::Instrument& instrument, const SpanInfo& span) {
  return {{"instrument", market::format_name(instrument.name)},
          {"kind", storage::name_of(span.kind)},
          {"timeframe",
           span.kind == storage::Kind::bars ? Json(market::format_timeframe(span.timeframe)) : Json(nullptr)},
          {"rows", span.rows},
          {"days", span.days.size()},
          {"first", market::format_time(span.first_ns)},
          {"last", market::format_time(span.last_ns)},
          {"bytes", span.bytes},
          {"bytes_per_row", bytes_per_row(span)},
          {"blocks", span.blocks},
          {"synthetic", instrument.synthetic}};
}

/// The instruments the user named, or all.
Result<std::vector<market::Instrument>> chosen(const TickStore& store,
                                               const std::vector<std::string>& names) {
  auto known = store.instruments();
  if (names.empty())
    return known;
  std::vector<market::Instrument> out;
  for (const auto& name : names) {
    auto instrument = market::resolve(name, known);
    if (!instrument)
      return tl::unexpected(instrument.error());
    out.push_back(*instrument);
  }
  return out;
}

std::vector<SpanInfo> spans_of(const TickStore& store, const market::Instrument& instrument) {
  auto spans = store.spans();
  std::erase_if(spans, [&](const auto& span) { return span.instrument != instrument.id; });
  return spans;
}

void warn_of_quarantine(const Context& context, const TickStore& store) {
  for (const auto& [key, why] : store.quarantined())
    context.console.warn(why);
}

Status list(Context& context, const std::vector<std::string>& names) {
  auto store = open_store(context, storage::Mode::read);
  if (!store)
    return tl::unexpected(store.error());
  auto instruments = chosen(**store, names);
  if (!instruments)
    return tl::unexpected(instruments.error());
  auto json = Json::array();
  Table table{"instrument", "kind", "rows", "days", "first", "last", "size", "bytes/row"};
  std::uint64_t rows = 0, bytes = 0;
  for (const auto& instrument : *instruments)
    for (const auto& span : spans_of(**store, instrument)) {
      json.push_back(json_of(instrument, span));
      table.row({market::format_name(instrument.name) + (instrument.synthetic ? " (synthetic)" : ""),
                 span_name(span), count(span.rows), count(span.days.size()),
                 market::format_time(span.first_ns), market::format_time(span.last_ns),
                 human_bytes(static_cast<double>(span.bytes)), fmt::format("{:.2f}", bytes_per_row(span))});
      rows += span.rows;
      bytes += span.bytes;
    }
  context.console.document(json);
  if (table.rows() == 0)
    context.console.line("The store is empty: fill it with `finch import FILE…` or `finch data fill`.");
  else
    context.console.table(table);
  if (table.rows() > 0)
    context.console.line(fmt::format("{} series, {} rows, {}", table.rows(), count(rows),
                                     human_bytes(static_cast<double>(bytes))));
  warn_of_quarantine(context, **store);
  return {};
}

Json json_of(const feed::GapFinder& gaps) {
  auto list = Json::array();
  for (const auto& gap : gaps.gaps())
    list.push_back({{"from", market::format_time(gap.from_ns)},
                    {"to", market::format_time(gap.to_ns)},
                    {"minutes", static_cast<double>(gap.to_ns - gap.from_ns) /
                                    static_cast<double>(market::ns_per_minute)}});
  return {{"count", gaps.count()},
          {"missing_minutes",
           static_cast<double>(gaps.missing_ns()) / static_cast<double>(market::ns_per_minute)},
          {"list", list}};
}

Json days_of(const TickStore& store, const SpanInfo& span) {
  auto days = Json::array();
  auto minutes = static_cast<std::uint16_t>(span.kind == storage::Kind::bars ? span.timeframe.minutes : 0);
  for (auto day : span.days)
    if (auto row = store.day({{span.instrument, storage::family_of(span.kind), minutes}, day}))
      days.push_back({{"day", market::format_day(day)},
                      {"rows", row->rows},
                      {"bytes", row->bytes},
                      {"checksum", fmt::format("{:016x}", row->head)}});
  return days;
}

void show_series(const Console& console, const market::Instrument& instrument, const SpanInfo& span,
                 const feed::GapFinder& gaps, const Json& days) {
  constexpr std::size_t gaps_shown = 10;
  console.line(fmt::format("{}, {}{}", market::format_name(instrument.name), span_name(span),
                           instrument.synthetic ? " (synthetic)" : ""));
  console.line(fmt::format("  span   {} to {}", market::format_time(span.first_ns),
                           market::format_time(span.last_ns)));
  console.line(fmt::format("  rows   {} in {} blocks, {}, {:.2f} bytes a row", count(span.rows),
                           count(span.blocks), human_bytes(static_cast<double>(span.bytes)),
                           bytes_per_row(span)));
  console.line(fmt::format("  units  prices of {} decimals, quantities of {}", instrument.price_decimals,
                           instrument.quantity_decimals));
  console.line(fmt::format(
      "  gaps   {}{}", count(gaps.count()),
      gaps.count() == 0 ? ""
                        : ", " + human_duration(static_cast<double>(gaps.missing_ns()) / 1e9) + " missing"));
  for (std::size_t at = 0; at < std::min(gaps_shown, gaps.gaps().size()); ++at) {
    const auto& gap = gaps.gaps()[at];
    console.line(fmt::format("         {} to {}, {}", market::format_time(gap.from_ns),
                             market::format_time(gap.to_ns),
                             human_duration(static_cast<double>(gap.to_ns - gap.from_ns) / 1e9)));
  }
  if (gaps.count() > gaps_shown)
    console.line(fmt::format("         … and {} more", count(gaps.count() - gaps_shown)));
  Table table{"day", "rows", "size", "checksum"};
  for (const auto& day : days)
    table.row({day["day"], count(day["rows"].get<std::uint64_t>()), human_bytes(day["bytes"].get<double>()),
               day["checksum"]});
  console.table(table);
}

Status show(Context& context, const std::vector<std::string>& names) {
  auto store = open_store(context, storage::Mode::read);
  if (!store)
    return tl::unexpected(store.error());
  auto instruments = chosen(**store, names);
  if (!instruments)
    return tl::unexpected(instruments.error());
  auto json = Json::array();
  for (const auto& instrument : *instruments)
    for (const auto& span : spans_of(**store, instrument)) {
      if (Stop::requested())
        return Context::interrupted("data show");
      auto gaps = feed::find_gaps(**store, span);
      if (!gaps)
        return tl::unexpected(gaps.error());
      auto days = days_of(**store, span);
      auto entry = json_of(instrument, span);
      entry["price_decimals"] = instrument.price_decimals;
      entry["quantity_decimals"] = instrument.quantity_decimals;
      entry["gaps"] = json_of(*gaps);
      entry["checksums"] = days;
      json.push_back(std::move(entry));
      show_series(context.console, instrument, span, *gaps, days);
    }
  context.console.document(json);
  warn_of_quarantine(context, **store);
  return {};
}

Status verify(Context& context, const std::vector<std::string>& names) {
  auto store = open_store(context, storage::Mode::read);
  if (!store)
    return tl::unexpected(store.error());
  auto instruments = chosen(**store, names);
  if (!instruments)
    return tl::unexpected(instruments.error());
  auto json = Json::array();
  Table table{"instrument", "days", "blocks", "rows", "size", "result"};
  std::vector<std::string> problems;
  {
    Progress progress{context.console, "verify", "instruments", static_cast<double>(instruments->size())};
    for (const auto& instrument : *instruments) {
      if (Stop::requested())
        return Context::interrupted("data verify");
      auto name = market::format_name(instrument.name);
      progress.update(static_cast<double>(json.size()), name);
      auto report = (*store)->verify(instrument.id);
      json.push_back({{"instrument", name},
                      {"ok", report.problems.empty()},
                      {"days", report.days},
                      {"blocks", report.blocks},
                      {"rows", report.rows},
                      {"bytes", report.bytes},
                      {"problems", report.problems}});
      table.row({name, count(report.days), count(report.blocks), count(report.rows),
                 human_bytes(static_cast<double>(report.bytes)),
                 report.problems.empty() ? "sound" : "damaged"});
      problems.insert(problems.end(), report.problems.begin(), report.problems.end());
    }
  }
  context.console.document(json);
  context.console.table(table);
  for (const auto& problem : problems)
    context.console.warn(problem);
  if (problems.empty())
    return {};
  return fail(Category::failed, fmt::format("the store is damaged: {}", problems.front()),
              "import the span again with --replace, or remove it with `finch data drop`");
}

struct DropOptions {
  std::string instrument;
  std::optional<std::string> kind;
  std::optional<market::TimeNs> from, to;
};

Status drop(Context& context, const DropOptions& options) {
  std::optional<storage::Kind> kind;
  if (options.kind) {
    auto parsed = parse_kind(*options.kind);
    if (!parsed)
      return tl::unexpected(parsed.error());
    kind = *parsed;
  }
  auto range = parse_range(options.from, options.to);
  if (!range)
    return tl::unexpected(range.error());
  auto store = open_store(context, storage::Mode::write);
  if (!store)
    return tl::unexpected(store.error());
  auto instrument = market::resolve(options.instrument, (*store)->instruments());
  if (!instrument)
    return tl::unexpected(instrument.error());
  auto rows = (*store)->drop(instrument->id, kind, range->from, range->to);
  if (!rows)
    return tl::unexpected(rows.error());
  auto name = market::format_name(instrument->name);
  if (*rows == 0)
    return fail(Category::usage, fmt::format("{} has no such rows to drop", name),
                "see what is stored with `finch data list`");
  context.console.document(Json::array({{{"instrument", name},
                                         {"kind", kind ? Json(storage::name_of(*kind)) : Json(nullptr)},
                                         {"rows", *rows}}}));
  context.console.line(fmt::format("{} rows of {} dropped", count(*rows), name));
  return {};
}

} // namespace

void register_data(Registry& registry) {
  auto data = registry.verb("data", "Look at the stored market data, check, export or drop it");
  auto named = [&](const std::string& object, const std::string& summary, auto action) {
    auto names = std::make_shared<std::vector<std::string>>();
    data.object(object, summary)
        .positional("INSTRUMENT", *names,
                    "As binance.um/BTC-USDT, or BTC-USDT where only one has it; default: all")
        .run([names, action](Context& context) { return action(context, *names); });
  };
  named("list", "Spans, counts and sizes of every series", list);
  named("show", "One series in full: gaps, days and their checksums", show);
  named("verify", "Read every block and check every checksum", verify);
  register_data_export(data);
  register_data_fill(data);
  register_data_salvage(data);
  auto options = std::make_shared<DropOptions>();
  data.object("drop", "Remove rows of one instrument for good")
      .positional("INSTRUMENT", options->instrument, "Whose rows", Need::required)
      .option("--kind", options->kind, "trades, aggTrades, quotes, bars or funding; default: all")
      .time("--from", options->from, "First time to drop; default: the beginning")
      .time("--to", options->to, "First time to keep again; default: the end")
      .run([options](Context& context) { return drop(context, *options); });
}

} // namespace finch::runtime
