/// Other backtest engines beside the screen: the same bars, the same rule, the same fills before any time is
/// told.
#pragma once

#include "bench/report.hpp"

namespace finch::bench {

/// The rule, which every engine can express exactly: at a bar's close go long at the next bar's open where
/// the close is above its mean of n bars, and leave at the next bar's open where it is below; a fixed
/// quantity and fee. Prices are multiples of 1/8, so that every way to add them up gives the same mean.
///
/// An engine is a script, run with
///
///     BARS FILLS SYMBOLS ROWS WINDOWS QUANTITY FEE REPETITIONS
///
/// BARS holds float64 open, high, low, close, each [symbol][row], of one-minute bars. FILLS gets six float64
/// a fill: window, symbol, row of the bar at whose open it was done, side (1 or -1), price, quantity. A
/// script may do the first symbols and windows only. It prints "name", the engine's name and version;
/// "symbols" and "windows", how many it did; "ns", nanoseconds of processor time of its best run, data frames
/// made before.
///
/// One row per engine; "absent" where no interpreter of FINCH_PYTHON can import it, aborted where a fill
/// differs.
[[nodiscard]] std::vector<Row> engine_rows(const Options& options);

} // namespace finch::bench
