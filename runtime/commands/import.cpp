#include "actors/feed/import/import_job.hpp"
#include "runtime/commands/commands.hpp"
#include "runtime/commands/open_store.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace finch::runtime {

namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string format = "auto";
  std::string venue, symbol;
  bool strict = false, replace = false;
  std::vector<std::string> files;
};

Json rejections_of(const feed::FileOutcome& outcome) {
  auto list = Json::array();
  for (const auto& part : outcome.parts)
    for (const auto& rejection : part.rejections)
      list.push_back({{"file", part.label},
                      {"line", rejection.line},
                      {"reason", feed::describe(rejection.reason)},
                      {"text", rejection.text}});
  return list;
}

Json reasons_of(const feed::FileOutcome& outcome) {
  auto reasons = Json::object();
  for (const auto& part : outcome.parts)
    for (std::size_t at = 0; at < part.rejected_by.size(); ++at)
      if (part.rejected_by[at] > 0) {
        std::string reason{feed::describe(static_cast<feed::Reject>(at))};
        reasons[reason] = reasons.value(reason, std::uint64_t{0}) + part.rejected_by[at];
      }
  return reasons;
}

Json json_of(const feed::FileOutcome& outcome) {
  Json out{{"file", outcome.path}};
  auto known = !outcome.parts.empty();
  const auto& target = known ? outcome.parts.back().target : feed::Target{};
  out["instrument"] = known ? Json(market::format_name(target.instrument)) : Json(nullptr);
  if (known) {
    out["kind"] = storage::name_of(target.kind);
    out["format"] = feed::format_name(outcome.parts.back().format);
    if (target.kind == storage::Kind::bars)
      out["timeframe"] = market::format_timeframe(target.timeframe);
  }
  if (outcome.error) {
    out["error"] = {{"category", name_of(outcome.error->category)},
                    {"message", outcome.error->message},
                    {"remedy", outcome.error->remedy}};
    return out;
  }
  out["rows"] = outcome.rows();
  out["added"] = outcome.stored.added;
  out["duplicates"] = outcome.stored.duplicates;
  out["replaced"] = outcome.stored.replaced;
  out["rejected"] = outcome.rejected();
  out["first"] = market::format_time(outcome.stored.first_ns);
  out["last"] = market::format_time(outcome.stored.last_ns);
  if (outcome.rejected() > 0) {
    out["reasons"] = reasons_of(outcome);
    out["rejections"] = rejections_of(outcome);
  }
  return out;
}

void show_files(const Console& console, const std::vector<feed::FileOutcome>& outcomes) {
  Table table{"file", "instrument", "kind", "rows", "added", "duplicate", "rejected", "first", "last"};
  for (const auto& outcome : outcomes) {
    if (outcome.error)
      continue;
    const auto& target = outcome.parts.back().target;
    auto kind = std::string{storage::name_of(target.kind)};
    if (target.kind == storage::Kind::bars)
      kind = market::format_timeframe(target.timeframe) + " bars";
    auto count = [](std::uint64_t value) { return human_count(static_cast<std::int64_t>(value)); };
    table.row({outcome.path.substr(outcome.path.rfind('/') + 1), market::format_name(target.instrument), kind,
               count(outcome.rows()), count(outcome.stored.added), count(outcome.stored.duplicates),
               count(outcome.rejected()), market::format_time(outcome.stored.first_ns),
               market::format_time(outcome.stored.last_ns)});
  }
  if (table.rows() > 0)
    console.table(table);
  for (const auto& outcome : outcomes)
    for (const auto& part : outcome.parts) {
      if (outcome.error || part.rejected() == 0)
        continue;
      console.line(fmt::format("{}: {} of {} rows rejected: {}", part.label, part.rejected(), part.rows,
                               feed::summarise_rejections(part)));
      for (const auto& rejection : part.rejections)
        console.line(fmt::format("  line {}: {}: '{}'", rejection.line, feed::describe(rejection.reason),
                                 rejection.text));
      if (part.rejected() > part.rejections.size())
        console.line(fmt::format("  … and {} more", part.rejected() - part.rejections.size()));
    }
}

/// Everything about the failures but the last, which the command ends with.
Status conclude(const Console& console, const std::vector<feed::FileOutcome>& outcomes, std::size_t files) {
  const Error* first = nullptr;
  std::size_t failed = 0;
  for (const auto& outcome : outcomes)
    if (outcome.error) {
      if (first != nullptr)
        console.warn(outcome.error->message);
      else
        first = &*outcome.error;
      ++failed;
    }
  if (first == nullptr)
    return {};
  auto error = *first;
  if (files > 1)
    error.message += fmt::format(" ({} of {} files imported)", outcomes.size() - failed, files);
  return tl::unexpected(std::move(error));
}

Status import_all(Context& context, const Options& options) {
  feed::ImportRequest request{
      .files = options.files,
      .read = {.venue = options.venue, .symbol = options.symbol, .strict = options.strict},
      .replace = options.replace};
  auto format = feed::parse_format(options.format);
  if (!format)
    return tl::unexpected(format.error());
  request.read.format = *format;
  if (std::count(options.files.begin(), options.files.end(), "-") > 1)
    return fail(Category::usage, "standard input is named more than once", "name '-' once");
  auto store = open_store(context, storage::Mode::write);
  if (!store)
    return tl::unexpected(store.error());
  double seconds = 0;
  std::vector<feed::FileOutcome> outcomes;
  {
    Progress progress{context.console, "import", "bytes"};
    outcomes = feed::import_files(**store, request, [&](const feed::ImportProgress& now) {
      if (now.bytes_total > 0)
        progress.set_total(static_cast<double>(now.bytes_total));
      progress.update(static_cast<double>(now.bytes_done), now.label);
      return !Stop::requested();
    });
    seconds = progress.seconds();
  }
  auto json = Json::array();
  std::uint64_t rows = 0, added = 0;
  for (const auto& outcome : outcomes) {
    json.push_back(json_of(outcome));
    rows += outcome.error ? 0 : outcome.rows();
    added += outcome.stored.added;
  }
  context.console.document(json);
  show_files(context.console, outcomes);
  if (rows > 0)
    context.console.note(fmt::format("{} rows read, {} added, in {} ({} rows/s)",
                                     human_count(static_cast<std::int64_t>(rows)),
                                     human_count(static_cast<std::int64_t>(added)), human_duration(seconds),
                                     human_short(static_cast<double>(rows) / std::max(seconds, 1e-3))));
  return conclude(context.console, outcomes, options.files.size());
}

} // namespace

void register_import(Registry& registry) {
  auto options = std::make_shared<Options>();
  registry.verb("import", "Put files of market data into the store")
      .option("--format", options->format,
              "auto, trades, aggTrades, bookTicker, klines, ohlcv, funding, tardis-trades or lean-ticks")
      .option("--venue", options->venue,
              "VENUE.MARKET of all files, as binance.um; else from content and name")
      .option("--symbol", options->symbol, "BASE-QUOTE of all files, as BTC-USDT; else from content and name")
      .flag("--strict", options->strict, "Write nothing at all if any row is bad")
      .flag("--replace", options->replace, "Rows stored before in the spans imported give way")
      .positional("FILE", options->files, "CSV files, plain, gzip, zip or zstd; '-' is standard input",
                  Need::required)
      .footer("Importing a file twice adds nothing; overlapping files merge. Bad rows are left out, counted "
              "and named.\n"
              "Each file becomes visible whole or not at all.")
      .run([options](Context& context) { return import_all(context, *options); });
}

} // namespace finch::runtime
