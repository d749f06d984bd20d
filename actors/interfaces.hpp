/// Every typed actor on one page: who may say what to whom.
///
/// Data flows one way, in windows of rounds: the clock grants a window to the feeds; each feed tells its calculator,
/// the books and the broker what happened; calculators tell the join, the join tells the strategies, the strategies
/// tell the books and the consensus, the consensus tells risk, and risk and broker settle round by round. Books and
/// broker report the window done to the clock, which is the credit for the next window.
#pragma once

#include "schemas/frame.hpp"

#include "schemas/control_generated.h"
#include "schemas/features_generated.h"
#include "schemas/market_generated.h"
#include "schemas/orders_generated.h"
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
using ControlFrame = Frame<fb::ControlEvent>;

using advance_atom = caf::atom_constant<caf::atom("advance")>;
using done_atom = caf::atom_constant<caf::atom("done")>;
using finish_atom = caf::atom_constant<caf::atom("finish")>;
using report_atom = caf::atom_constant<caf::atom("report")>;
using start_atom = caf::atom_constant<caf::atom("start")>;
using status_atom = caf::atom_constant<caf::atom("status")>;

} // namespace finch
