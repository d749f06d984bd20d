#include "actors/evolution/research_cycle.hpp"

#include "actors/backtest/exact.hpp"
#include "actors/backtest/search_sources.hpp"
#include "actors/backtest/stored_features.hpp"
#include "actors/evolution/evidence.hpp"
#include "actors/evolution/ledger.hpp"
#include "actors/evolution/registry.hpp"
#include "actors/evolution/variants.hpp"
#include "actors/statistics/random.hpp"
#include "actors/storage/holdout.hpp"
#include "actors/storage/journal/trial_ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace finch::evolution {
namespace {

/// Rounds [first, last] of data before `as_of`.
struct Span {
  market::Round first = 0, last = -1;
};

Result<Span> recorded(const storage::TickStore& store, market::TimeNs as_of) {
  Span span{INT64_MAX, INT64_MIN};
  for (const auto& info : store.spans()) {
    if (info.kind == storage::Kind::quotes || info.kind == storage::Kind::funding)
      continue;
    auto tail = info.kind == storage::Kind::bars ? info.timeframe.minutes - 1 : 0;
    span.first = std::min(span.first, market::round_of(info.first_ns));
    span.last = std::max(span.last, market::round_of(info.last_ns) + tail);
  }
  span.last = std::min(span.last, market::round_of(as_of) - 1);
  if (span.first <= span.last)
    return span;
  return fail(Category::usage, fmt::format("there is no data before {}", market::format_time(as_of)),
              "fill the store with 'finch import' or 'finch data fill', or choose a later time");
}

std::string id_of(const Examined& examined) {
  return fmt::format("{}@{} {}", examined.instance.spec.name,
                     market::format_timeframe(examined.instance.timeframe), examined.hash.substr(0, 8));
}

} // namespace

/// One run's state between its stages.
class ResearchCycle::Stages {
public:
  Stages(ResearchCycle& cycle, market::TimeNs as_of, const std::function<bool(Stage, double)>& progress)
      : cycle_{cycle}, config_{cycle.config_}, progress_{progress} {
    outcome.as_of_ns = as_of;
    outcome.cycle = market::floor_div(as_of, market::ns_per_hour);
  }

  Result<StageOutcome> freeze();
  Result<StageOutcome> score_active();
  Result<StageOutcome> measure_drift();
  Result<StageOutcome> design();
  Result<StageOutcome> backtest();
  Result<StageOutcome> rank();

  CycleOutcome outcome;

private:
  /// Candidates and actives over the search window, through the holdout's lock.
  Result<std::vector<ResultFrame>> test_search(const std::vector<Examined>& instances, Stage stage) const;
  Result<std::vector<ResultFrame>> test(const std::vector<Examined>& instances, Span trade, Stage stage,
                                        const backtest::SourceFactory& sources) const;
  Status judge(std::vector<Examined>& instances, const std::vector<ResultFrame>& results);
  [[nodiscard]] Status add_candidate(strategies::Spec spec);
  [[nodiscard]] std::vector<std::pair<std::uint64_t, const strategies::Spec*>>
  in_drawn_order(const std::map<std::string, strategies::Spec>& parents) const;
  [[nodiscard]] std::int64_t epoch() const { return market::day_of(market::round_begin(data_.first)); }

  ResearchCycle& cycle_;
  const ResearchConfig& config_;
  const std::function<bool(Stage, double)>& progress_;
  Span data_, search_, forward_;
  std::optional<storage::SearchWindow> window_;
  std::vector<Examined> active_, candidates_;
  Archived archived_;
  std::set<std::string> known_; // hash@timeframe of everything in the cycle
};

