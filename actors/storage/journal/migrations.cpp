#include "actors/storage/journal/migrations.hpp"

#include <array>

namespace finch::journal {
namespace {

// SQL that SQLite and PostgreSQL both take. A released migration is never edited: changes are new migrations.

constexpr const char* research[] = {
    "CREATE TABLE strategies ("
    "name TEXT NOT NULL, family TEXT NOT NULL, origin TEXT NOT NULL, lineage TEXT NOT NULL, "
    "description TEXT NOT NULL, created_ns BIGINT NOT NULL, PRIMARY KEY (name))",
    "CREATE TABLE strategy_versions ("
    "spec_hash TEXT NOT NULL, strategy TEXT NOT NULL, version BIGINT NOT NULL, "
    "parent_hash TEXT NOT NULL, spec TEXT NOT NULL, reason TEXT NOT NULL, "
    "created_ns BIGINT NOT NULL, PRIMARY KEY (spec_hash))",
    "CREATE TABLE instances ("
    "spec_hash TEXT NOT NULL, minutes BIGINT NOT NULL, strategy TEXT NOT NULL, tier TEXT NOT NULL, "
    "active INTEGER NOT NULL, rank BIGINT NOT NULL, born_round BIGINT NOT NULL, "
    "changed_round BIGINT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (spec_hash, minutes))",
    "CREATE TABLE trials ("
    "id TEXT NOT NULL, epoch BIGINT NOT NULL, cycle BIGINT NOT NULL, spec_hash TEXT NOT NULL, "
    "minutes BIGINT NOT NULL, first_round BIGINT NOT NULL, last_round BIGINT NOT NULL, "
    "cost_model TEXT NOT NULL, purpose TEXT NOT NULL, trades BIGINT NOT NULL, "
    "net_units BIGINT NOT NULL, sharpe DOUBLE PRECISION, composite DOUBLE PRECISION, "
    "hourly_returns TEXT NOT NULL, PRIMARY KEY (id))",
    "CREATE TABLE scores ("
    "cycle BIGINT NOT NULL, spec_hash TEXT NOT NULL, minutes BIGINT NOT NULL, kind TEXT NOT NULL, "
    "first_round BIGINT NOT NULL, last_round BIGINT NOT NULL, trades BIGINT NOT NULL, "
    "net_units BIGINT NOT NULL, win_rate DOUBLE PRECISION, profit_factor DOUBLE PRECISION, "
    "sharpe DOUBLE PRECISION, max_drawdown DOUBLE PRECISION, eep DOUBLE PRECISION, "
    "composite DOUBLE PRECISION, deflated_sharpe DOUBLE PRECISION, pbo DOUBLE PRECISION, "
    "drift DOUBLE PRECISION, rank BIGINT NOT NULL, verdict TEXT NOT NULL, "
    "PRIMARY KEY (cycle, spec_hash, minutes, kind))",
    "CREATE TABLE cycles ("
    "id BIGINT NOT NULL, as_of_ns BIGINT NOT NULL, seed BIGINT NOT NULL, state TEXT NOT NULL, "
    "stage TEXT NOT NULL, trials BIGINT NOT NULL, message TEXT NOT NULL, PRIMARY KEY (id))",
    "CREATE TABLE cycle_stages ("
    "cycle BIGINT NOT NULL, ordinal BIGINT NOT NULL, stage TEXT NOT NULL, state TEXT NOT NULL, "
    "seconds DOUBLE PRECISION, detail TEXT NOT NULL, PRIMARY KEY (cycle, ordinal))",
    "CREATE TABLE reports ("
    "path TEXT NOT NULL, cycle BIGINT NOT NULL, kind TEXT NOT NULL, as_of_ns BIGINT NOT NULL, "
    "summary TEXT NOT NULL, PRIMARY KEY (path))",
    "CREATE INDEX trials_by_epoch ON trials (epoch, id)",
    "CREATE INDEX versions_by_strategy ON strategy_versions (strategy, version)",
    "CREATE INDEX scores_by_instance ON scores (spec_hash, minutes, cycle)",
};

constexpr const char* trading[] = {
    "CREATE TABLE sessions ("
    "id BIGINT NOT NULL, kind TEXT NOT NULL, build TEXT NOT NULL, config_hash TEXT NOT NULL, "
    "first_round BIGINT NOT NULL, snapshot TEXT NOT NULL, PRIMARY KEY (id))",
    "CREATE TABLE instruments ("
    "id BIGINT NOT NULL, name TEXT NOT NULL, price_decimals BIGINT NOT NULL, "
    "quantity_decimals BIGINT NOT NULL, synthetic INTEGER NOT NULL, PRIMARY KEY (id))",
    "CREATE TABLE universe ("
    "session BIGINT NOT NULL, round BIGINT NOT NULL, instrument BIGINT NOT NULL, "
    "listed INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (session, round, instrument))",
    "CREATE TABLE control_events ("
    "session BIGINT NOT NULL, round BIGINT NOT NULL, sequence BIGINT NOT NULL, kind TEXT NOT NULL, "
    "subject TEXT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (session, round, sequence))",
    "CREATE TABLE decisions ("
    "session BIGINT NOT NULL, round BIGINT NOT NULL, instrument BIGINT NOT NULL, "
    "side BIGINT NOT NULL, s DOUBLE PRECISION, threshold DOUBLE PRECISION, "
    "confidence_pct DOUBLE PRECISION, reference_price DOUBLE PRECISION, order_id BIGINT NOT NULL, "
    "leader TEXT NOT NULL, PRIMARY KEY (session, round, instrument))",
    "CREATE TABLE decision_votes ("
    "session BIGINT NOT NULL, round BIGINT NOT NULL, instrument BIGINT NOT NULL, "
    "instance TEXT NOT NULL, side BIGINT NOT NULL, p DOUBLE PRECISION, weight DOUBLE PRECISION, "
    "reliability DOUBLE PRECISION, PRIMARY KEY (session, round, instrument, instance))",
    "CREATE TABLE orders ("
    "session BIGINT NOT NULL, id BIGINT NOT NULL, round BIGINT NOT NULL, instrument BIGINT NOT NULL, "
    "side BIGINT NOT NULL, reduce INTEGER NOT NULL, quantity BIGINT NOT NULL, "
    "stop_distance DOUBLE PRECISION, target_distance DOUBLE PRECISION, "
    "trail_distance DOUBLE PRECISION, max_hold_rounds BIGINT NOT NULL, PRIMARY KEY (session, id))",
    "CREATE TABLE refusals ("
    "session BIGINT NOT NULL, round BIGINT NOT NULL, instrument BIGINT NOT NULL, "
    "reason_code BIGINT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (session, round, instrument))",
    "CREATE TABLE fills ("
    "session BIGINT NOT NULL, account TEXT NOT NULL, order_id BIGINT NOT NULL, "
    "sequence BIGINT NOT NULL, time_ns BIGINT NOT NULL, instrument BIGINT NOT NULL, "
    "side BIGINT NOT NULL, price BIGINT NOT NULL, quantity BIGINT NOT NULL, "
    "fee_units BIGINT NOT NULL, spread_units BIGINT NOT NULL, slippage_units BIGINT NOT NULL, "
    "kind TEXT NOT NULL, PRIMARY KEY (session, account, order_id, sequence))",
    "CREATE TABLE trades ("
    "session BIGINT NOT NULL, account TEXT NOT NULL, id BIGINT NOT NULL, instrument BIGINT NOT NULL, "
    "side BIGINT NOT NULL, exit_reason TEXT NOT NULL, entry_time_ns BIGINT NOT NULL, "
    "exit_time_ns BIGINT NOT NULL, entry_price BIGINT NOT NULL, exit_price BIGINT NOT NULL, "
    "quantity BIGINT NOT NULL, stop_price BIGINT NOT NULL, gross_units BIGINT NOT NULL, "
    "fees_units BIGINT NOT NULL, spread_units BIGINT NOT NULL, slippage_units BIGINT NOT NULL, "
    "funding_units BIGINT NOT NULL, net_units BIGINT NOT NULL, mfe DOUBLE PRECISION, "
    "mae DOUBLE PRECISION, planned_risk_units BIGINT NOT NULL, regime_entry TEXT NOT NULL, "
    "regime_exit TEXT NOT NULL, features_entry TEXT NOT NULL, PRIMARY KEY (session, account, id))",
    "CREATE TABLE post_exits ("
    "session BIGINT NOT NULL, account TEXT NOT NULL, trade_id BIGINT NOT NULL, "
    "rounds_after BIGINT NOT NULL, move_bps DOUBLE PRECISION, "
    "PRIMARY KEY (session, account, trade_id, rounds_after))",
    "CREATE TABLE equity ("
    "session BIGINT NOT NULL, account TEXT NOT NULL, round BIGINT NOT NULL, "
    "equity_units BIGINT NOT NULL, cash_units BIGINT NOT NULL, PRIMARY KEY (session, account, round))",
    "CREATE TABLE win_loss ("
    "session BIGINT NOT NULL, day BIGINT NOT NULL, account TEXT NOT NULL, "
    "instrument BIGINT NOT NULL, wins BIGINT NOT NULL, losses BIGINT NOT NULL, "
    "won_units BIGINT NOT NULL, lost_units BIGINT NOT NULL, "
    "PRIMARY KEY (session, day, account, instrument))",
    "CREATE TABLE breaker_events ("
    "session BIGINT NOT NULL, round BIGINT NOT NULL, breaker TEXT NOT NULL, "
    "tripped INTEGER NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (session, round, breaker))",
    "CREATE TABLE health ("
    "session BIGINT NOT NULL, time_ns BIGINT NOT NULL, component TEXT NOT NULL, state TEXT NOT NULL, "
    "detail TEXT NOT NULL, PRIMARY KEY (session, time_ns, component))",
    "CREATE TABLE daily_metrics ("
    "session BIGINT NOT NULL, day BIGINT NOT NULL, account TEXT NOT NULL, metric TEXT NOT NULL, "
    "amount DOUBLE PRECISION, PRIMARY KEY (session, day, account, metric))",
    "CREATE INDEX trades_by_exit ON trades (session, exit_time_ns)",
    "CREATE INDEX fills_by_time ON fills (session, time_ns)",
};

constexpr const char* learning[] = {
    "CREATE TABLE holdout_looks ("
    "lineage TEXT NOT NULL, day BIGINT NOT NULL, spec_hash TEXT NOT NULL, cycle BIGINT NOT NULL, "
    "outcome TEXT NOT NULL, PRIMARY KEY (lineage, day))",
    "CREATE TABLE models ("
    "id TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, target TEXT NOT NULL, "
    "instrument TEXT NOT NULL, minutes BIGINT NOT NULL, version BIGINT NOT NULL, "
    "state TEXT NOT NULL, trained_until_ns BIGINT NOT NULL, created_ns BIGINT NOT NULL, "
    "parameters TEXT NOT NULL, artifact TEXT NOT NULL, PRIMARY KEY (id))",
    "CREATE TABLE model_results ("
    "model TEXT NOT NULL, cycle BIGINT NOT NULL, first_round BIGINT NOT NULL, "
    "last_round BIGINT NOT NULL, samples BIGINT NOT NULL, log_loss DOUBLE PRECISION, "
    "brier DOUBLE PRECISION, auc DOUBLE PRECISION, accuracy DOUBLE PRECISION, "
    "information_coefficient DOUBLE PRECISION, drift DOUBLE PRECISION, PRIMARY KEY (model, cycle))",
    "CREATE TABLE ensembles ("
    "name TEXT NOT NULL, member TEXT NOT NULL, cycle BIGINT NOT NULL, weight DOUBLE PRECISION, "
    "PRIMARY KEY (name, member))",
    "CREATE TABLE patterns ("
    "id TEXT NOT NULL, cycle BIGINT NOT NULL, subject TEXT NOT NULL, description TEXT NOT NULL, "
    "support BIGINT NOT NULL, effect DOUBLE PRECISION, p_value DOUBLE PRECISION, PRIMARY KEY (id))",
    "CREATE INDEX models_by_name ON models (name, version)",
};

// Orders and refusals were never written before this version, so their tables are made anew.
constexpr const char* accounts[] = {
    "DROP TABLE orders",
    "CREATE TABLE orders ("
    "session BIGINT NOT NULL, account TEXT NOT NULL, id BIGINT NOT NULL, round BIGINT NOT NULL, "
    "instrument BIGINT NOT NULL, side BIGINT NOT NULL, kind TEXT NOT NULL, quantity BIGINT NOT NULL, "
    "stop_distance DOUBLE PRECISION, target_distance DOUBLE PRECISION, "
    "trail_distance DOUBLE PRECISION, max_hold_rounds BIGINT NOT NULL, PRIMARY KEY (session, account, id))",
    "DROP TABLE refusals",
    "CREATE TABLE refusals ("
    "session BIGINT NOT NULL, account TEXT NOT NULL, round BIGINT NOT NULL, sequence BIGINT NOT NULL, "
    "instrument BIGINT NOT NULL, order_id BIGINT NOT NULL, reason_code BIGINT NOT NULL, "
    "reason TEXT NOT NULL, PRIMARY KEY (session, account, round, sequence))",
    "ALTER TABLE decisions ADD COLUMN outcome TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE trades ADD COLUMN strategy TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE instruments ADD COLUMN price_scale DOUBLE PRECISION",
    "ALTER TABLE instruments ADD COLUMN quantity_scale DOUBLE PRECISION",
    "ALTER TABLE sessions ADD COLUMN kept_round BIGINT NOT NULL DEFAULT 0",
};

// What other tools expect to find, in units people read. {utc:…} is an event time in ns as ISO-8601 text.
constexpr const char* views[] = {
    "CREATE VIEW paper_trades AS SELECT t.session, t.account, t.strategy, t.id AS trade_id, "
    "i.name AS symbol, CASE WHEN t.side > 0 THEN 'long' ELSE 'short' END AS side, "
    "{utc:t.entry_time_ns} AS entry_time, {utc:t.exit_time_ns} AS exit_time, "
    "t.entry_price / i.price_scale AS entry_price, t.exit_price / i.price_scale AS exit_price, "
    "t.quantity / i.quantity_scale AS size, t.gross_units / 1e8 AS gross_pnl, t.fees_units / 1e8 AS fees, "
    "t.spread_units / 1e8 AS spread, t.slippage_units / 1e8 AS slippage, t.funding_units / 1e8 AS funding, "
    "t.net_units / 1e8 AS net_pnl, (t.exit_time_ns - t.entry_time_ns) / 1e9 AS hold_seconds, "
    "t.mfe / i.price_scale AS mfe, t.mae / i.price_scale AS mae, t.planned_risk_units / 1e8 AS planned_risk, "
    "t.exit_reason, t.regime_entry, t.regime_exit, t.features_entry "
    "FROM trades t LEFT JOIN instruments i ON i.id = t.instrument",
    "CREATE VIEW signals AS SELECT v.session, {utc:(v.round + 1) * 60000000000} AS time, i.name AS symbol, "
    "v.instance AS strategy, CASE WHEN v.side > 0 THEN 'long' ELSE 'short' END AS side, "
    "v.p AS confidence, v.weight, v.reliability, d.s AS consensus, d.threshold, "
    "CASE WHEN d.side > 0 THEN 'long' WHEN d.side < 0 THEN 'short' ELSE 'none' END AS decision, "
    "d.reference_price AS price, d.outcome FROM decision_votes v "
    "JOIN decisions d ON d.session = v.session AND d.round = v.round AND d.instrument = v.instrument "
    "LEFT JOIN instruments i ON i.id = v.instrument",
    "CREATE VIEW strategy_registry AS SELECT n.spec_hash AS strategy_id, n.strategy AS name, s.family, "
    "n.minutes || 'm' AS timeframe, v.version, n.tier, "
    "CASE WHEN n.active = 1 THEN 'active' ELSE 'inactive' END AS status, n.rank, s.origin, s.lineage, "
    "v.parent_hash AS parent_id, v.spec, {utc:v.created_ns} AS created_at, n.reason FROM instances n "
    "LEFT JOIN strategies s ON s.name = n.strategy LEFT JOIN strategy_versions v ON v.spec_hash = "
    "n.spec_hash",
    "CREATE VIEW strategy_scores AS SELECT {utc:c.as_of_ns} AS scored_at, r.cycle, "
    "r.spec_hash AS strategy_id, v.strategy AS name, r.minutes || 'm' AS timeframe, r.kind, r.trades, "
    "r.net_units / 1e8 AS net_pnl, r.win_rate, r.profit_factor, r.sharpe, r.max_drawdown, r.eep, "
    "r.composite, r.deflated_sharpe, r.pbo, r.drift, r.rank, r.verdict FROM scores r "
    "LEFT JOIN cycles c ON c.id = r.cycle LEFT JOIN strategy_versions v ON v.spec_hash = r.spec_hash",
    "CREATE VIEW ml_model_results AS SELECT {utc:c.as_of_ns} AS evaluated_at, r.cycle, "
    "r.model AS model_id, m.name, m.kind, m.target, m.instrument AS symbol, m.minutes || 'm' AS timeframe, "
    "m.version, m.state, r.samples, r.log_loss, r.brier, r.auc, r.accuracy, r.information_coefficient, "
    "r.drift FROM model_results r LEFT JOIN models m ON m.id = r.model LEFT JOIN cycles c ON c.id = r.cycle",
};

constexpr std::array<Migration, 5> all{{
    {1, "strategies, trials, scores, cycles, reports", research},
    {2, "sessions, control events, orders, fills, trades, equity, health", trading},
    {3, "holdout looks, models, ensembles, patterns", learning},
    {4, "orders and refusals of every account, outcomes of decisions", accounts},
    {5, "views under the names other tools know", views},
}};

} // namespace

std::span<const Migration> migrations() noexcept { return all; }

} // namespace finch::journal
