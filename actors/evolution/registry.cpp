#include "actors/evolution/registry.hpp"

#include "actors/strategies/link.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace finch::evolution {
namespace {

constexpr std::size_t hash_digits = 6;

journal::Score score_row(const CycleOutcome& outcome, const Examined& examined, const Score& score,
                         std::string kind, market::Round first, market::Round last) {
  journal::Score row;
  row.cycle = outcome.cycle;
  row.spec_hash = examined.hash;
  row.minutes = examined.instance.timeframe.minutes;
  row.kind = std::move(kind);
  row.first_round = first;
  row.last_round = last;
  row.trades = static_cast<std::int64_t>(score.trades.trades);
  row.net_units = std::llround(score.trades.net * 1e8);
  row.win_rate = score.trades.win_rate;
  row.profit_factor = score.trades.profit_factor;
  row.sharpe = score.sharpe;
  row.max_drawdown = score.max_drawdown;
  row.eep = score.eep.score;
  row.composite = score.composite.score;
  row.deflated_sharpe = score.dsr;
  row.drift = examined.drift;
  row.rank = examined.placement.rank;
  row.verdict = fmt::format("{}: {}", to_string(examined.placement.action), examined.placement.reason);
  return row;
}

std::string instance_hash(const std::string& spec_hash, market::Timeframe timeframe) {
  return spec_hash + "@" + market::format_timeframe(timeframe);
}

/// The strategy and its version, unless they are known.
Status keep_strategy(journal::Journal& journal, const Examined& examined, market::TimeNs as_of) {
  const auto& spec = examined.registered();
  auto known = journal.count<journal::StrategyVersion>(journal::Query{}.equal("spec_hash", examined.hash));
  if (!known)
    return tl::unexpected(known.error());
  if (*known > 0)
    return {};
  auto origin = spec.parent.empty() ? "seed" : "genetic";
  if (auto put = journal.put(
          journal::Strategy{spec.name, spec.family, origin, lineage_of(spec.name), spec.description, as_of});
      !put)
    return put;
  return journal.put(journal::StrategyVersion{examined.hash, spec.name, 1, spec.parent,
                                              strategies::canonical_json(spec), examined.placement.reason,
                                              as_of});
}

Status keep_instance(journal::Journal& journal, const CycleOutcome& outcome, const Examined& examined,
                     market::Round effective) {
  const auto& placement = examined.placement;
  auto stays = placement.rank > 0;
  if (!stays && examined.tier == 0)
    return {};
  if (auto kept = keep_strategy(journal, examined, outcome.as_of_ns); !kept)
    return kept;
  journal::Instance row;
  row.spec_hash = examined.hash;
  row.minutes = examined.instance.timeframe.minutes;
  row.strategy = examined.instance.spec.name;
  row.tier = fmt::format("T{}", stays ? placement.tier : examined.tier);
  row.active = stays;
  row.rank = placement.rank;
  row.born_round = examined.tier == 0 ? effective : examined.born_round;
  row.changed_round = placement.action == Action::keep ? examined.born_round : effective;
  row.reason = placement.reason;
  return journal.put(row);
}

journal::Cycle cycle_row(const CycleOutcome& outcome, std::int64_t seed) {
  journal::Cycle row;
  row.id = outcome.cycle;
  row.as_of_ns = outcome.as_of_ns;
  row.seed = seed;
  row.trials = outcome.trials_new;
  return row;
}

} // namespace

std::string lineage_of(const std::string& name) {
  auto tail = name.size() - std::min(name.size(), hash_digits + 2);
  auto suffixed = name.size() > hash_digits + 2 && name.compare(tail, 2, "_v") == 0 &&
                  name.find_first_not_of("0123456789abcdef", tail + 2) == std::string::npos;
  return suffixed ? name.substr(0, tail) : name;
}

std::string variant_name(const std::string& parent, const std::string& hash) {
  return lineage_of(parent) + "_v" + hash.substr(0, hash_digits);
}

Status journal_stage(journal::Journal& journal, const CycleOutcome& outcome, std::int64_t seed,
                     const StageRecord& record) {
  auto cycle = cycle_row(outcome, seed);
  cycle.state = "running";
  cycle.stage = to_string(record.stage);
  if (auto put = journal.put(cycle); !put)
    return put;
  journal::CycleStage row;
  row.cycle = outcome.cycle;
  row.ordinal = static_cast<std::int64_t>(record.stage);
  row.stage = to_string(record.stage);
  row.state = to_string(record.state);
  row.seconds = record.state == StageState::running
                    ? std::nan("")
                    : static_cast<double>(record.end_ns - record.start_ns) / 1e9;
  row.detail = record.detail;
  return journal.put(row);
}

