/// Every typed actor on one page: who may say what to whom.
///
/// Data flows one way, in windows of rounds. The clock grants a window to the feeds. A feed tells its
/// calculator, the books, the broker and (live) the recorder what happened; calculators tell the join, the
/// join tells the strategies and the consensus, strategies tell their book, the consensus and the strategies
/// that refer to them. The broker asks risk after every round. Books and broker report windows done to the
/// clock, which is the credit for the next ones: no mailbox grows without bound.
#pragma once

#include "actors/market/time.hpp"
#include "schemas/control_generated.h"
#include "schemas/features_generated.h"
#include "schemas/frame.hpp"
#include "schemas/market_generated.h"
#include "schemas/orders_generated.h"
#include "schemas/records_generated.h"
#include "schemas/results_generated.h"
#include "schemas/votes_generated.h"

namespace finch {

using MarketFrame = Frame<fb::MarketBlock>;
using RowsFrame = Frame<fb::FeatureRows>;
using FeatureFrame = Frame<fb::FeatureBlock>;
using VoteFrame = Frame<fb::VoteBlock>;
using DecisionFrame = Frame<fb::DecisionBlock>;
using OrderFrame = Frame<fb::OrderBlock>;
using AccountFrame = Frame<fb::AccountState>;
using ResultFrame = Frame<fb::AccountResult>;
using RecordsFrame = Frame<fb::AccountRecords>;

using advance_atom = caf::atom_constant<caf::atom("advance")>;
using done_atom = caf::atom_constant<caf::atom("done")>;
using records_atom = caf::atom_constant<caf::atom("records")>;
using report_atom = caf::atom_constant<caf::atom("report")>;
using start_atom = caf::atom_constant<caf::atom("start")>;
using wait_atom = caf::atom_constant<caf::atom("wait")>;
using poll_atom = caf::atom_constant<caf::atom("poll")>;
using listen_atom = caf::atom_constant<caf::atom("listen")>;

/// Hears everything one feed says about its instrument, in order.
using MarketListener = caf::typed_actor<caf::reacts_to<MarketFrame>>;

/// One per instrument: ticks to bars to feature rows.
using CalculatorActor = MarketListener::extend<
    // Everything of the rounds [first, last] has been told: hand their rows to the join.
    caf::reacts_to<done_atom, market::Round, market::Round>>;

/// One per instrument.
using FeedActor = caf::typed_actor<
    // The rounds [first, last] may be told: a recorded feed tells them, a live feed closes them.
    caf::reacts_to<advance_atom, market::Round, market::Round>>;

/// A feed whose venue is live: what was recorded before comes first, then what happens.
using LiveFeedActor = FeedActor::extend<
    // The venue's clock reads this event time: tell what happened until then.
    caf::reacts_to<poll_atom, market::TimeNs>,
    // A new desk: from its first window on these hear everything, the recorded past first; nobody else does
    // any more.
    caf::reacts_to<listen_atom, CalculatorActor, std::vector<MarketListener>>,
    // Its own, a moment after a close: now the others may hear of it too.
    caf::reacts_to<done_atom>>;

/// One per desk: aligns the rows of all instruments and adds what needs more than one of them.
using JoinActor = caf::typed_actor<
    // One instrument's rows of one window.
    caf::reacts_to<RowsFrame>>;

/// One per instance: features to votes.
using StrategyActor = caf::typed_actor<
    // All instruments' rows of one timeframe and window; a window is voted on when all its timeframes and the
    // votes it takes are here.
    caf::reacts_to<FeatureFrame>,
    // The votes of a strategy this one refers to, for one window.
    caf::reacts_to<VoteFrame>>;

/// One per instance: its own paper account.
using BookActor = MarketListener::extend<
    // The rows its instance votes on, before the votes: trades remember what they were entered on.
    caf::reacts_to<FeatureFrame>,
    // Its instance's votes of one window.
    caf::reacts_to<VoteFrame>,
    // What the book did so far; with true, open positions are closed at their marks first and the book is
    // done.
    caf::replies_to<report_atom, bool>::with<ResultFrame>,
    // What it did order by order since it was last asked, for the journal.
    caf::replies_to<records_atom>::with<RecordsFrame>>;

/// One per desk: standing votes to decisions.
using ConsensusActor = caf::typed_actor<
    // Votes of one instance and window.
    caf::reacts_to<VoteFrame>,
    // Closes, for resolving votes.
    caf::reacts_to<FeatureFrame>>;

/// One per desk: the gate every order of the desk's account passes.
using RiskActor = caf::typed_actor<
    // Decisions of one window.
    caf::reacts_to<DecisionFrame>,
    // The account at a round's close; answered once that round's decisions are here.
    caf::replies_to<AccountFrame>::with<OrderFrame>>;

/// One per desk: orders into fills, exits and the account.
using BrokerActor = MarketListener::extend<
    // The rows decisions rest on, before those: trades remember what they were entered on.
    caf::reacts_to<FeatureFrame>,
    // Decisions of one window, where records are kept.
    caf::reacts_to<DecisionFrame>,
    // What the desk's account did so far; with true, open positions are closed at their marks first.
    caf::replies_to<report_atom, bool>::with<ResultFrame>,
    // What it did decision by decision since it was last asked, for the journal.
    caf::replies_to<records_atom>::with<RecordsFrame>>;

/// One per desk: grants windows and knows when they are done.
using ClockActor = caf::typed_actor<
    // The feeds to drive. Sent once, after everybody is spawned.
    caf::reacts_to<start_atom, std::vector<FeedActor>>,
    // A book or the broker has settled every round up to and including this one.
    caf::reacts_to<done_atom, market::Round>,
    // The rounds up to this one may be granted too (live: a minute has ended and its grace is over).
    caf::reacts_to<advance_atom, market::Round>,
    // Answered with the last round once every granted round up to the end is settled by everybody.
    caf::replies_to<wait_atom, market::Round>::with<market::Round>>;

/// Writes what live feeds say to the tick store; a frame is acknowledged once it is synced.
using RecorderActor = MarketListener::extend<
    // Answered when everything told before is on disk.
    caf::replies_to<wait_atom>::with<bool>>;

} // namespace finch

namespace caf {

// Lists of handles travel only between actors of one process.
template <>
struct allowed_unsafe_message_type<std::vector<finch::FeedActor>> : std::true_type {};
template <>
struct allowed_unsafe_message_type<std::vector<finch::MarketListener>> : std::true_type {};

} // namespace caf