Result<StageOutcome> ResearchCycle::Stages::freeze() {
  auto data = recorded(*cycle_.store_, outcome.as_of_ns);
  if (!data)
    return tl::unexpected(data.error());
  data_ = *data;
  auto end = market::round_close(data_.last);
  auto holdout = storage::Holdout::of(market::round_begin(data_.first), end, config_.holdout);
  auto days = config_.window_days * market::rounds_per_day;
  if (market::round_of(holdout.h0()) <= data_.first) {
    outcome.warnings.push_back(
        "less than two days before the holdout: everything was searched, nothing is held out");
    holdout = storage::Holdout::at(market::floor_div(end, market::ns_per_day) * market::ns_per_day +
                                   market::ns_per_day);
  }
  auto to = std::min(holdout.h0(), end);
  auto window =
      holdout.window(std::max(market::round_begin(data_.first), to - days * market::ns_per_minute), to);
  if (!window)
    return tl::unexpected(window.error());
  window_ = *window;
  search_ = {market::round_of(window->from()), market::round_of(window->to()) - 1};
  forward_ = {std::max(data_.first, data_.last + 1 - days), data_.last};
  outcome.h0_ns = holdout.h0();
  outcome.window_from_ns = window->from();
  outcome.window_to_ns = window->to();
  return StageOutcome{false,
                      fmt::format("search {} .. {}, held out from {}", market::format_time(window->from()),
                                  market::format_time(window->to()), market::format_time(holdout.h0()))};
}

Result<std::vector<ResultFrame>> ResearchCycle::Stages::test_search(const std::vector<Examined>& instances,
                                                                    Stage stage) const {
  backtest::SearchSources locked{backtest::stored_sources(cycle_.store_), *window_};
  return test(instances, {locked.first(), locked.last()}, stage, locked);
}

Result<std::vector<ResultFrame>> ResearchCycle::Stages::test(const std::vector<Examined>& instances,
                                                             Span trade, Stage stage,
                                                             const backtest::SourceFactory& sources) const {
  backtest::ExactJob job;
  job.instruments = config_.instruments;
  job.timeframes = config_.timeframes;
  job.catalogue = config_.catalogue;
  for (const auto& examined : instances)
    job.instances.push_back(examined.instance);
  job.first = data_.first;
  job.trade_from = trade.first;
  job.last = trade.last;
  job.account = config_.account;
  job.threads = config_.threads;
  job.checkpoints = backtest::stored_checkpoints(cycle_.store_);
  auto span = static_cast<double>(job.last - job.first + 1);
  return backtest::exact_backtest(job, sources, [&](market::Round round) {
    return !progress_ || progress_(stage, static_cast<double>(round - job.first + 1) / span);
  });
}

Status ResearchCycle::Stages::judge(std::vector<Examined>& instances,
                                    const std::vector<ResultFrame>& results) {
  std::vector<Evidence> evidence;
  std::map<std::string, std::vector<Cell>> cells; // all timeframes of one spec together
  for (std::size_t i = 0; i < instances.size(); ++i) {
    evidence.push_back(evidence_of(*results[i], config_.instruments));
    merge_cells(cells[instances[i].hash], evidence.back().cells);
  }
  // Every trial is in the ledger before any score is deflated by their number.
  std::vector<Evaluated> evaluated;
  for (std::size_t i = 0; i < instances.size(); ++i) {
    auto plain = score(id_of(instances[i]), evidence[i], cells[instances[i].hash], {}, std::nan(""));
    if (instances[i].tier > 0)
      instances[i].drift = statistics::drift(drift_metrics(plain), drift_metrics(instances[i].forward),
                                             instances[i].forward.trades.trades)
                               .overall;
    evaluated.push_back({instances[i].instance, instances[i].hash, evidence[i], std::move(plain)});
  }
  auto counted =
      count_trials(cycle_.journal_, evaluated,
                   {epoch(), outcome.cycle, search_.first, search_.last, config_.cost_model, "screen"});
  if (!counted)
    return tl::unexpected(counted.error());
  outcome.trials_new += counted->fresh;
  outcome.trials_total = counted->total;
  const auto& search = counted->search;
  for (std::size_t i = 0; i < instances.size(); ++i)
    instances[i].score =
        score(id_of(instances[i]), evidence[i], cells[instances[i].hash], search, instances[i].drift);
  return {};
}

