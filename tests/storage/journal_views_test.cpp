/// What other tools read: the views, alike on both databases.
#include "tests/storage/journal_place.hpp"

#include <doctest/doctest.h>

using namespace finch;
using namespace finch::journal;

namespace {

struct PaperTrade {
  std::string symbol, strategy, side, entry_time, exit_time, regime_entry;
  double entry_price = 0, size = 0, fees = 0, net_pnl = 0, hold_seconds = 0, mfe = 0;
};
struct Signal {
  std::string time, symbol, strategy, side, decision, outcome;
  double confidence = 0, price = 0;
};
struct Registered {
  std::string strategy_id, name, family, timeframe, status, created_at;
  std::int64_t version = 0;
};
struct Scored {
  std::string scored_at, name, timeframe;
  double net_pnl = 0, composite = 0;
};
struct Modelled {
  std::string evaluated_at, model_id, name, timeframe;
  double accuracy = 0;
};

} // namespace

namespace finch::journal {

template <>
struct Table<PaperTrade> {
  static constexpr const char* name = "paper_trades";
  static constexpr std::size_t keys = 1;
  static constexpr std::tuple columns{column("symbol", &PaperTrade::symbol),
                                      column("strategy", &PaperTrade::strategy),
                                      column("side", &PaperTrade::side),
                                      column("entry_time", &PaperTrade::entry_time),
                                      column("exit_time", &PaperTrade::exit_time),
                                      column("regime_entry", &PaperTrade::regime_entry),
                                      column("entry_price", &PaperTrade::entry_price),
                                      column("size", &PaperTrade::size),
                                      column("fees", &PaperTrade::fees),
                                      column("net_pnl", &PaperTrade::net_pnl),
                                      column("hold_seconds", &PaperTrade::hold_seconds),
                                      column("mfe", &PaperTrade::mfe)};
};
template <>
struct Table<Signal> {
  static constexpr const char* name = "signals";
  static constexpr std::size_t keys = 1;
  static constexpr std::tuple columns{column("time", &Signal::time),
                                      column("symbol", &Signal::symbol),
                                      column("strategy", &Signal::strategy),
                                      column("side", &Signal::side),
                                      column("decision", &Signal::decision),
                                      column("outcome", &Signal::outcome),
                                      column("confidence", &Signal::confidence),
                                      column("price", &Signal::price)};
};
template <>
struct Table<Registered> {
  static constexpr const char* name = "strategy_registry";
  static constexpr std::size_t keys = 1;
  static constexpr std::tuple columns{
      column("strategy_id", &Registered::strategy_id), column("name", &Registered::name),
      column("family", &Registered::family),           column("timeframe", &Registered::timeframe),
      column("status", &Registered::status),           column("created_at", &Registered::created_at),
      column("version", &Registered::version)};
};
template <>
struct Table<Scored> {
  static constexpr const char* name = "strategy_scores";
  static constexpr std::size_t keys = 1;
  static constexpr std::tuple columns{column("scored_at", &Scored::scored_at), column("name", &Scored::name),
                                      column("timeframe", &Scored::timeframe),
                                      column("net_pnl", &Scored::net_pnl),
                                      column("composite", &Scored::composite)};
};
template <>
struct Table<Modelled> {
  static constexpr const char* name = "ml_model_results";
  static constexpr std::size_t keys = 1;
  static constexpr std::tuple columns{
      column("evaluated_at", &Modelled::evaluated_at), column("model_id", &Modelled::model_id),
      column("name", &Modelled::name), column("timeframe", &Modelled::timeframe),
      column("accuracy", &Modelled::accuracy)};
};

} // namespace finch::journal