Status close_cycle(journal::Journal& journal, const CycleOutcome& outcome, std::int64_t seed,
                   const std::optional<Error>& error) {
  auto cycle = cycle_row(outcome, seed);
  cycle.state = error ? "failed" : "done";
  cycle.stage = outcome.stages.empty() ? "" : to_string(outcome.stages.back().stage);
  cycle.message = error ? error->message : "";
  return journal.put(cycle);
}

Status register_outcome(journal::Journal& journal, const CycleOutcome& outcome, market::Round first,
                        market::Round last, market::Round effective) {
  return journal.transact([&]() -> Status {
    for (const auto& examined : outcome.examined) {
      auto kind = examined.tier > 0 ? "active" : "candidate";
      if (auto put = journal.put(score_row(outcome, examined, examined.score, kind, first, last)); !put)
        return put;
      if (auto kept = keep_instance(journal, outcome, examined, effective); !kept)
        return kept;
    }
    return {};
  });
}

Result<Archived> archived_instances(journal::Journal& journal) {
  auto rows = journal.select<journal::Instance>(journal::Query{}.equal("active", false));
  if (!rows)
    return tl::unexpected(rows.error());
  Archived archived;
  for (const auto& row : *rows)
    archived.insert(instance_hash(row.spec_hash, {static_cast<std::int32_t>(row.minutes)}));
  return archived;
}

Examined examine(strategies::Instance registered, const Archived& archived) {
  Examined examined;
  examined.hash = strategies::spec_hash(registered.spec);
  examined.drift = std::nan("");
  auto silenced = strategies::silence(registered.spec, [&](const strategies::Spec& voter) {
    return archived.contains(instance_hash(strategies::spec_hash(voter), registered.timeframe));
  });
  examined.missing_voters = std::move(silenced.voters);
  if (!examined.missing_voters.empty())
    examined.pinned = std::exchange(registered.spec, std::move(silenced.spec));
  examined.instance = std::move(registered);
  return examined;
}

Result<std::vector<Abstention>> abstentions(journal::Journal& journal, const CycleOutcome& outcome) {
  auto archived = archived_instances(journal);
  if (!archived)
    return tl::unexpected(archived.error());
  std::vector<Abstention> without;
  for (const auto& examined : outcome.examined)
    if (examined.placement.rank > 0)
      if (auto now = examine({examined.registered(), examined.instance.timeframe}, *archived);
          !now.missing_voters.empty())
        without.push_back({examined.instance.id(), std::move(now.missing_voters)});
  return without;
}

Result<std::vector<Examined>> active_instances(journal::Journal& journal,
                                               const features::Catalogue& catalogue) {
  auto rows = journal.select<journal::Instance>(journal::Query{}.equal("active", true).order_by("rank"));
  if (!rows)
    return tl::unexpected(rows.error());
  auto archived = archived_instances(journal);
  if (!archived)
    return tl::unexpected(archived.error());
  auto vocabulary = strategies::catalogue_vocabulary(catalogue);
  std::vector<Examined> active;
  for (const auto& row : *rows) {
    auto versions =
        journal.select<journal::StrategyVersion>(journal::Query{}.equal("spec_hash", row.spec_hash));
    if (!versions)
      return tl::unexpected(versions.error());
    if (versions->empty())
      return fail(
          Category::failed,
          fmt::format("the journal has no spec for the active instance {}@{}m", row.strategy, row.minutes),
          "restore the journal from a backup, or start with an empty data directory");
    auto spec = strategies::parse_spec(versions->front().spec, vocabulary, "journal: " + row.strategy);
    if (!spec)
      return tl::unexpected(spec.error());
    if (!spec->user_features.empty() && strategies::spec_hash(*spec) != row.spec_hash)
      return fail(
          Category::bad_input,
          fmt::format("the feature {} that the active strategy {} reads is not the one it was admitted "
                      "with",
                      spec->user_features.begin()->first, row.strategy),
          "restore the formulas under [features], and give new ones other names");
    auto examined = examine({std::move(*spec), {static_cast<std::int32_t>(row.minutes)}}, *archived);
    examined.hash = row.spec_hash;
    examined.tier = row.tier == "T2" ? 2 : 1;
    examined.born_round = row.born_round;
    active.push_back(std::move(examined));
  }
  return active;
}

} // namespace finch::evolution
