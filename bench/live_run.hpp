/// The desk live on the simulated exchange, at a given rate of ticks, with every latency kept.
#pragma once

#include "actors/desk/desk.hpp"
#include "bench/measure.hpp"

namespace finch::bench {

/// How to run live.
struct LiveJob {
  std::filesystem::path library, scratch;
  double ticks_per_second = 50'000;  ///< of wall time, over all instruments
  double speed = 60;                 ///< event seconds a second: a round closes every wall second
  std::int64_t poll_ns = 4'000'000;  ///< each feed is polled so often, the feeds evenly spread over it
  std::int64_t grace_ns = 4'000'000; ///< a round closes this long after its minute, in wall time
  market::Round history = 720;       ///< rounds of the same exchange the desk has seen before
  market::Round rounds = 40;         ///< live
  bool record = false;               ///< everything live goes to a tick store, synced
};

/// What came of it. Latencies in ns.
struct LiveRun {
  std::vector<std::int64_t>
      closed; ///< a round's close to the broker having heard of it from every instrument
  std::vector<std::int64_t>
      decided; ///< a round's close to the last decision of that round being with the broker
  std::vector<std::int64_t> played; ///< a block's arrival at its feed to the broker having played its ticks
  std::vector<std::int64_t> filled; ///< of those, the blocks from which entries or exits followed
  std::uint64_t ticks = 0;          ///< live
  double seconds = 0, cpu = 0;
  std::uint64_t recorded = 0;
  std::string digest, bulk_digest; ///< of the live run, and of the same rounds told in bulk
};

/// Arrivals and closes count from when they were due, so that a driver that wakes late hides nothing.
[[nodiscard]] Result<LiveRun> run_live(const LiveJob& job);

} // namespace finch::bench