Result<StageOutcome> ResearchCycle::Stages::score_active() {
  auto archived = archived_instances(cycle_.journal_);
  if (!archived)
    return tl::unexpected(archived.error());
  archived_ = std::move(*archived);
  auto active = active_instances(cycle_.journal_, config_.catalogue);
  if (!active)
    return tl::unexpected(active.error());
  active_ = std::move(*active);
  for (const auto& examined : active_)
    known_.insert(examined.instance.hash());
  if (active_.empty())
    return StageOutcome{true, "nothing is active yet"};
  auto forward = test(active_, forward_, Stage::score, backtest::stored_sources(cycle_.store_));
  if (!forward)
    return tl::unexpected(forward.error());
  for (std::size_t i = 0; i < active_.size(); ++i) {
    auto evidence = evidence_of(*(*forward)[i], config_.instruments);
    active_[i].forward = score(id_of(active_[i]), evidence, evidence.cells, {}, std::nan(""));
  }
  auto results = test_search(active_, Stage::score);
  if (!results)
    return tl::unexpected(results.error());
  if (auto judged = judge(active_, *results); !judged)
    return tl::unexpected(judged.error());
  return StageOutcome{false, fmt::format("{} active instances", active_.size())};
}

Result<StageOutcome> ResearchCycle::Stages::measure_drift() {
  std::size_t measured = 0;
  for (const auto& examined : active_)
    measured += std::isnan(examined.drift) ? 0 : 1;
  if (measured == 0)
    return StageOutcome{true, "no active instance has enough forward trades"};
  return StageOutcome{false,
                      fmt::format("{} of {} instances have enough forward trades", measured, active_.size())};
}

Status ResearchCycle::Stages::add_candidate(strategies::Spec spec) {
  for (auto& instance : strategies::instances(spec)) {
    auto examined = examine(std::move(instance), archived_);
    if (known_.insert(examined.instance.hash()).second)
      candidates_.push_back(std::move(examined));
  }
  return {};
}

/// With more parents than variants each cycle serves others first. The keys tell cycles and specs apart.
std::vector<std::pair<std::uint64_t, const strategies::Spec*>>
ResearchCycle::Stages::in_drawn_order(const std::map<std::string, strategies::Spec>& parents) const {
  std::vector<std::pair<std::uint64_t, const strategies::Spec*>> order;
  for (const auto& [hash, parent] : parents) {
    auto key = static_cast<std::uint64_t>(outcome.cycle) ^ std::stoull(hash.substr(0, 16), nullptr, 16);
    order.emplace_back(key, &parent);
  }
  std::sort(order.begin(), order.end(), [this](const auto& a, const auto& b) {
    return statistics::draw(config_.seed, a.first, 0) < statistics::draw(config_.seed, b.first, 0);
  });
  return order;
}

Result<StageOutcome> ResearchCycle::Stages::design() {
  // Parents are the library and everything active: what earlier cycles found is varied further.
  std::map<std::string, strategies::Spec> parents;
  for (const auto& spec : cycle_.library_)
    parents.emplace(strategies::spec_hash(spec), spec);
  for (const auto& examined : active_)
    parents.emplace(examined.hash, examined.registered());
  for (const auto& spec : cycle_.library_)
    if (auto added = add_candidate(spec); !added)
      return tl::unexpected(added.error());
  auto per_parent = parents.empty()
                        ? 0
                        : (static_cast<std::size_t>(config_.variants) + parents.size() - 1) / parents.size();
  std::size_t drawn = 0;
  for (const auto& [key, parent] : in_drawn_order(parents)) {
    auto variants = variants_of(*parent, config_.seed, key, per_parent);
    if (!variants)
      return tl::unexpected(variants.error());
    for (auto& variant : *variants) {
      if (drawn == static_cast<std::size_t>(config_.variants))
        break;
      if (auto added = add_candidate(std::move(variant)); !added)
        return tl::unexpected(added.error());
      ++drawn;
    }
  }
  return StageOutcome{false, fmt::format("{} variants of {} specs, {} candidate instances", drawn,
                                         parents.size(), candidates_.size())};
}

