/// Rows of trading: decisions, votes, orders, refusals, fills, trades.
#pragma once

#include "actors/storage/journal/table.hpp"

#include <limits>

namespace finch::journal {

/// A decision that reached risk, and what became of it.
struct Decision {
  std::int64_t session = 0;
  std::int64_t round = 0;
  std::int64_t instrument = 0;
  std::int64_t side = 0;
  double s = std::numeric_limits<double>::quiet_NaN(); ///< consensus
  double threshold = std::numeric_limits<double>::quiet_NaN();
  double confidence_pct = std::numeric_limits<double>::quiet_NaN();
  double reference_price = std::numeric_limits<double>::quiet_NaN();
  std::int64_t order_id = 0; ///< 0 where risk refused
  std::string leader;        ///< instance whose bracket it carries
  std::string outcome;       ///< order, hold (a position of that side stands), or why risk refused

  bool operator==(const Decision&) const = default;
};

template <>
struct Table<Decision> {
  static constexpr const char* name = "decisions";
  static constexpr std::size_t keys = 3;
  static constexpr std::tuple columns{column("session", &Decision::session),
                                      column("round", &Decision::round),
                                      column("instrument", &Decision::instrument),
                                      column("side", &Decision::side),
                                      column("s", &Decision::s),
                                      column("threshold", &Decision::threshold),
                                      column("confidence_pct", &Decision::confidence_pct),
                                      column("reference_price", &Decision::reference_price),
                                      column("order_id", &Decision::order_id),
                                      column("leader", &Decision::leader),
                                      column("outcome", &Decision::outcome)};
};

/// A vote that stood when a decision was made.
struct DecisionVote {
  std::int64_t session = 0;
  std::int64_t round = 0;
  std::int64_t instrument = 0;
  std::string instance; ///< spec hash and timeframe
  std::int64_t side = 0;
  double p = std::numeric_limits<double>::quiet_NaN();
  double weight = std::numeric_limits<double>::quiet_NaN();
  double reliability = std::numeric_limits<double>::quiet_NaN();

  bool operator==(const DecisionVote&) const = default;
};

template <>
struct Table<DecisionVote> {
  static constexpr const char* name = "decision_votes";
  static constexpr std::size_t keys = 4;
  static constexpr std::tuple columns{column("session", &DecisionVote::session),
                                      column("round", &DecisionVote::round),
                                      column("instrument", &DecisionVote::instrument),
                                      column("instance", &DecisionVote::instance),
                                      column("side", &DecisionVote::side),
                                      column("p", &DecisionVote::p),
                                      column("weight", &DecisionVote::weight),
                                      column("reliability", &DecisionVote::reliability)};
};

/// An order given to the broker: the desk's by risk, a book's by its own rules.
struct Order {
  std::int64_t session = 0;
  std::string account; ///< desk, or the instance of a book
  std::int64_t id = 0;
  std::int64_t round = 0;
  std::int64_t instrument = 0;
  std::int64_t side = 0;
  std::string kind;          ///< entry, rule, opposite, max_hold or flatten
  std::int64_t quantity = 0; ///< quantity units
  double stop_distance = std::numeric_limits<double>::quiet_NaN();
  double target_distance = std::numeric_limits<double>::quiet_NaN();
  double trail_distance = std::numeric_limits<double>::quiet_NaN();
  std::int64_t max_hold_rounds = 0;

  bool operator==(const Order&) const = default;
};

template <>
struct Table<Order> {
  static constexpr const char* name = "orders";
  static constexpr std::size_t keys = 3;
  static constexpr std::tuple columns{column("session", &Order::session),
                                      column("account", &Order::account),
                                      column("id", &Order::id),
                                      column("round", &Order::round),
                                      column("instrument", &Order::instrument),
                                      column("side", &Order::side),
                                      column("kind", &Order::kind),
                                      column("quantity", &Order::quantity),
                                      column("stop_distance", &Order::stop_distance),
                                      column("target_distance", &Order::target_distance),
                                      column("trail_distance", &Order::trail_distance),
                                      column("max_hold_rounds", &Order::max_hold_rounds)};
};

/// A decision, vote or order that came to nothing.
struct Refusal {
  std::int64_t session = 0;
  std::string account;
  std::int64_t round = 0;
  std::int64_t sequence = 0; ///< within the account's round
  std::int64_t instrument = 0;
  std::int64_t order_id = 0;    ///< 0 where no order was made
  std::int64_t reason_code = 0; ///< risk's below 100, the broker's from there on
  std::string reason;

