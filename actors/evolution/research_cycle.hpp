/// One evolution cycle over stored data: what every stage does.
#pragma once

#include "actors/broker/types.hpp"
#include "actors/evolution/cycle.hpp"
#include "actors/evolution/plan.hpp"
#include "actors/features/catalogue.hpp"
#include "actors/storage/journal/journal.hpp"
#include "actors/storage/tick_store.hpp"
#include "actors/strategies/spec.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace finch::evolution {

struct ResearchConfig {
  std::vector<market::Instrument> instruments; ///< ascending ids
  std::vector<market::Timeframe> timeframes{market::default_timeframes.begin(),
                                            market::default_timeframes.end()};
  features::Catalogue catalogue; ///< what features mean
  broker::AccountConfig account;
  std::int64_t window_days = 7; ///< of the search window and of the forward window
  std::int64_t variants = 24;   ///< parameter variants drawn a cycle, over all specs
  std::size_t slots = 20;
  double holdout = 0.2; ///< newest share of the data no search sees
  std::uint64_t seed = 1;
  std::size_t threads = 1;
  std::string cost_model; ///< canonical text of the costs, part of every trial's identity
};

/// One instance a cycle looked at.
struct Examined {
  strategies::Instance instance; ///< as it acts
  std::string hash;              ///< of the spec as it is registered
  /// The spec as it is registered, where that is not how it acts: some whose votes it takes are archived.
  std::optional<strategies::Spec> pinned = {};
  std::vector<std::string> missing_voters = {}; ///< those archived, by name
  int tier = 0;                                 ///< before the cycle; 0: a candidate
  std::int64_t born_round = 0;
  Score score;   ///< over the search window
  Score forward; ///< over the newest window, of active instances only
  double drift = 0;
  Placement placement;

  [[nodiscard]] const strategies::Spec& registered() const noexcept {
    return pinned ? *pinned : instance.spec;
  }
};

/// An instance that goes on without the votes of strategies that are archived.
struct Abstention {
  std::string instance;
  std::vector<std::string> voters; ///< by name
};

/// What a cycle did.
struct CycleOutcome {
  std::int64_t cycle = 0;
  market::TimeNs as_of_ns = 0;
  market::TimeNs window_from_ns = 0, window_to_ns = 0; ///< of the search
  market::TimeNs h0_ns = 0;
  std::int64_t trials_new = 0, trials_total = 0;
  std::vector<Examined> examined; ///< slots first by rank, then the rest by composite
  std::vector<std::string> empty_slots;
  bool provisional = false;
  std::vector<Abstention> abstentions; ///< of the instances with a slot, by rank
  std::vector<StageRecord> stages;
  std::vector<std::string> warnings;
};

/// Runs cycles against one store and journal. Everything a cycle decides follows from the stored data up to
/// `as_of`, the journal and the seed.
class ResearchCycle {
public:
  ResearchCycle(std::shared_ptr<const storage::TickStore> store, journal::Journal& journal,
                std::vector<strategies::Spec> library, ResearchConfig config);

  /// Runs the cycle as of `as_of_ns`. A cycle the journal shows unfinished is run again; trials it counted
  /// are not counted twice. `now` is only used to time stages; `progress(stage, share)` returns false to
  /// stop.
  [[nodiscard]] Result<CycleOutcome> run(market::TimeNs as_of_ns, const std::function<market::TimeNs()>& now,
                                         const std::function<bool(Stage, double)>& progress = {});

private:
  class Stages;

  std::shared_ptr<const storage::TickStore> store_;
  journal::Journal& journal_;
  std::vector<strategies::Spec> library_;
  ResearchConfig config_;
};

/// The active instances as the journal has them, by rank; empty before the first cycle. Fails where one reads
/// a user's feature that `catalogue` lacks or defines otherwise than when it was admitted.
[[nodiscard]] Result<std::vector<Examined>> active_instances(journal::Journal& journal,
                                                             const features::Catalogue& catalogue);

} // namespace finch::evolution
