#include "actors/desk/replay.hpp"

#include "actors/broker/digest.hpp"
#include "actors/reporting/new_file.hpp"
#include "actors/storage/recorder.hpp"
#include "actors/supervisor/session.hpp"
#include "runtime/commands/commands.hpp"
#include "runtime/commands/data_export.hpp"
#include "runtime/commands/open_store.hpp"
#include "runtime/desk_report.hpp"
#include "runtime/library.hpp"
#include "runtime/paper_journal.hpp"
#include "runtime/research_setup.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <charconv>
#include <chrono>
#include <filesystem>

namespace finch::runtime {
namespace {

struct Options {
  std::vector<std::string> symbols, strategies;
  std::optional<market::TimeNs> from, to;
  std::string batch = "auto";
  std::string report;
  bool session = false, journal = false;
};

/// `--batch`: how many ticks a block may hold, or how many rounds are told at a time.
Status apply_batch(const std::string& batch, desk::ReplayJob& job) {
  if (batch == "auto")
    return {};
  if (batch == "round") {
    job.desk.window = 1;
    return {};
  }
  if (batch == "day") {
    job.desk.window = market::rounds_per_day;
    return {};
  }
  std::size_t ticks = 0;
  auto [end, error] = std::from_chars(batch.data(), batch.data() + batch.size(), ticks);
  if (error != std::errc{} || end != batch.data() + batch.size() || ticks == 0)
    return fail(Category::usage, fmt::format("--batch '{}' is not a batch", batch),
                "give a number of ticks, or round, or day");
  job.limits.ticks = ticks;
  return {};
}

/// The rounds to run: features from the first there is, trading from `--from` to `--to`.
Status apply_range(const Options& options, const storage::TickStore& store, desk::ReplayJob& job) {
  if (auto range = parse_range(options.from, options.to); !range)
    return tl::unexpected(range.error());
  auto recorded = desk::recorded_rounds(store, job.desk.instruments);
  if (!recorded)
    return tl::unexpected(recorded.error());
  job.desk.first = recorded->first;
  job.desk.trade_from =
      options.from ? std::max(market::round_of(*options.from), recorded->first) : recorded->first;
  job.last = options.to ? std::min(market::round_of(*options.to - 1), recorded->last) : recorded->last;
  if (job.last >= job.desk.trade_from)
    return {};
  return fail(Category::usage,
              fmt::format("there is no data between {} and {}",
                          options.from ? market::format_time(*options.from) : "the beginning",
                          options.to ? market::format_time(*options.to) : "the end"),
              fmt::format("the store has {} .. {} of these instruments",
                          market::format_time(market::round_begin(recorded->first)),
                          market::format_time(market::round_close(recorded->last))));
}

std::string command_line(const Options& options) {
  std::string line = "finch replay";
  if (!options.symbols.empty())
    line += fmt::format(" --symbols {}", fmt::join(options.symbols, ","));
  if (options.from)
    line += " --from " + market::format_time(*options.from);
  if (options.to)
    line += " --to " + market::format_time(*options.to);
  if (!options.strategies.empty())
    line += fmt::format(" --strategies {}", fmt::join(options.strategies, ","));
  return line;
}

/// Trials the journal has counted on data that begins where this run's does; 0 where there is no journal.
Result<std::int64_t> trials_counted(const Context& context, const desk::DeskConfig& desk) {
  auto address = journal_address(context);
  if (address.find("://") == std::string::npos && !std::filesystem::exists(address))
    return 0;
  auto journal = journal::Journal::open(address);
  if (!journal)
    return tl::unexpected(journal.error());
  return (*journal)->trial_count(market::day_of(market::round_begin(desk.first)));
}

/// The specs named, or the library.
Status apply_strategies(const Context& context, const Options& options, desk::ReplayJob& job) {
  auto specs = find_specs(context, options.strategies);
  if (!specs)
    return tl::unexpected(specs.error());
  std::vector<strategies::Spec> wanted;
  // Without names the run must not depend on what research has generated meanwhile.
  for (auto& stored : *specs)
    if (!options.strategies.empty() || !stored.generated)
      wanted.push_back(std::move(stored.spec));
  job.desk.instances = instances_of(wanted);
  return {};
}

/// The live session recorded in this data directory: its instances while they were active, up to the last
/// minute that every instrument had closed.
Status apply_session(const Context& context, const storage::TickStore& store, desk::ReplayJob& job) {
  auto file = context.options.data / "session.json";
  auto session = supervisor::load_session(file, context.config.catalogue);
  if (!session)
    return tl::unexpected(session.error());
  if (!*session)
    return fail(Category::usage,
                fmt::format("{} does not exist: no live session was recorded here", file.string()),
                "record one with 'finch node', or replay without --session");
  for (const auto& instrument : job.desk.instruments) {
    auto next = storage::next_live_round(store, instrument.id);
    if (!next)
      return tl::unexpected(next.error());
    job.last = std::min(job.last, next->value_or((*session)->start) - 1);
  }
  job.desk.trade_from = (*session)->start;
  job.desk.instances = (*session)->instances;
  job.desk.events = (*session)->events;
  job.finish = false;
  return {};
}

/// Keeps a replay in the journal, as a session of its own: numbered by what it did, below zero, so that
/// repeating it replaces its rows and no live session is touched.
Status journal_replay(const Context& context, const desk::ReplayJob& job, const desk::DeskResult& result,
                      desk::DeskRecords records) {
  auto journal = journal::Journal::open(journal_address(context));
  if (!journal)
    return tl::unexpected(journal.error());
  PaperJournal paper{**journal};
  auto session = -static_cast<std::int64_t>(broker::hash_of(result.digest) >> 2U) - 1;
  auto known = paper.begin(session, "replay", result.digest, job.desk.trade_from, job.desk.instruments);
  if (!known)
    return tl::unexpected(known.error());
  for (const auto& event : job.desk.events)
    if (auto kept = paper.control(session, event); !kept)
      return kept;
  if (auto kept = paper.keep(session, job.last, job.desk, result, std::move(records)); !kept)
    return kept;
  context.console.note(fmt::format("journaled as session {}", session));
  return {};
}

Status replay(Context& context, const Options& options) {
  auto opened = open_store(context, storage::Mode::read);
  if (!opened)
    return tl::unexpected(opened.error());
  std::shared_ptr<const storage::TickStore> store{std::move(*opened)};
  auto instruments = find_instruments(*store, options.symbols);
  if (!instruments)
    return tl::unexpected(instruments.error());
  desk::ReplayJob job;
  job.desk = desk_config(context.config, std::move(*instruments));
  job.threads = static_cast<std::size_t>(context.threads());
  if (auto batch = apply_batch(options.batch, job); !batch)
    return batch;
  if (auto range = apply_range(options, *store, job); !range)
    return range;
  auto chosen =
      options.session ? apply_session(context, *store, job) : apply_strategies(context, options, job);
  if (!chosen)
    return chosen;

  if (options.journal)
    job.desk.record_from = job.desk.trade_from;
  desk::DeskRecords records;

  Progress progress{context.console, "replay", "rounds", static_cast<double>(job.last - job.desk.first + 1)};
  auto begin = std::chrono::steady_clock::now();
  auto result = desk::replay(
      store, job,
      [&](market::Round round) {
        progress.update(static_cast<double>(round - job.desk.first + 1));
        return !Stop::requested();
      },
      &records);
  if (!result)
    return tl::unexpected(result.error());
  if (options.journal)
    if (auto kept = journal_replay(context, job, *result, std::move(records)); !kept)
      return kept;
  DeskRun run{job.desk, *result, job.last,
              std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count()};
  context.console.document(desk_document(run));
  print_desk(context.console, run);
  if (options.report.empty())
    return {};
  auto trials = trials_counted(context, job.desk);
  if (!trials)
    return tl::unexpected(trials.error());
  auto page = desk_page(run, *store, command_line(options));
  if (!page)
    return tl::unexpected(page.error());
  page->trials = *trials;
  if (auto written = reporting::write_atomically(options.report, reporting::render_html(*page)); !written)
    return written;
  context.console.note("report " + options.report);
  return {};
}

} // namespace

void register_replay(Registry& registry) {
  auto options = std::make_shared<Options>();
  registry.verb("replay", "Run recorded data through the whole desk and every instance's book")
      .list("--symbols", options->symbols, "Instruments, as BTC-USDT or binance.um/BTC-USDT (default: all)")
      .time("--from", options->from, "Trade from here on; features always begin with the data")
      .time("--to", options->to, "Stop before this time")
      .list("--strategies", options->strategies,
            "Strategy names or spec files, also generated ones (default: the whole library)")
      .flag("--session", options->session, "Relive the recorded live session: the digest is the node's")
      .flag("--journal", options->journal, "Keep the run in the journal, as a session of its own")
      .option("--batch", options->batch, "Ticks per block, or round, or day; results never depend on it")
      .option("--report", options->report, "Write the page about the run to this HTML file")
      .run([options](Context& context) { return replay(context, *options); });
}

} // namespace finch::runtime
