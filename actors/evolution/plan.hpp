/// Who keeps, gains and loses a slot at the end of a cycle.
#pragma once

#include "actors/evolution/gates.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace finch::evolution {

/// An instance that holds or wants a slot. `promotion` and `demote` are decided beforehand by gates and
/// drift; an instance without a promotion result stays in its tier.
struct Contender {
  Score score;
  int tier = 0; ///< 0: a candidate; 1 or 2: active
  GateResult promotion = {{"not judged"}};
  std::string demote = {}; ///< why it must leave T2; empty: it need not

  [[nodiscard]] bool active() const noexcept { return tier > 0; }
};

enum class Action { keep, admit, promote, demote, archive, reject };
[[nodiscard]] const char* to_string(Action action) noexcept;

/// What becomes of one contender.
struct Placement {
  std::string instance;
  Action action = Action::reject;
  int rank = 0;          ///< from 1; 0 without a slot
  int tier = 0;          ///< after the cycle; 0 without a slot
  bool weighted = false; ///< carries consensus weight
  double composite = 0;
  std::string reason;
};

struct CyclePlan {
  std::vector<Placement> placements; ///< slots first, by rank; then the others in the order they were given
  std::vector<std::string> empty;    ///< a reason for each slot left empty
  bool provisional = false;          ///< no T2, so the best T1 carry the weight
};

struct PlanConfig {
  std::size_t slots = 20;
  std::size_t provisional_voters = 5; ///< T1 instances with weight while T2 is empty
  double floor_psr = 0.5;
  double correlation_limit = 0.7;
  double displacement = 1.1; ///< how much better a correlated candidate must be
};

/// Ranks by composite (ties: DSR, more trades, lower correlation to the actives, id), keeps the best that
/// pass the floor, refuses what repeats a better one, and fills tiers and weights.
[[nodiscard]] CyclePlan plan(const std::vector<Contender>& actives, const std::vector<Contender>& candidates,
                             const PlanConfig& config = {});

/// Why a score has no claim to a slot; empty when it has.
[[nodiscard]] std::string below_floor(const Score& score, double floor_psr);

} // namespace finch::evolution
