/// The desk's limits, with the defaults of reference 6.6 and 6.7.
#pragma once

#include "schemas/error.hpp"

#include <string>

namespace finch::risk {

/// Fractions of equity unless it says otherwise.
struct Config {
  std::string currency = "USDT";  ///< of the account; instruments quoted otherwise are not traded. Empty: any
  double risk_per_trade = 0.01;   ///< lost when the stop is hit
  double kelly_share = 0.25;      ///< of Kelly's fraction; caps the risk per trade
  double coin_cap = 0.25;         ///< exposure to one base currency
  double max_leverage = 2;        ///< gross exposure
  double daily_stop = 0.025;      ///< loss since 00:00 UTC; also the limit of total open risk
  double daily_drawdown = 0.03;   ///< fall from today's peak
  int streak = 3;                 ///< losses in a row that halve the size
  double reduced_size = 0.5;      ///< under a streak or in defence
  double defence_threshold = 1.5; ///< factor on the threshold in defence
  double margin_bps = 3;          ///< safety margin of the edge gate
  double spread_bps = 3;          ///< full spread assumed in the edge gate and in unit risk
  double impact_bps = 1;          ///< per side
  double funding_bps = 1;         ///< per holding
  double maintenance = 0.004;     ///< margin rate of the liquidation check
  double liquidation_distance = 0.75; ///< greatest share of the way to liquidation a stop may lie at
  /// Event time after which an acknowledgement a person would give is granted and counted; 0: operator only.
  int acknowledge_after_hours = 0;
};

/// Fails naming the first limit that makes no sense, and its range.
[[nodiscard]] Status validate(const Config& config);

} // namespace finch::risk
