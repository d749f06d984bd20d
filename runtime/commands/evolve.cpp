#include "actors/desk/replay.hpp"
#include "runtime/commands/commands.hpp"
#include "runtime/commands/open_store.hpp"
#include "runtime/desk_report.hpp"
#include "runtime/evolution_report.hpp"
#include "runtime/library.hpp"
#include "runtime/research_setup.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <map>

namespace finch::runtime {
namespace {

constexpr std::size_t scores_shown = 20; // a screenful; the file has all

struct Options {
  std::int64_t cycles = 1;
  std::optional<std::int64_t> seed;
  std::optional<market::TimeNs> as_of;
  std::vector<std::string> symbols;
};

market::TimeNs monotonic_now() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

/// When each instance was active over the cycles run: what the desk replays.
class ActiveRecord {
public:
  /// The set in force from `round` on.
  void set(const std::vector<evolution::Examined>& active, market::Round round) {
    for (auto& [hash, instance] : open_)
      instance.active.to = round;
    for (auto& now : desk_instances(active)) {
      auto hash = now.instance.hash();
      if (auto known = open_.find(hash); known != open_.end()) {
        known->second.active.to = INT64_MAX;
        known->second.weighted = now.weighted;
        continue;
      }
      now.active = {round, INT64_MAX};
      open_.emplace(hash, std::move(now));
    }
    for (auto at = open_.begin(); at != open_.end();) {
      if (at->second.active.to == INT64_MAX) {
        ++at;
        continue;
      }
      closed_.push_back(std::move(at->second));
      at = open_.erase(at);
    }
  }
  [[nodiscard]] std::vector<desk::DeskInstance> all() const {
    auto instances = closed_;
    for (const auto& [hash, instance] : open_)
      instances.push_back(instance);
    return instances;
  }

private:
  std::map<std::string, desk::DeskInstance> open_; // by instance hash
  std::vector<desk::DeskInstance> closed_;
};

class Evolve {
public:
  Evolve(Context& context, const Options& options) : context_{context}, options_{options} {}

  Status run() {
    if (options_.cycles < 1)
      return fail(Category::usage, fmt::format("--cycles {} is not a number of cycles", options_.cycles),
                  "give 1 or more");
    if (auto ready = open(); !ready)
      return ready;
    if (auto shown = show_finished(); !shown || *shown)
      return shown ? Status{} : tl::unexpected(shown.error());
    auto first_as_of = as_of_ - (options_.cycles - 1) * market::ns_per_hour;
    for (std::int64_t i = 0; i < options_.cycles; ++i)
      if (auto done = cycle(first_as_of + i * market::ns_per_hour); !done)
        return done;
    if (options_.cycles > 1)
      if (auto replayed = replay(market::round_of(first_as_of), market::round_of(as_of_) - 1); !replayed)
        return replayed;
    context_.console.document({{"cycles", cycles_}, {"desk", desk_}});
    return {};
  }

private:
  Status open() {
    auto opened = open_store(context_, storage::Mode::read);
    if (!opened)
      return tl::unexpected(opened.error());
    store_ = std::move(*opened);
    auto instruments = find_instruments(*store_, options_.symbols);
    if (!instruments)
      return tl::unexpected(instruments.error());
    auto recorded = desk::recorded_rounds(*store_, *instruments);
    if (!recorded)
      return tl::unexpected(recorded.error());
    as_of_ = options_.as_of.value_or(market::round_close(recorded->last));
    auto specs = find_specs(context_);
    if (!specs)
      return tl::unexpected(specs.error());
    for (auto& stored : *specs)
      if (!stored.generated)
        library_.push_back(std::move(stored.spec));
    auto journal = journal::Journal::open(journal_address(context_));
    if (!journal)
      return tl::unexpected(journal.error());
    journal_ = std::move(*journal);
    research_ = research_config(context_.config, std::move(*instruments),
                                static_cast<std::size_t>(context_.threads()));
    if (options_.seed)
      research_.seed = static_cast<std::uint64_t>(*options_.seed);
    return {};
  }