  bool operator==(const Refusal&) const = default;
};

template <>
struct Table<Refusal> {
  static constexpr const char* name = "refusals";
  static constexpr std::size_t keys = 4;
  static constexpr std::tuple columns{column("session", &Refusal::session),
                                      column("account", &Refusal::account),
                                      column("round", &Refusal::round),
                                      column("sequence", &Refusal::sequence),
                                      column("instrument", &Refusal::instrument),
                                      column("order_id", &Refusal::order_id),
                                      column("reason_code", &Refusal::reason_code),
                                      column("reason", &Refusal::reason)};
};

/// An execution.
struct Fill {
  std::int64_t session = 0;
  std::string account; ///< desk, or the instance of a book
  std::int64_t order_id = 0;
  std::int64_t sequence = 0; ///< within the order
  std::int64_t time_ns = 0;
  std::int64_t instrument = 0;
  std::int64_t side = 0;
  std::int64_t price = 0; ///< price units
  std::int64_t quantity = 0;
  std::int64_t fee_units = 0;
  std::int64_t spread_units = 0;
  std::int64_t slippage_units = 0;
  std::string kind; ///< entry or the exit reason

  bool operator==(const Fill&) const = default;
};

template <>
struct Table<Fill> {
  static constexpr const char* name = "fills";
  static constexpr std::size_t keys = 4;
  static constexpr std::tuple columns{column("session", &Fill::session),
                                      column("account", &Fill::account),
                                      column("order_id", &Fill::order_id),
                                      column("sequence", &Fill::sequence),
                                      column("time_ns", &Fill::time_ns),
                                      column("instrument", &Fill::instrument),
                                      column("side", &Fill::side),
                                      column("price", &Fill::price),
                                      column("quantity", &Fill::quantity),
                                      column("fee_units", &Fill::fee_units),
                                      column("spread_units", &Fill::spread_units),
                                      column("slippage_units", &Fill::slippage_units),
                                      column("kind", &Fill::kind)};
};

/// Entry to exit.
struct Trade {
  std::int64_t session = 0;
  std::string account;
  std::int64_t id = 0;
  std::int64_t instrument = 0;
  std::int64_t side = 0;
  std::string exit_reason;
  std::int64_t entry_time_ns = 0;
  std::int64_t exit_time_ns = 0;
  std::int64_t entry_price = 0;
  std::int64_t exit_price = 0;
  std::int64_t quantity = 0;
  std::int64_t stop_price = 0; ///< 0 where there was none
  std::int64_t gross_units = 0;
  std::int64_t fees_units = 0;
  std::int64_t spread_units = 0;
  std::int64_t slippage_units = 0;
  std::int64_t funding_units = 0; ///< positive: paid
  std::int64_t net_units = 0;
  double mfe = std::numeric_limits<double>::quiet_NaN(); ///< best open profit, price units
  double mae = std::numeric_limits<double>::quiet_NaN(); ///< worst open loss, price units
  std::int64_t planned_risk_units = 0;
  std::string regime_entry;
  std::string regime_exit;
  std::string features_entry; ///< JSON object: what the spec reads, in the row the entry was decided on
  std::string strategy;       ///< instance whose bracket it was entered with

  bool operator==(const Trade&) const = default;
};

template <>
struct Table<Trade> {
  static constexpr const char* name = "trades";
  static constexpr std::size_t keys = 3;
  static constexpr std::tuple columns{column("session", &Trade::session),
                                      column("account", &Trade::account),
                                      column("id", &Trade::id),
                                      column("instrument", &Trade::instrument),
                                      column("side", &Trade::side),
                                      column("exit_reason", &Trade::exit_reason),
                                      column("entry_time_ns", &Trade::entry_time_ns),
                                      column("exit_time_ns", &Trade::exit_time_ns),
                                      column("entry_price", &Trade::entry_price),
                                      column("exit_price", &Trade::exit_price),
                                      column("quantity", &Trade::quantity),
                                      column("stop_price", &Trade::stop_price),
                                      column("gross_units", &Trade::gross_units),
                                      column("fees_units", &Trade::fees_units),
                                      column("spread_units", &Trade::spread_units),
                                      column("slippage_units", &Trade::slippage_units),
                                      column("funding_units", &Trade::funding_units),
                                      column("net_units", &Trade::net_units),
                                      column("mfe", &Trade::mfe),
                                      column("mae", &Trade::mae),
                                      column("planned_risk_units", &Trade::planned_risk_units),
                                      column("regime_entry", &Trade::regime_entry),
                                      column("regime_exit", &Trade::regime_exit),
                                      column("features_entry", &Trade::features_entry),
                                      column("strategy", &Trade::strategy)};
};

/// Where the price went after an exit.
struct PostExit {
  std::int64_t session = 0;
  std::string account;
  std::int64_t trade_id = 0;
  std::int64_t rounds_after = 0;
  double move_bps = std::numeric_limits<double>::quiet_NaN(); ///< in the direction of the closed position

  bool operator==(const PostExit&) const = default;
};

template <>
struct Table<PostExit> {
  static constexpr const char* name = "post_exits";
  static constexpr std::size_t keys = 4;
  static constexpr std::tuple columns{
      column("session", &PostExit::session), column("account", &PostExit::account),
      column("trade_id", &PostExit::trade_id), column("rounds_after", &PostExit::rounds_after),
      column("move_bps", &PostExit::move_bps)};
};

} // namespace finch::journal
