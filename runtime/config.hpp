/// The configuration, typed and with its defaults. `config/finch.toml` documents every key with the same
/// values.
#pragma once

#include "actors/features/catalogue.hpp"
#include "schemas/error.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace finch::runtime {

/// The store and what is kept in it.
struct DataConfig {
  double holdout_pct = 20;         ///< newest share of the data no search may see
  std::int64_t min_free_mib = 512; ///< below this much free disk the node ends, loudly
  std::string journal; ///< SQL journal: empty = `<data>/journal.db`, or a `postgresql://…` address
};

struct LogConfig {
  std::string level = "info";  ///< trace, debug, info, warn, error, off
  std::string format = "text"; ///< text or json, one object a line
  std::int64_t file_mib = 16;  ///< size at which a node's log file is rotated
  std::int64_t files = 8;      ///< rotated files kept
};

struct NodeConfig {
  std::int64_t threads = 0;                           ///< worker threads; 0 = one per core
  std::vector<std::int64_t> timeframes{1, 5, 15, 60}; ///< bar lengths in minutes; each divides a day
};

struct ClockConfig {
  std::int64_t grace_ms = 250; ///< a round closes this long after its minute ends; later ticks join the next
};

/// Limits of the desk's account; percentages are of equity.
struct RiskConfig {
  double initial_equity_quote = 100'000;
  double risk_per_trade_pct = 1;
  double max_exposure_pct = 25; ///< per coin, net
  double max_leverage = 2;
  double daily_stop_pct = 2.5;    ///< loss since 00:00 UTC that ends new entries; also all stops hit at once
  double daily_drawdown_pct = 3;  ///< fall from the day's peak that flattens the account
  std::int64_t losing_streak = 3; ///< losing trades in a row that halve the size
  /// Entries wait this long after a second drawdown within 7 days; 0: until a person acknowledges it.
  std::int64_t acknowledge_after_hours = 24;
};

/// What trading costs, apart from what quotes and settlements in the data say.
struct CostsConfig {
  double maker_fee_bps = 2;
  double taker_fee_bps = 5;
  double spread_bps = 3;        ///< full spread where no quotes exist
  double funding_bps = 1;       ///< expected per holding when an edge is judged; accounts pay the data's
  double impact = 1;            ///< coefficient of the square-root law
  double safety_margin_bps = 3; ///< expected edge must exceed the round trip's cost by this much
  std::int64_t data_latency_ms = 50;
  std::int64_t decision_latency_ms = 10;
  std::int64_t order_latency_ms = 100;
};

struct ConsensusConfig {
  double threshold_sigma = 0.75;      ///< trade where |S| exceeds this many σ of recent S
  double sigma_floor = 0.02;          ///< σ is never taken below this
  std::int64_t sigma_samples = 100;   ///< values of S that σ is taken over
  std::int64_t min_samples = 30;      ///< fewer values of S: no trade
  std::int64_t horizon_bars = 5;      ///< bars after which a vote is judged right or wrong
  std::int64_t calibrate_after = 100; ///< resolved votes before confidence is calibrated
  double half_life_days = 14;         ///< of the reliability of resolved votes
};

struct EvolutionConfig {
  bool enabled = true;          ///< whether the node runs cycles
  std::int64_t minute = 2;      ///< of the hour at which a cycle starts, UTC
  std::int64_t every_hours = 1; ///< hours between cycles
  std::int64_t window_days = 7; ///< days a cycle scores
  std::int64_t slots = 20;      ///< strategies active at most
  std::int64_t variants = 24;   ///< parameter variants drawn per cycle
  std::int64_t seed = 1;
};

/// Features people define: `name = "expression"`, or `name = {formula = "expression", neutral = 0}`.
struct FeaturesConfig {
  std::vector<features::UserFeature> user; ///< by name
};

/// The simulated exchange.
struct SimConfig {
  std::int64_t seed = 1;
  std::int64_t symbols = 36;
  std::int64_t days = 60;     ///< history of one-minute bars
  std::int64_t tick_days = 7; ///< newest days of it that have ticks
  double speed = 1;           ///< simulated seconds per second, live
};

struct Config {
  DataConfig data;
  LogConfig log;
  NodeConfig node;
  ClockConfig clock;
  RiskConfig risk;
  CostsConfig costs;
  ConsensusConfig consensus;
  EvolutionConfig evolution;
  FeaturesConfig features;
  SimConfig sim;
  features::Catalogue catalogue; ///< made from `features` when the file is read
};

/// Reads a TOML file over the defaults. Bad input, naming file, line and key, for: text that is not TOML, an
/// unknown section or key (with the nearest known one), a value of another type, a value outside its range, a
/// feature whose expression is wrong (with its column). Unavailable when the file cannot be read.
[[nodiscard]] Result<Config> load_config(const std::filesystem::path& file);
/// The same on text; `name` stands for the file in messages.
[[nodiscard]] Result<Config> parse_config(std::string_view text, std::string_view name);
/// Every key with its value, as `section.key = value` lines in the order of `config/finch.toml`.
[[nodiscard]] std::vector<std::string> describe(const Config& config);

} // namespace finch::runtime
