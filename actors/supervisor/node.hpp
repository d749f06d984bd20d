/// The live node: feeds, recorder and desk on the simulated exchange, supervised, with research every hour.
#pragma once

#include "actors/desk/desk.hpp"
#include "actors/feed/simulated/fill.hpp"
#include "actors/storage/tick_store.hpp"
#include "actors/supervisor/event_clock.hpp"
#include "actors/supervisor/restart_policy.hpp"
#include "actors/supervisor/session.hpp"

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace finch::supervisor {

/// What a research cycle decided: the instances that should be active from now on.
using Research = std::function<Result<std::vector<desk::DeskInstance>>(market::TimeNs as_of_ns)>;

/// How the node reaches the outside. `now_ns` is any monotonic clock; `sleep` returns early when a stop is
/// asked for.
struct NodeEdge {
  std::function<std::int64_t()> now_ns;
  std::function<void(std::int64_t ns)> sleep;
  std::function<void(const std::string&)> say, warn;
  /// Called once the session is known, before anything of it runs. Answers the last round whose records were
  /// taken in an earlier life.
  std::function<Result<market::Round>(const Session&)> begin;
  /// Journals a control event before it acts.
  std::function<Status(market::Round session, const desk::ControlEvent&)> control;
  /// Called after every settled round that ends an hour, and at the end, with everything the accounts did so
  /// far and their records since the last call. Answers the last round whose records are safe: a desk that is
  /// rebuilt keeps those after it.
  std::function<market::Round(market::Round, const desk::DeskConfig&, const desk::DeskResult&,
                              desk::DeskRecords)>
      settled;
  /// Told when a part's health changes: event time, part, state (ok, degraded, restarting, stopped) and why.
  std::function<void(market::TimeNs, const std::string& part, const std::string& state,
                     const std::string& why)>
      health;
};

struct NodeConfig {
  desk::DeskConfig desk; ///< without instances and rounds
  feed::FillConfig history;
  std::filesystem::path session_file;
  double speed = 1; ///< event seconds per second
  std::int64_t grace_ns = 250'000'000;
  std::int64_t poll_ns = 2'000'000;
  std::int32_t research_minute = 2; ///< of the hour; negative: never
  std::int32_t research_hours = 1;
  RestartPolicy::Terms restarts;
  std::size_t threads = 2;
};

/// Runs until `stop` is set or `rounds` live rounds are settled (0: no limit). Starting is recovering: the
/// desk is brought to where it was from the session file and the recorded ticks. A desk that dies is rebuilt
/// the same way, with backoff; one that keeps dying is given up, loudly, while recording and research go on.
/// `active` is what trades in a new session.
[[nodiscard]] Status run_node(const NodeConfig& config, const std::shared_ptr<storage::TickStore>& store,
                              const std::vector<desk::DeskInstance>& active, const Research& research,
                              const NodeEdge& edge, const std::atomic<bool>& stop, market::Round rounds = 0);

} // namespace finch::supervisor