Result<StageOutcome> ResearchCycle::Stages::backtest() {
  if (candidates_.empty())
    return StageOutcome{true, "no candidates"};
  auto results = test_search(candidates_, Stage::backtest);
  if (!results)
    return tl::unexpected(results.error());
  if (auto judged = judge(candidates_, *results); !judged)
    return tl::unexpected(judged.error());
  return StageOutcome{false, fmt::format("{} instances, {} trials counted for the first time, {} ever",
                                         candidates_.size(), outcome.trials_new, outcome.trials_total)};
}

Result<StageOutcome> ResearchCycle::Stages::rank() {
  std::vector<Contender> actives, candidates;
  std::map<std::string, Examined*> by_id;
  for (auto& examined : active_) {
    actives.push_back({examined.score, examined.tier});
    by_id.emplace(examined.score.instance, &examined);
  }
  for (auto& examined : candidates_) {
    candidates.push_back({examined.score, 0});
    by_id.emplace(examined.score.instance, &examined);
  }
  PlanConfig terms;
  terms.slots = config_.slots;
  auto decided = plan(actives, candidates, terms);
  outcome.empty_slots = decided.empty;
  outcome.provisional = decided.provisional;
  for (auto& placement : decided.placements) {
    auto* examined = by_id.at(placement.instance);
    examined->placement = placement;
    outcome.examined.push_back(std::move(*examined));
  }
  auto filled = std::count_if(outcome.examined.begin(), outcome.examined.end(),
                              [](const Examined& examined) { return examined.placement.rank > 0; });
  std::stable_sort(
      outcome.examined.begin() + filled, outcome.examined.end(),
      [](const Examined& a, const Examined& b) { return a.score.composite.score > b.score.composite.score; });
  if (auto kept = register_outcome(cycle_.journal_, outcome, search_.first, search_.last, data_.last + 1);
      !kept)
    return tl::unexpected(kept.error());
  auto without = abstentions(cycle_.journal_, outcome);
  if (!without)
    return tl::unexpected(without.error());
  outcome.abstentions = std::move(*without);
  return StageOutcome{false, fmt::format("{} of {} slots filled", filled, config_.slots)};
}

ResearchCycle::ResearchCycle(std::shared_ptr<const storage::TickStore> store, journal::Journal& journal,
                             std::vector<strategies::Spec> library, ResearchConfig config)
    : store_{std::move(store)}, journal_{journal}, library_{std::move(library)}, config_{std::move(config)} {}

Result<CycleOutcome> ResearchCycle::run(market::TimeNs as_of_ns, const std::function<market::TimeNs()>& now,
                                        const std::function<bool(Stage, double)>& progress) {
  Stages stages{*this, as_of_ns, progress};
  CycleTable table;
  table[Stage::freeze] = [&] { return stages.freeze(); };
  table[Stage::score] = [&] { return stages.score_active(); };
  table[Stage::drift] = [&] { return stages.measure_drift(); };
  table[Stage::design] = [&] { return stages.design(); };
  table[Stage::backtest] = [&] { return stages.backtest(); };
  table[Stage::rank] = [&] { return stages.rank(); };
  table.now = now;
  table.journal = [&](const StageRecord& record) {
    return journal_stage(journal_, stages.outcome, static_cast<std::int64_t>(config_.seed), record);
  };
  auto result = run_cycle(table);
  stages.outcome.stages = result.records;
  if (auto closed =
          close_cycle(journal_, stages.outcome, static_cast<std::int64_t>(config_.seed), result.error);
      !closed)
    return tl::unexpected(closed.error());
  if (result.error)
    return tl::unexpected(*result.error);
  return std::move(stages.outcome);
}

} // namespace finch::evolution
