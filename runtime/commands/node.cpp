#include "actors/supervisor/node.hpp"

#include "actors/backtest/stored_features.hpp"
#include "actors/desk/replay.hpp"
#include "runtime/commands/commands.hpp"
#include "runtime/commands/data_fill.hpp"
#include "runtime/commands/open_store.hpp"
#include "runtime/library.hpp"
#include "runtime/logging.hpp"
#include "runtime/paper_journal.hpp"
#include "runtime/research_setup.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

namespace finch::runtime {
namespace {

struct Options {
  std::optional<double> speed;
  std::int64_t rounds = 0;
};

std::int64_t monotonic_now() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

/// Fills an empty store; a store of recorded data is not the simulated exchange's to continue.
Result<feed::FillConfig> prepare(Context& context, storage::TickStore& store) {
  auto wanted = fill_config(context.config.sim);
  auto filled = feed::filled_history(store);
  if (!filled)
    return tl::unexpected(filled.error());
  if (*filled)
    return **filled;
  if (!store.spans().empty())
    return fail(Category::usage,
                "the store holds imported data, which the simulated exchange cannot continue",
                "give the node a data directory of its own with --data");
  context.console.note("an empty data directory: filling it with the simulated exchange's past");
  Progress progress{context.console, "fill", "days", static_cast<double>(wanted.days)};
  auto report = feed::fill_history(store, wanted, [&](double share) {
    progress.update(share * wanted.days);
    return !Stop::requested();
  });
  if (!report)
    return tl::unexpected(report.error());
  return wanted;
}

/// As many instances as there are slots, evenly through the library: before the first cycle nothing ranks
/// them.
std::vector<desk::DeskInstance> unranked(std::vector<desk::DeskInstance> library, std::size_t slots) {
  std::vector<desk::DeskInstance> out;
  auto count = std::min(slots, library.size());
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(std::move(library[i * library.size() / count]));
  return out;
}

/// What trades first: the journal's active instances, else some of the library.
Result<std::vector<desk::DeskInstance>> first_instances(const Context& context, journal::Journal& journal) {
  auto active = evolution::active_instances(journal, context.config.catalogue);
  if (!active)
    return tl::unexpected(active.error());
  auto cycles = journal.count<journal::Cycle>();
  if (!cycles)
    return tl::unexpected(cycles.error());
  if (*cycles > 0)
    return desk_instances(*active);
  auto specs = find_specs(context);
  if (!specs)
    return tl::unexpected(specs.error());
  std::vector<strategies::Spec> library;
  for (auto& stored : *specs)
    if (!stored.generated)
      library.push_back(std::move(stored.spec));
  return unranked(instances_of(library), static_cast<std::size_t>(context.config.evolution.slots));
}

/// One research cycle on the store's recorded past, in a journal connection of its own.
Result<std::vector<desk::DeskInstance>> research_once(const Context& context,
                                                      const std::shared_ptr<storage::TickStore>& store,
                                                      const std::vector<market::Instrument>& instruments,
                                                      market::TimeNs as_of) {
  auto journal = journal::Journal::open(journal_address(context));
  if (!journal)
    return tl::unexpected(journal.error());
  auto specs = find_specs(context);
  if (!specs)
    return tl::unexpected(specs.error());
  std::vector<strategies::Spec> library;
  for (auto& stored : *specs)
    if (!stored.generated)
      library.push_back(std::move(stored.spec));
  // One thread: research must not hold up the desk.
  auto settings = research_config(context.config, instruments, 1);
  // Backtests begin at the newest midnight before their window instead of at the first stored row.
  backtest::CheckpointJob midnights{instruments, settings.timeframes, settings.catalogue,
                                    market::round_of(as_of) - 1, 1};
  if (auto written = backtest::write_checkpoints(store, midnights); !written)
    return tl::unexpected(written.error());
  evolution::ResearchCycle cycle{store, **journal, std::move(library), settings};
  auto outcome = cycle.run(as_of, monotonic_now, [](evolution::Stage, double) { return !Stop::requested(); });
  if (!outcome)
    return tl::unexpected(outcome.error());
  auto path = publish(context.options.data, **journal, *outcome, settings);
  if (!path)
    return tl::unexpected(path.error());
  spdlog::info("report {}", path->string());
  auto active = evolution::active_instances(**journal, settings.catalogue);
  if (!active)
    return tl::unexpected(active.error());
  return desk_instances(*active);
}

/// Unavailable when the disk has less free than configured: a node must end while what it knows still fits.
Status check_disk(const Context& context) {
  std::error_code error;
  auto free = std::filesystem::space(context.options.data, error).available;
  auto needed = static_cast<std::uintmax_t>(context.config.data.min_free_mib) << 20;
  if (error || free >= needed)
    return {};
  return fail(Category::unavailable,
              fmt::format("{} is left on the disk of {}, less than data.min_free_mib allows",
                          human_bytes(static_cast<double>(free)), context.options.data.string()),
              "free space there, then start the node again: it goes on where it stopped");
}

Status node(Context& context, const Options& options) {
  auto opened = open_store(context, storage::Mode::write);
  if (!opened)
    return tl::unexpected(opened.error());
  std::shared_ptr<storage::TickStore> store{std::move(*opened)};
  if (auto logging = log_to_files(context.config.log, context.options.data / "logs"); !logging)
    return logging;
  if (auto space = check_disk(context); !space)
    return space;
  auto history = prepare(context, *store);
  if (!history)
    return tl::unexpected(history.error());
  auto instruments = find_instruments(*store, {});
  if (!instruments)
    return tl::unexpected(instruments.error());
  auto journal = journal::Journal::open(journal_address(context));
  if (!journal)
    return tl::unexpected(journal.error());
  auto active = first_instances(context, **journal);
  if (!active)
    return tl::unexpected(active.error());

  supervisor::NodeConfig config;
  config.desk = desk_config(context.config, *instruments);
  config.history = *history;
  config.session_file = context.options.data / "session.json";
  config.speed = options.speed.value_or(context.config.sim.speed);
  config.grace_ns = context.config.clock.grace_ms * market::ns_per_ms;
  config.research_minute =
      context.config.evolution.enabled ? static_cast<std::int32_t>(context.config.evolution.minute) : -1;
  config.research_hours = static_cast<std::int32_t>(context.config.evolution.every_hours);
  config.threads = static_cast<std::size_t>(context.threads());
  PaperJournal paper{**journal};
  Status ended; // why the node stopped itself
  supervisor::NodeEdge edge;
  edge.now_ns = monotonic_now;
  edge.sleep = [](std::int64_t ns) {
    Stop::wait_for(std::chrono::milliseconds{std::max<std::int64_t>(1, ns / 1'000'000)});
  };
  edge.say = [](const std::string& text) { spdlog::info(text); };
  edge.warn = [](const std::string& text) { spdlog::warn(text); };
  edge.begin = [&](const supervisor::Session& session) {
    return paper.begin(session.start, "live", "session.json", session.start, *instruments);
  };
  edge.settled = [&](market::Round round, const desk::DeskConfig& desk, const desk::DeskResult& result,
                     desk::DeskRecords records) {
    auto kept = paper.keep(desk.trade_from, round, desk, result, std::move(records));
    if (!kept)
      spdlog::error("{} -> {}", kept.error().message, kept.error().remedy);
    if (paper.behind() >= PaperJournal::most_behind) {
      ended = kept;
      Stop::request();
    }
    spdlog::info("SYNTHETIC {}: equity {:.2f}, {} desk trades, {} orders, digest {}",
                 market::format_time(market::round_close(round)),
                 static_cast<double>(result.desk->equity_end_units()) / 1e8, result.desk->trades()->size(),
                 result.desk->orders(), result.digest);
    if (auto disk = check_disk(context); !disk) {
      spdlog::error("{}", disk.error().message);
      ended = disk;
      Stop::request();
    }
    return paper.kept();
  };
  edge.control = [&](market::Round session, const desk::ControlEvent& event) {
    return paper.control(session, event);
  };
  edge.health = [&](market::TimeNs time, const std::string& part, const std::string& state,
                    const std::string& why) {
    if (auto told = paper.health({paper.session(), time, part, state, why}); !told)
      spdlog::error("{} -> {}", told.error().message, told.error().remedy);
  };
  auto research = [&](market::TimeNs as_of) { return research_once(context, store, *instruments, as_of); };
  spdlog::info(
      "paper trading on the simulated exchange (synthetic data), {} instruments, speed {}; stop with Ctrl-C",
      instruments->size(), config.speed);
  auto ran = supervisor::run_node(config, store, *active, research, edge, Stop::flag(), options.rounds);
  if (ran)
    spdlog::info("stopped cleanly");
  return ran ? ended : ran;
}

} // namespace

void register_node(Registry& registry) {
  auto options = std::make_shared<Options>();
  registry.verb("node", "Paper-trade live on the simulated exchange, with a research cycle every hour")
      .option("--speed", options->speed, "Event seconds per second (default: [sim] speed)")
      .option("--rounds", options->rounds, "Stop after this many live minutes; 0: run until stopped")
      .run([options](Context& context) { return node(context, *options); });
}

} // namespace finch::runtime
