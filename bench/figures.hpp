/// The groups of figures. Each compares outputs before it times anything, and says in a row when they differ.
#pragma once

#include "bench/report.hpp"
#include "bench/stage.hpp"

namespace finch::bench {

/// Size, ingest and scan of D1 beside row stores.
[[nodiscard]] std::vector<Row> storage_figures(const Stage& stage);
/// D1 to bars of four timeframes beside the same aggregation over RocksDB rows.
[[nodiscard]] std::vector<Row> bar_figures(const Stage& stage);
/// D1 through all actors beside a message per tick.
[[nodiscard]] std::vector<Row> replay_figures(Stage& stage);
/// 50,000 ticks a second, live.
[[nodiscard]] std::vector<Row> live_figures(const Options& options);
/// Indicators, live and in bulk, beside a recompute of every window.
[[nodiscard]] std::vector<Row> feature_figures(const Options& options);
/// Backtests: the grid screened beside a plain loop, and how the screen ranks beside the exact backtest.
[[nodiscard]] std::vector<Row> backtest_figures(const Options& options, const std::filesystem::path& data);
/// The library's exact backtest on D1.
[[nodiscard]] std::vector<Row> exact_figures(Stage& stage);
/// Recorded ticks: import, size, scan and replay. No rows where `data` does not exist.
[[nodiscard]] std::vector<Row> recorded_figures(const Options& options, const std::filesystem::path& data);

} // namespace finch::bench