namespace {

constexpr std::int64_t instant = 1'722'470'400'000'000'000; // 2024-08-01T00:00:00Z
constexpr std::int64_t minute = 60'000'000'000;

void fill_trading(Journal& journal) {
  REQUIRE(journal.put(InstrumentFacts{7, "sim.perp/BTC-USDT", 1, 4, true, 10, 10'000}));
  Trade trade;
  trade.session = 1;
  trade.account = "desk";
  trade.id = 5;
  trade.instrument = 7;
  trade.side = -1;
  trade.entry_time_ns = instant + 1'500'000'000;
  trade.exit_time_ns = instant + 2 * minute;
  trade.entry_price = 650'001;
  trade.quantity = 2'500;
  trade.fees_units = 1'000'000;
  trade.net_units = -123'450'000;
  trade.mfe = 25;
  trade.regime_entry = "panic";
  trade.strategy = "momentum@5m";
  REQUIRE(journal.put(trade));
  Decision decision;
  decision.session = 1;
  decision.round = instant / minute - 1;
  decision.instrument = 7;
  decision.side = -1;
  decision.reference_price = 65'000.5;
  decision.outcome = "order";
  REQUIRE(journal.put(decision));
  REQUIRE(journal.put(DecisionVote{1, decision.round, 7, "momentum@5m", -1, 0.625, 0.5, 0.1}));
}

void fill_research(Journal& journal) {
  REQUIRE(journal.put(Strategy{"momentum", "momentum", "seed", "momentum", "Follows.", instant}));
  REQUIRE(journal.put(StrategyVersion{"ab", "momentum", 3, "aa", "{}", "tuned", instant}));
  REQUIRE(journal.put(Instance{"ab", 15, "momentum", "T1", true, 2, 0, 0, ""}));
  Cycle cycle;
  cycle.id = 4;
  cycle.as_of_ns = instant;
  REQUIRE(journal.put(cycle));
  Score score;
  score.cycle = 4;
  score.spec_hash = "ab";
  score.minutes = 15;
  score.net_units = 50'000'000;
  score.composite = 0.75;
  REQUIRE(journal.put(score));
  Model model;
  model.id = "m1";
  model.name = "gbt";
  model.minutes = 5;
  REQUIRE(journal.put(model));
  ModelResult result;
  result.model = "m1";
  result.cycle = 4;
  result.accuracy = 0.5;
  REQUIRE(journal.put(result));
}

} // namespace

TEST_CASE("trading views show what happened in units people read") {
  FINCH_ON_BOTH_DATABASES(where);
  auto journal = Journal::open(where);
  REQUIRE(journal.has_value());
  fill_trading(**journal);
  auto trades = (*journal)->select<PaperTrade>();
  REQUIRE_MESSAGE(trades.has_value(), trades.error().message);
  REQUIRE(trades->size() == 1);
  const auto& trade = trades->front();
  CHECK(trade.symbol == "sim.perp/BTC-USDT");
  CHECK(trade.strategy == "momentum@5m");
  CHECK(trade.side == "short");
  CHECK(trade.entry_time == "2024-08-01T00:00:01Z");
  CHECK(trade.exit_time == "2024-08-01T00:02:00Z");
  CHECK(trade.regime_entry == "panic");
  CHECK(trade.entry_price == 65'000.1);
  CHECK(trade.size == 0.25);
  CHECK(trade.fees == 0.01);
  CHECK(trade.net_pnl == -1.2345);
  CHECK(trade.hold_seconds == 118.5);
  CHECK(trade.mfe == 2.5);
  auto signals = (*journal)->select<Signal>();
  REQUIRE_MESSAGE(signals.has_value(), signals.error().message);
  REQUIRE(signals->size() == 1);
  const auto& signal = signals->front();
  CHECK(signal.time == "2024-08-01T00:00:00Z");
  CHECK(signal.side == "short");
  CHECK(signal.decision == "short");
  CHECK(signal.outcome == "order");
  CHECK(signal.confidence == 0.625);
  CHECK(signal.price == 65'000.5);
}

TEST_CASE("research views name strategies, timeframes and times") {
  FINCH_ON_BOTH_DATABASES(where);
  auto journal = Journal::open(where);
  REQUIRE(journal.has_value());
  fill_research(**journal);
  auto registry = (*journal)->select<Registered>();
  REQUIRE_MESSAGE(registry.has_value(), registry.error().message);
  REQUIRE(registry->size() == 1);
  CHECK(registry->front().strategy_id == "ab");
  CHECK(registry->front().timeframe == "15m");
  CHECK(registry->front().status == "active");
  CHECK(registry->front().version == 3);
  CHECK(registry->front().created_at == "2024-08-01T00:00:00Z");
  auto scores = (*journal)->select<Scored>();
  REQUIRE_MESSAGE(scores.has_value(), scores.error().message);
  REQUIRE(scores->size() == 1);
  CHECK(scores->front().name == "momentum");
  CHECK(scores->front().net_pnl == 0.5);
  CHECK(scores->front().composite == 0.75);
  auto models = (*journal)->select<Modelled>();
  REQUIRE_MESSAGE(models.has_value(), models.error().message);
  REQUIRE(models->size() == 1);
  CHECK(models->front().evaluated_at == "2024-08-01T00:00:00Z");
  CHECK(models->front().timeframe == "5m");
  CHECK(models->front().accuracy == 0.5);
}
