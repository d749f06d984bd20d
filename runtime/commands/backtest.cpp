#include "actors/reporting/new_file.hpp"
#include "runtime/backtest_run.hpp"
#include "runtime/commands/commands.hpp"
#include "runtime/commands/data_export.hpp"
#include "runtime/commands/open_store.hpp"
#include "runtime/library.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace finch::runtime {
namespace {

struct Options {
  std::vector<std::string> names, symbols, timeframes;
  std::optional<market::TimeNs> from, to;
  bool screen = false, exact = false, walk_forward = false, holdout = false;
  std::string report;
};

Status check(const Options& options) {
  if (options.screen && options.exact)
    return fail(Category::usage, "--screen and --exact exclude each other", "give one of them");
  if (options.holdout && (options.from || options.to))
    return fail(Category::usage, "--holdout is the whole holdout, so --from and --to have no meaning with it",
                "leave them out");
  if (options.holdout && (options.walk_forward || options.screen))
    return fail(Category::usage, "the holdout is for judgement: it is neither searched nor screened",
                "leave out --walk-forward and --screen");
  return {};
}

std::string command_line(const Options& options) {
  auto line = fmt::format("finch backtest {}", fmt::join(options.names, " "));
  if (!options.symbols.empty())
    line += fmt::format(" --symbols {}", fmt::join(options.symbols, ","));
  if (!options.timeframes.empty())
    line += fmt::format(" --timeframes {}", fmt::join(options.timeframes, ","));
  if (options.from)
    line += " --from " + market::format_time(*options.from);
  if (options.to)
    line += " --to " + market::format_time(*options.to);
  for (auto [given, name] : {std::pair{options.screen, " --screen"},
                             {options.walk_forward, " --walk-forward"},
                             {options.holdout, " --holdout"}})
    line += given ? name : "";
  return line;
}

Result<BacktestRequest> request_of(const Context& context, const Options& options) {
  BacktestRequest request;
  auto all = options.names.size() == 1 && options.names.front() == "all";
  auto specs = find_specs(context, all ? std::vector<std::string>{} : options.names);
  if (!specs)
    return tl::unexpected(specs.error());
  // What research has generated meanwhile is not part of "all", so that the same command stays the same.
  for (auto& stored : *specs)
    if (!all || !stored.generated)
      request.specs.push_back(std::move(stored.spec));
  for (const auto& text : options.timeframes) {
    auto timeframe = market::parse_timeframe(text);
    if (!timeframe)
      return tl::unexpected(timeframe.error());
    request.timeframes.push_back(*timeframe);
  }
  std::sort(request.timeframes.begin(), request.timeframes.end());
  request.timeframes.erase(std::unique(request.timeframes.begin(), request.timeframes.end()),
                           request.timeframes.end());
  request.symbols = options.symbols;
  request.from = options.from;
  request.to = options.to;
  request.exact = !options.screen;
  request.holdout = options.holdout;
  request.walk_forward = options.walk_forward;
  return request;
}

Status backtest(Context& context, const Options& options) {
  if (auto checked = check(options); !checked)
    return checked;
  if (auto range = parse_range(options.from, options.to); !range)
    return tl::unexpected(range.error());
  auto request = request_of(context, options);
  if (!request)
    return tl::unexpected(request.error());
  auto opened = open_store(context, storage::Mode::read);
  if (!opened)
    return tl::unexpected(opened.error());
  std::shared_ptr<const storage::TickStore> store{std::move(*opened)};
  auto instruments = find_instruments(*store, options.symbols);
  if (!instruments)
    return tl::unexpected(instruments.error());
  auto journal = journal::Journal::open(journal_address(context));
  if (!journal)
    return tl::unexpected(journal.error());
  auto config =
      research_config(context.config, std::move(*instruments), static_cast<std::size_t>(context.threads()));

  std::optional<Progress> progress{std::in_place, context.console, "backtest", "%", 100};
  auto advance = [&](double share, std::string_view now) {
    progress->update(100 * share, now);
    return !Stop::requested();
  };
  Backtest work{store, **journal, std::move(config), std::move(*request)};
  auto run = work.run(advance);
  if (!run)
    return tl::unexpected(run.error());
  std::string page;
  if (!options.report.empty()) {
    auto regimes = work.regimes(advance);
    if (!regimes)
      return tl::unexpected(regimes.error());
    auto report = backtest_page(*run, *regimes, *store, command_line(options));
    if (!report)
      return tl::unexpected(report.error());
    page = reporting::render_html(*report);
  }
  progress.reset();
  context.console.document(backtest_document(*run));
  print_backtest(context.console, *run);
  for (const auto& warning : run->warnings)
    context.console.warn(warning);
  context.console.note(
      fmt::format("{} of {} trials counted for the first time", run->counted.fresh, run->counted.total));
  if (options.report.empty())
    return {};
  if (auto written = reporting::write_atomically(options.report, page); !written)
    return written;
  context.console.note("report " + options.report);
  return {};
}

} // namespace

void register_backtest(Registry& registry) {
  auto options = std::make_shared<Options>();
  registry.verb("backtest", "Backtest strategies on stored data and say what the figures are worth")
      .positional("NAME", options->names, "Strategies by name, spec files, or all (the library)",
                  Need::required)
      .list("--symbols", options->symbols, "Instruments (default: all)")
      .list("--timeframes", options->timeframes, "Timeframes to run on (default: each spec's own)")
      .time("--from", options->from, "Trade from here on (default: 7 days before the holdout)")
      .time("--to", options->to, "Stop before this time (default: where the holdout begins)")
      .flag("--exact", options->exact, "Tick by tick with latency, for judgement (the default)")
      .flag("--screen", options->screen, "On bars of the instance's own timeframe, for search")
      .flag("--walk-forward", options->walk_forward,
            "Also choose parameters anew in each fold by what came before it")
      .flag("--holdout", options->holdout, "The one look a lineage has at the newest data; it is counted")
      .option("--report", options->report, "Write the page to this HTML file")
      .footer("Every evaluation is counted once in the trial ledger; scores are deflated by their number.")
      .run([options](Context& context) { return backtest(context, *options); });
}

} // namespace finch::runtime
