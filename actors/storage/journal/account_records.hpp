/// Rows of accounts over time: equity, wins and losses, a day's figures.
#pragma once

#include "actors/storage/journal/table.hpp"

#include <limits>

namespace finch::journal {

/// Marked equity at the close of a round.
struct EquityPoint {
  std::int64_t session = 0;
  std::string account;
  std::int64_t round = 0;
  std::int64_t equity_units = 0;
  std::int64_t cash_units = 0;

  bool operator==(const EquityPoint&) const = default;
};

template <>
struct Table<EquityPoint> {
  static constexpr const char* name = "equity";
  static constexpr std::size_t keys = 3;
  static constexpr std::tuple columns{
      column("session", &EquityPoint::session), column("account", &EquityPoint::account),
      column("round", &EquityPoint::round), column("equity_units", &EquityPoint::equity_units),
      column("cash_units", &EquityPoint::cash_units)};
};

/// A day's wins and losses of one account in one instrument.
struct WinLoss {
  std::int64_t session = 0;
  std::int64_t day = 0; ///< days since 1970
  std::string account;
  std::int64_t instrument = 0;
  std::int64_t wins = 0;
  std::int64_t losses = 0;
  std::int64_t won_units = 0;
  std::int64_t lost_units = 0;

  bool operator==(const WinLoss&) const = default;
};

template <>
struct Table<WinLoss> {
  static constexpr const char* name = "win_loss";
  static constexpr std::size_t keys = 4;
  static constexpr std::tuple columns{
      column("session", &WinLoss::session),     column("day", &WinLoss::day),
      column("account", &WinLoss::account),     column("instrument", &WinLoss::instrument),
      column("wins", &WinLoss::wins),           column("losses", &WinLoss::losses),
      column("won_units", &WinLoss::won_units), column("lost_units", &WinLoss::lost_units)};
};

/// One figure of one account's day.
struct DailyMetric {
  std::int64_t session = 0;
  std::int64_t day = 0;
  std::string account;
  std::string metric;
  double amount = std::numeric_limits<double>::quiet_NaN();

  bool operator==(const DailyMetric&) const = default;
};

template <>
struct Table<DailyMetric> {
  static constexpr const char* name = "daily_metrics";
  static constexpr std::size_t keys = 4;
  static constexpr std::tuple columns{
      column("session", &DailyMetric::session), column("day", &DailyMetric::day),
      column("account", &DailyMetric::account), column("metric", &DailyMetric::metric),
      column("amount", &DailyMetric::amount)};
};

} // namespace finch::journal
