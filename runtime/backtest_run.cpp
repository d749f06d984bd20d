#include "runtime/backtest_run.hpp"

#include "actors/backtest/screen.hpp"
#include "actors/backtest/search_sources.hpp"
#include "actors/backtest/stored_features.hpp"
#include "actors/desk/replay.hpp"
#include "actors/evolution/registry.hpp"
#include "actors/evolution/variants.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace finch::runtime {
namespace {

constexpr std::uint64_t most_variants = 12; // of one spec in a walk-forward, itself included

std::vector<strategies::Instance> instances_on(const std::vector<strategies::Spec>& specs,
                                               const std::vector<market::Timeframe>& timeframes) {
  std::vector<strategies::Instance> instances;
  for (const auto& spec : specs)
    for (auto timeframe : timeframes.empty() ? spec.timeframes : timeframes)
      instances.push_back({spec, timeframe});
  return instances;
}

} // namespace

Backtest::Backtest(std::shared_ptr<const storage::TickStore> store, journal::Journal& journal,
                   evolution::ResearchConfig config, BacktestRequest request)
    : store_{std::move(store)}, journal_{journal}, config_{std::move(config)}, request_{std::move(request)},
      instances_{instances_on(request_.specs, request_.timeframes)} {
  std::set<market::Timeframe> needed{config_.timeframes.begin(), config_.timeframes.end()};
  for (const auto& instance : instances_)
    for (auto timeframe : strategies::required_timeframes(instance.spec, instance.timeframe))
      needed.insert(timeframe);
  timeframes_ = {needed.begin(), needed.end()};
}

Status Backtest::find_window(BacktestRun& run) {
  auto data = desk::recorded_rounds(*store_, config_.instruments);
  if (!data)
    return tl::unexpected(data.error());
  span_.first = data->first;
  auto begin = market::round_begin(data->first), end = market::round_close(data->last);
  auto holdout = storage::Holdout::of(begin, end, config_.holdout);
  if (market::round_of(holdout.h0()) <= data->first) {
    run.warnings.emplace_back("less than two days before the holdout: nothing is held out");
    holdout = storage::Holdout::at((market::day_of(end) + 1) * market::ns_per_day);
  }
  run.h0_ns = holdout.h0();
  if (request_.holdout) {
    if (holdout.h0() >= end)
      return fail(Category::usage, "there is no holdout: less than two days of data lie before it",
                  "store more data");
    span_.trade_from = market::round_of(holdout.h0());
    span_.last = data->last;
    sources_ = backtest::stored_sources(store_);
    return {};
  }
  auto to = std::min(request_.to.value_or(holdout.h0()), end);
  auto from = std::max(begin, request_.from.value_or(to - config_.window_days * market::ns_per_day));
  auto window = holdout.window(from, to);
  if (!window) {
    auto error = window.error();
    error.remedy = fmt::format("the store has {} .. {} before the holdout", market::format_time(begin),
                               market::format_time(std::min(holdout.h0(), end)));
    if (to > holdout.h0())
      error.remedy = "end it at or before that time, or take the one look at the holdout with --holdout";
    return tl::unexpected(std::move(error));
  }
  backtest::SearchSources locked{backtest::stored_sources(store_), *window};
  span_.trade_from = locked.first();
  span_.last = locked.last();
  sources_ = locked;
  return {};
}

Status Backtest::ask_for_look(BacktestRun& run) {
  std::set<std::string> lineages;
  for (const auto& spec : request_.specs)
    lineages.insert(evolution::lineage_of(spec.name));
  auto day = market::day_of(run.h0_ns);
  for (const auto& lineage : lineages) {
    auto had = journal_.select<journal::HoldoutLook>(
        journal::Query{}.equal("lineage", lineage).equal("day", static_cast<std::int64_t>(day)));
    if (!had)
      return tl::unexpected(had.error());
    if (had->empty())
      continue;
    auto look = had->front();
    look.outcome += "; a second look was refused";
    if (auto put = journal_.put(look); !put)
      return put;
    return fail(Category::usage,
                fmt::format("{} and its relatives have had their look at the holdout from {} on", lineage,
                            market::format_day(day)),
                "wait until the holdout has moved a day; what was seen once is no confirmation any more");
  }
  return {};
}