  /// Shows the report of the cycle asked for where the journal has it finished: running it again would count
  /// new trials and find nothing new. False when there is none, or when a seed or symbols ask for another.
  Result<bool> show_finished() {
    if (options_.cycles != 1 || options_.seed || !options_.symbols.empty())
      return false;
    auto rows = journal_->select<journal::Cycle>(journal::Query{}.equal("as_of_ns", as_of_));
    if (!rows)
      return tl::unexpected(rows.error());
    auto stem = reporting::cycle_report_path(context_.options.data / "reports", as_of_).string();
    std::ifstream text{stem + ".md"}, json{stem + ".json"};
    auto done = std::any_of(rows->begin(), rows->end(), [&](const journal::Cycle& row) {
      return row.state == "done" && static_cast<std::uint64_t>(row.seed) == research_.seed;
    });
    if (!done || !text || !json)
      return false;
    auto report = nlohmann::ordered_json::parse(json, nullptr, false);
    if (report.is_discarded())
      return false;
    cycles_.push_back(std::move(report));
    context_.console.document({{"cycles", cycles_}, {"desk", desk_}});
    context_.console.line(std::string{std::istreambuf_iterator<char>{text}, {}});
    context_.console.note("this cycle was run before: " + stem + ".md; another --seed draws other variants");
    return true;
  }

  Status cycle(market::TimeNs as_of) {
    Progress progress{context_.console, "cycle " + market::format_time(as_of), "%", 100};
    evolution::ResearchCycle research{store_, *journal_, library_, research_};
    auto outcome = research.run(as_of, monotonic_now, [&](evolution::Stage stage, double share) {
      progress.update(100 * share, evolution::to_string(stage));
      return !Stop::requested();
    });
    if (!outcome)
      return tl::unexpected(outcome.error());
    auto path = publish(context_.options.data, *journal_, *outcome, research_);
    if (!path)
      return tl::unexpected(path.error());
    auto active = evolution::active_instances(*journal_, research_.catalogue);
    if (!active)
      return tl::unexpected(active.error());
    record_.set(*active, market::round_of(as_of));
    auto synthetic = !research_.instruments.empty() && research_.instruments.front().synthetic;
    auto report =
        cycle_report(*outcome, research_.slots, research_.seed, research_.instruments.size(), synthetic);
    context_.console.line(reporting::render_markdown(report, scores_shown));
    context_.console.note("the whole report: " + path->string());
    cycles_.push_back(nlohmann::ordered_json::parse(reporting::render_json(report)));
    return {};
  }

  /// The desk over the hours between the first cycle and the last, each instance while it was active.
  Status replay(market::Round from, market::Round last) {
    desk::ReplayJob job;
    job.desk = desk_config(context_.config, research_.instruments);
    job.desk.instances = record_.all();
    auto recorded = desk::recorded_rounds(*store_, job.desk.instruments);
    if (!recorded)
      return tl::unexpected(recorded.error());
    job.desk.first = recorded->first;
    job.desk.trade_from = from;
    job.last = last;
    job.threads = research_.threads;
    if (job.desk.instances.empty()) {
      context_.console.line("the desk did not trade: no instance was active");
      return {};
    }
    auto begin = monotonic_now();
    auto result = desk::replay(store_, job, [](market::Round) { return !Stop::requested(); });
    if (!result)
      return tl::unexpected(result.error());
    DeskRun run{job.desk, *result, last, static_cast<double>(monotonic_now() - begin) / 1e9};
    print_desk(context_.console, run);
    desk_ = desk_document(run);
    return {};
  }

  Context& context_;
  const Options& options_;
  std::shared_ptr<const storage::TickStore> store_;
  std::unique_ptr<journal::Journal> journal_;
  std::vector<strategies::Spec> library_;
  evolution::ResearchConfig research_;
  market::TimeNs as_of_ = 0;
  ActiveRecord record_;
  nlohmann::ordered_json cycles_ = nlohmann::ordered_json::array();
  nlohmann::ordered_json desk_;
};

} // namespace

void register_evolve(Registry& registry) {
  auto options = std::make_shared<Options>();
  registry.verb("evolve", "Score, vary, backtest, rank and replace strategies on stored data")
      .option("--cycles", options->cycles,
              "Hourly cycles to run; the first is that many hours before the last")
      .option("--seed", options->seed, "Decides every draw (default: [evolution] seed)")
      .time("--as-of", options->as_of,
            "The last cycle sees nothing after this (default: the end of the data)")
      .list("--symbols", options->symbols, "Instruments (default: all)")
      .run([options](Context& context) {
        return Evolve{context, *options}.run();
      });
}

} // namespace finch::runtime
