/// The gates between tiers (reference 2.3), each condition named when it fails.
#pragma once

#include "actors/evolution/score.hpp"

#include <string>
#include <vector>

namespace finch::evolution {

/// What stands between an instance and the next tier; passed when nothing does.
struct GateResult {
  std::vector<std::string> failed;

  [[nodiscard]] bool passed() const noexcept { return failed.empty(); }
};

/// T0→T1: the spec compiles, its warm-up is declared, its votes do not look ahead, and it voted at least
/// once.
struct BirthFacts {
  bool compiles = false, warm_up_declared = false, causal = false;
  std::size_t signals = 0;
};
[[nodiscard]] GateResult gate_t1(const BirthFacts& facts);

/// T1→T2, judged on all data before the holdout. `overfitting` is the family's PBO, NaN where unknown.
struct PromotionFacts {
  double overfitting = 0;
};
[[nodiscard]] GateResult gate_t2(const Score& score, const PromotionFacts& facts);

/// T2→T3, judged on forward data alone. `drift` against the backtest, NaN where unknown.
struct ForwardFacts {
  double drift = 0;
};
[[nodiscard]] GateResult gate_t3(const Score& forward, const ForwardFacts& facts);

/// Whether a T2 instance falls below its gate by more than a tenth; twice in a row, a week apart, demotes.
[[nodiscard]] bool below_t2(const Score& score) noexcept;

/// A model's gate: Sharpe, win rate and drawdown of its signals, and accuracy above the base rate.
struct ModelFacts {
  double sharpe = 0, win_rate = 0, max_drawdown = 0;
  double accuracy = 0, base_rate = 0, standard_error = 0;
};
[[nodiscard]] GateResult gate_model(const ModelFacts& facts);

} // namespace finch::evolution
