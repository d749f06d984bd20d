/// Backtest against forward: has an instance drifted, by size and beyond chance (reference 2.6).
#pragma once

#include "actors/evolution/score.hpp"

#include <string>

namespace finch::evolution {

struct ForwardVerdict {
  statistics::Drift drift; ///< `overall` is NaN below 20 forward trades
  double ks_p = 1;         ///< that the R of both come from one distribution
  double win_rate_z = 0;
  std::string demote; ///< why, or empty
};

/// Compares an instance's forward book with its backtest. Drift alone does not demote: it must also be
/// significant, or stand on 100 forward trades.
[[nodiscard]] ForwardVerdict judge_forward(const Score& backtest, const Evidence& backtest_book,
                                           const Score& forward, const Evidence& forward_book);

} // namespace finch::evolution
