/// One assembly of all trading actors, spawned alike by a replay and by the live node.
#pragma once

#include "actors/broker/account.hpp"
#include "actors/broker/book.hpp"
#include "actors/broker/latency_probe.hpp"
#include "actors/consensus/consensus.hpp"
#include "actors/desk/round_clock.hpp"
#include "actors/features/catalogue.hpp"
#include "actors/interfaces.hpp"
#include "actors/market/instrument.hpp"
#include "actors/risk/risk.hpp"
#include "actors/strategies/active_span.hpp"
#include "actors/strategies/evaluator.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace finch::desk {

/// One instance the desk runs, its tier, whether its vote carries weight, and when it is active.
struct DeskInstance {
  strategies::Instance instance;
  std::int32_t tier = 1;
  bool weighted = true;
  strategies::ActiveSpan active = {};
};

struct DeskConfig {
  std::vector<market::Instrument> instruments; ///< ascending ids
  std::vector<market::Timeframe> timeframes{market::default_timeframes.begin(),
                                            market::default_timeframes.end()};
  features::Catalogue catalogue; ///< what features mean
  std::vector<DeskInstance> instances;
  market::Round first = 0;       ///< first round features are computed from
  market::Round trade_from = 0;  ///< first round whose votes are acted on
  std::int32_t window = 64;      ///< rounds granted at a time
  std::int32_t credit = 3;       ///< windows under way at once
  bool owns_feeds = true;        ///< false: the feeds outlive the desk
  broker::AccountConfig account; ///< of the desk; books use the same with their own name
  consensus::Config consensus;
  risk::Config risk;
  broker::LatencyProbe probe; ///< told by the desk's broker; empty but where latencies are measured
};

/// Provides the feed of one instrument, which tells `calculator` and `listeners` everything: recorded in a
/// replay, live in the node.
using FeedFactory =
    std::function<Result<FeedActor>(caf::actor_system&, const market::Instrument&, CalculatorActor calculator,
                                    std::vector<MarketListener> listeners)>;

/// What a run did: one result per book, in instance order, and the desk's.
struct DeskResult {
  ResultFrame desk;
  std::vector<ResultFrame> books;
  std::string digest; ///< of everything, see `digest_of`
};

/// XXH3-128 over the digests of all books in order, then the desk's, as 32 hex digits.
[[nodiscard]] std::string digest_of(const DeskResult& result);

/// The spawned actors of one desk. They end with it.
class Desk {
public:
  /// Spawns everything; nothing runs until rounds are allowed.
  [[nodiscard]] static Result<std::unique_ptr<Desk>> spawn(caf::actor_system& system, DeskConfig config,
                                                           const FeedFactory& spawn_feed);
  ~Desk();

  /// Lets the rounds up to `last` run.
  void allow(market::Round last);
  /// Blocks until every round up to `last` is settled, calling `progress(settled)` now and then; `progress`
  /// returns false to stop early. An actor's death ends the wait with an error that names it.
  [[nodiscard]] Status wait(market::Round last, const std::function<bool(market::Round)>& progress = {});
  /// What every account did so far; with `finish`, open positions are closed at their marks first and nothing
  /// may run afterwards. Call when nothing is running.
  [[nodiscard]] Result<DeskResult> result(bool finish);
  /// Ends all actors, feeds first, and waits for them.
  void stop();

  [[nodiscard]] const DeskConfig& config() const;
  [[nodiscard]] const std::vector<FeedActor>& feeds() const;
  [[nodiscard]] const ClockActor& clock() const;

private:
  struct Parts;
  explicit Desk(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

} // namespace finch::desk
