/// Rows of sessions: what ran, on which instruments, and what changed its behaviour or health.
#pragma once

#include "actors/storage/journal/table.hpp"

#include <limits>

namespace finch::journal {

/// A run that journals: the live node, or a replay that was asked to.
struct Session {
  std::int64_t id = 0;
  std::string kind; ///< live or replay
  std::string build;
  std::string config_hash;
  std::int64_t first_round = 0;
  std::string snapshot; ///< where the starting state is kept
  /// Decisions, orders, refusals and fills are here up to this round; a session that is relived goes on after
  /// it.
  std::int64_t kept_round = 0;

  bool operator==(const Session&) const = default;
};

template <>
struct Table<Session> {
  static constexpr const char* name = "sessions";
  static constexpr std::size_t keys = 1;
  static constexpr std::tuple columns{column("id", &Session::id),
                                      column("kind", &Session::kind),
                                      column("build", &Session::build),
                                      column("config_hash", &Session::config_hash),
                                      column("first_round", &Session::first_round),
                                      column("snapshot", &Session::snapshot),
                                      column("kept_round", &Session::kept_round)};
};

/// What turns stored integers into prices.
struct InstrumentFacts {
  std::int64_t id = 0;
  std::string name; ///< venue.market/BASE-QUOTE
  std::int64_t price_decimals = 0;
  std::int64_t quantity_decimals = 0;
  bool synthetic = false;
  double price_scale = std::numeric_limits<double>::quiet_NaN(); ///< price units of one quote, a power of ten
  double quantity_scale = std::numeric_limits<double>::quiet_NaN(); ///< quantity units of one base

  bool operator==(const InstrumentFacts&) const = default;
};

template <>
struct Table<InstrumentFacts> {
  static constexpr const char* name = "instruments";
  static constexpr std::size_t keys = 1;
  static constexpr std::tuple columns{column("id", &InstrumentFacts::id),
                                      column("name", &InstrumentFacts::name),
                                      column("price_decimals", &InstrumentFacts::price_decimals),
                                      column("quantity_decimals", &InstrumentFacts::quantity_decimals),
                                      column("synthetic", &InstrumentFacts::synthetic),
                                      column("price_scale", &InstrumentFacts::price_scale),
                                      column("quantity_scale", &InstrumentFacts::quantity_scale)};
};

/// An instrument joining or leaving what is traded.
struct UniverseChange {
  std::int64_t session = 0;
  std::int64_t round = 0; ///< takes effect at its close
  std::int64_t instrument = 0;
  bool listed = false;
  std::string reason;

  bool operator==(const UniverseChange&) const = default;
};

template <>
struct Table<UniverseChange> {
  static constexpr const char* name = "universe";
  static constexpr std::size_t keys = 3;
  static constexpr std::tuple columns{
      column("session", &UniverseChange::session), column("round", &UniverseChange::round),
      column("instrument", &UniverseChange::instrument), column("listed", &UniverseChange::listed),
      column("reason", &UniverseChange::reason)};
};

/// Everything that is not a tick and changes behaviour.
struct ControlEvent {
  std::int64_t session = 0;
  std::int64_t round = 0;    ///< takes effect at its close
  std::int64_t sequence = 0; ///< within the round
  std::string kind;
  std::string subject;
  std::string detail;

  bool operator==(const ControlEvent&) const = default;
};

template <>
struct Table<ControlEvent> {
  static constexpr const char* name = "control_events";
  static constexpr std::size_t keys = 3;
  static constexpr std::tuple columns{
      column("session", &ControlEvent::session),   column("round", &ControlEvent::round),
      column("sequence", &ControlEvent::sequence), column("kind", &ControlEvent::kind),
      column("subject", &ControlEvent::subject),   column("detail", &ControlEvent::detail)};
};

/// A breaker opening or closing.
struct BreakerEvent {
  std::int64_t session = 0;
  std::int64_t round = 0;
  std::string breaker;
  bool tripped = false;
  std::string detail;

  bool operator==(const BreakerEvent&) const = default;
};

template <>
struct Table<BreakerEvent> {
  static constexpr const char* name = "breaker_events";
  static constexpr std::size_t keys = 3;
  static constexpr std::tuple columns{
      column("session", &BreakerEvent::session), column("round", &BreakerEvent::round),
      column("breaker", &BreakerEvent::breaker), column("tripped", &BreakerEvent::tripped),
      column("detail", &BreakerEvent::detail)};
};

/// A change in the health of a part.
struct Health {
  std::int64_t session = 0;
  std::int64_t time_ns = 0;
  std::string component;
  std::string state; ///< ok, degraded, restarting or stopped
  std::string detail;

  bool operator==(const Health&) const = default;
};

template <>
struct Table<Health> {
  static constexpr const char* name = "health";
  static constexpr std::size_t keys = 3;
  static constexpr std::tuple columns{column("session", &Health::session),
                                      column("time_ns", &Health::time_ns),
                                      column("component", &Health::component),
                                      column("state", &Health::state), column("detail", &Health::detail)};
};

} // namespace finch::journal