evolution::TrialTerms Backtest::terms(std::string purpose) const {
  auto cost_model = config_.cost_model;
  // The same variant on other instruments is another trial.
  if (!request_.symbols.empty()) {
    std::vector<std::string> names;
    for (const auto& instrument : config_.instruments)
      names.push_back(market::format_name(instrument.name));
    cost_model += fmt::format(" on {}", fmt::join(names, " "));
  }
  return {market::day_of(market::round_begin(span_.first)),
          0,
          span_.trade_from,
          span_.last,
          std::move(cost_model),
          std::move(purpose)};
}

Result<backtest::History> Backtest::columns(const std::vector<strategies::Instance>& instances,
                                            std::set<std::string> features,
                                            const std::function<bool(double)>& advance) const {
  backtest::HistoryJob job;
  job.instruments = config_.instruments;
  job.timeframes = timeframes_;
  job.features = std::move(features);
  job.catalogue = config_.catalogue;
  job.first = span_.first;
  job.last = span_.last;
  job.threads = config_.threads;
  job.checkpoints = backtest::stored_checkpoints(store_);
  auto lookback = backtest::lookback_of(instances, job);
  if (!lookback)
    return tl::unexpected(lookback.error());
  // A day more, so that the last bars of longer timeframes are there too.
  job.keep_from = span_.trade_from - *lookback - market::rounds_per_day;
  auto rounds = static_cast<double>(job.last - job.first + 1);
  return backtest::History::compute(job, sources_, [&](market::Round round) {
    return advance(static_cast<double>(round - job.first + 1) / rounds);
  });
}

Result<std::vector<ResultFrame>> Backtest::work(const std::vector<strategies::Instance>& instances,
                                                bool exact, double share, const Advance& advance) const {
  if (exact) {
    backtest::ExactJob job;
    job.instruments = config_.instruments;
    job.timeframes = timeframes_;
    job.instances = instances;
    job.catalogue = config_.catalogue;
    job.first = span_.first;
    job.trade_from = span_.trade_from;
    job.last = span_.last;
    job.account = config_.account;
    job.threads = config_.threads;
    job.checkpoints = backtest::stored_checkpoints(store_);
    auto rounds = static_cast<double>(job.last - job.first + 1);
    return backtest::exact_backtest(job, sources_, [&](market::Round round) {
      return advance(share * static_cast<double>(round - job.first + 1) / rounds,
                     market::format_time(market::round_close(round)));
    });
  }
  auto history = columns(instances, backtest::features_of(instances),
                         [&](double part) { return advance(share * 0.8 * part, "features"); });
  if (!history)
    return tl::unexpected(history.error());
  backtest::ScreenJob job{instances,       span_.first, span_.trade_from, span_.last,
                          config_.account, {},          config_.threads};
  return backtest::screen(job, *history,
                          [&](double part) { return advance(share * (0.8 + 0.2 * part), "strategies"); });
}

Status Backtest::grant_looks(const BacktestRun& run) {
  std::set<std::string> lineages;
  for (const auto& one : run.evaluated) {
    journal::HoldoutLook look;
    look.lineage = evolution::lineage_of(one.instance.spec.name);
    look.day = market::day_of(run.h0_ns);
    look.spec_hash = one.hash;
    look.outcome = fmt::format("looked at with {} instances", run.evaluated.size());
    if (!lineages.insert(look.lineage).second)
      continue;
    auto granted = journal_.record_holdout_look(look);
    if (!granted)
      return tl::unexpected(granted.error());
    if (!*granted)
      return fail(Category::usage,
                  fmt::format("{} was given its look at the holdout by another process", look.lineage),
                  "wait until the holdout has moved a day");
  }
  return {};
}

