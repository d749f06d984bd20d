/// Exits that need a position, which votes therefore cannot carry: a strategy declares them, its book applies
/// them.
#pragma once

namespace finch::accounting {

/// Bars are of the instance's timeframe.
struct HoldingRules {
  double break_even_r = 0; ///< gain, in initial risks, that moves the stop to the entry; 0: never
  int max_hold_bars = 0;   ///< 0: no limit
  int cooldown_bars = 0;   ///< bars after an exit in which nothing is entered
};

} // namespace finch::accounting
