/// What a cycle leaves in the journal: who is active, what was scored, how each stage went.
#pragma once

#include "actors/evolution/research_cycle.hpp"

#include <set>
#include <span>

namespace finch::evolution {

/// The name all relatives share: `breakout` of `breakout_v3f9a1c`.
[[nodiscard]] std::string lineage_of(const std::string& name);
/// A variant's name: its lineage's with the first digits of its own hash, `breakout_v3f9a1c`.
[[nodiscard]] std::string variant_name(const std::string& parent, const std::string& hash);

/// Records a stage before and after it runs, and the cycle it belongs to.
[[nodiscard]] Status journal_stage(journal::Journal& journal, const CycleOutcome& outcome, std::int64_t seed,
                                   const StageRecord& record);
/// Marks the cycle done or failed.
[[nodiscard]] Status close_cycle(journal::Journal& journal, const CycleOutcome& outcome, std::int64_t seed,
                                 const std::optional<Error>& error);
/// Writes scores, strategies, versions and the new set of active instances, all or nothing. `effective` is
/// the round from which admitted instances vote.
[[nodiscard]] Status register_outcome(journal::Journal& journal, const CycleOutcome& outcome,
                                      market::Round first, market::Round last, market::Round effective);

/// Instances that were active once and are not any more, as `Instance::hash` writes them: their votes are
/// missing to those who refer to them, until they are admitted again.
using Archived = std::set<std::string>;
[[nodiscard]] Result<Archived> archived_instances(journal::Journal& journal);

/// The instance of a registered spec as it acts while `archived` abstain.
[[nodiscard]] Examined examine(strategies::Instance registered, const Archived& archived);

/// Instances of `outcome` that hold a slot and go on without voters, as the journal has it now.
[[nodiscard]] Result<std::vector<Abstention>> abstentions(journal::Journal& journal,
                                                          const CycleOutcome& outcome);

} // namespace finch::evolution