/// Counts the trials and, on the holdout, the looks: all or nothing.
Status Backtest::keep(BacktestRun& run, const std::vector<evolution::Evaluated>& tried) {
  return journal_.transact([&]() -> Status {
    if (request_.holdout)
      if (auto granted = grant_looks(run); !granted)
        return granted;
    auto purpose = request_.holdout ? "holdout" : request_.exact ? "promotion" : "screen";
    auto counted = evolution::count_trials(journal_, run.evaluated, terms(purpose));
    if (!counted)
      return tl::unexpected(counted.error());
    run.counted = *counted;
    if (tried.empty())
      return {};
    auto more = evolution::count_trials(journal_, tried, terms("walk_forward"));
    if (!more)
      return tl::unexpected(more.error());
    more->fresh += run.counted.fresh;
    run.counted = *more;
    return {};
  });
}

/// Screens seeded variants of every spec and chooses among them fold by fold. Returns all it tried.
Result<std::vector<evolution::Evaluated>> Backtest::walk_forward(BacktestRun& run,
                                                                 const Advance& advance) const {
  std::vector<strategies::Instance> tried;
  std::vector<std::size_t> ends; // past each instance's variants
  for (const auto& instance : instances_) {
    tried.push_back(instance);
    auto variants = evolution::variants_of(instance.spec, config_.seed, 0, most_variants - 1);
    if (!variants)
      return tl::unexpected(variants.error());
    for (auto& variant : *variants)
      tried.push_back({std::move(variant), instance.timeframe});
    ends.push_back(tried.size());
  }
  auto results = work(tried, false, 1, advance);
  if (!results)
    return tl::unexpected(results.error());
  auto evaluated = evolution::evaluate(tried, *results, config_.instruments);
  for (std::size_t i = 0, begin = 0; i < instances_.size(); begin = ends[i++]) {
    std::vector<std::vector<double>> returns;
    for (auto at = begin; at < ends[i]; ++at)
      returns.push_back(evaluated[at].score.hourly_returns);
    auto walk = evolution::choose_forward(returns);
    run.walks.push_back({instances_[i].id(), returns.size(), walk.folds, walk.profitable_folds,
                         walk.inside_sharpe, walk.outside_sharpe, walk.outside_return});
  }
  return evaluated;
}

Result<BacktestRun> Backtest::run(const Advance& advance) {
  BacktestRun run;
  run.exact = request_.exact;
  run.holdout = request_.holdout;
  run.instruments = config_.instruments;
  run.currency = currency_of(config_.instruments);
  if (auto found = find_window(run); !found)
    return tl::unexpected(found.error());
  if (request_.holdout)
    if (auto asked = ask_for_look(run); !asked)
      return tl::unexpected(asked.error());
  run.first = span_.trade_from;
  run.last = span_.last;
  auto share = request_.walk_forward ? 0.7 : 1.0;
  auto results = work(instances_, request_.exact, share, advance);
  if (!results)
    return tl::unexpected(results.error());
  run.results = std::move(*results);
  run.evaluated = evolution::evaluate(instances_, run.results, config_.instruments);
  std::vector<evolution::Evaluated> tried;
  if (request_.walk_forward) {
    auto walked = walk_forward(
        run, [&](double part, std::string_view now) { return advance(share + (1 - share) * part, now); });
    if (!walked)
      return tl::unexpected(walked.error());
    tried = std::move(*walked);
  }
  // Until here a run that is stopped leaves nothing behind.
  if (auto kept = keep(run, tried); !kept)
    return tl::unexpected(kept.error());
  evolution::deflate(run.evaluated, run.counted.search);
  run.comparison = evolution::compare(run.evaluated, run.counted.search, config_.seed);
  return run;
}

Result<backtest::History> Backtest::regimes(const Advance& advance) const {
  return columns({}, {"market_regime"}, [&](double part) { return advance(part, "regimes"); });
}

} // namespace finch::runtime
