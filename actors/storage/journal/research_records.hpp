/// Rows of research: strategies and their versions, trials, scores, cycles, models, reports.
#pragma once

#include "actors/storage/journal/table.hpp"

#include <limits>

namespace finch::journal {

/// A strategy by name, whatever its versions.
struct Strategy {
  std::string name;
  std::string family;
  std::string origin;  ///< seed, genetic, model or person
  std::string lineage; ///< names the ancestor all its relatives share; the holdout judges lineages
  std::string description;
  std::int64_t created_ns = 0; ///< event time

  bool operator==(const Strategy&) const = default;
};

template <>
struct Table<Strategy> {
  static constexpr const char* name = "strategies";
  static constexpr std::size_t keys = 1;
  static constexpr std::tuple columns{column("name", &Strategy::name),
                                      column("family", &Strategy::family),
                                      column("origin", &Strategy::origin),
                                      column("lineage", &Strategy::lineage),
                                      column("description", &Strategy::description),
                                      column("created_ns", &Strategy::created_ns)};
};

/// One spec, word for word.
struct StrategyVersion {
  std::string spec_hash;
  std::string strategy;
  std::int64_t version = 0; ///< 1, 2, … within the strategy
  std::string parent_hash;  ///< the spec it was bred from; empty for seeds
  std::string spec;         ///< canonical JSON
  std::string reason;       ///< why it was made
  std::int64_t created_ns = 0;

  bool operator==(const StrategyVersion&) const = default;
};

template <>
struct Table<StrategyVersion> {
  static constexpr const char* name = "strategy_versions";
  static constexpr std::size_t keys = 1;
  static constexpr std::tuple columns{column("spec_hash", &StrategyVersion::spec_hash),
                                      column("strategy", &StrategyVersion::strategy),
                                      column("version", &StrategyVersion::version),
                                      column("parent_hash", &StrategyVersion::parent_hash),
                                      column("spec", &StrategyVersion::spec),
                                      column("reason", &StrategyVersion::reason),
                                      column("created_ns", &StrategyVersion::created_ns)};
};

/// A spec on a timeframe: the unit of registry, book, vote and trial.
struct Instance {
  std::string spec_hash;
  std::int64_t minutes = 0; ///< timeframe
  std::string strategy;
  std::string tier;               ///< T0, T1 or T2
  bool active = false;            ///< votes and has a running book
  std::int64_t rank = 0;          ///< 1 is best; 0 while unranked
  std::int64_t born_round = 0;    ///< forward scoring begins here
  std::int64_t changed_round = 0; ///< last promotion, demotion or archiving
  std::string reason;             ///< of the last change

  bool operator==(const Instance&) const = default;
};

template <>
struct Table<Instance> {
  static constexpr const char* name = "instances";
  static constexpr std::size_t keys = 2;
  static constexpr std::tuple columns{
      column("spec_hash", &Instance::spec_hash),   column("minutes", &Instance::minutes),
      column("strategy", &Instance::strategy),     column("tier", &Instance::tier),
      column("active", &Instance::active),         column("rank", &Instance::rank),
      column("born_round", &Instance::born_round), column("changed_round", &Instance::changed_round),
      column("reason", &Instance::reason)};
};

/// One evaluation of one variant on one span under one cost model, counted once.
struct Trial {
  std::string id;         ///< hash of canonical spec, timeframe, data span and cost model
  std::int64_t epoch = 0; ///< data epoch; N of the deflated Sharpe ratio is counted within it
  std::int64_t cycle = 0; ///< 0 outside cycles
  std::string spec_hash;
  std::int64_t minutes = 0;
  std::int64_t first_round = 0;
  std::int64_t last_round = 0;
  std::string cost_model;
  std::string purpose; ///< screen, tune, walk_forward, promotion or holdout
  std::int64_t trades = 0;
  std::int64_t net_units = 0;                               ///< 1e-8 quote
  double sharpe = std::numeric_limits<double>::quiet_NaN(); ///< of hourly returns, not annualised
  double composite = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> hourly_returns; ///< one per hourly bucket, as fractions

  bool operator==(const Trial&) const = default;
};

template <>
struct Table<Trial> {
  static constexpr const char* name = "trials";
  static constexpr std::size_t keys = 1;
  static constexpr std::tuple columns{column("id", &Trial::id),
                                      column("epoch", &Trial::epoch),
                                      column("cycle", &Trial::cycle),
                                      column("spec_hash", &Trial::spec_hash),
                                      column("minutes", &Trial::minutes),
                                      column("first_round", &Trial::first_round),
                                      column("last_round", &Trial::last_round),
                                      column("cost_model", &Trial::cost_model),
                                      column("purpose", &Trial::purpose),
                                      column("trades", &Trial::trades),
                                      column("net_units", &Trial::net_units),
                                      column("sharpe", &Trial::sharpe),
                                      column("composite", &Trial::composite),
                                      column("hourly_returns", &Trial::hourly_returns)};
};

/// What a cycle found out about an instance.
struct Score {
  std::int64_t cycle = 0;
  std::string spec_hash;
  std::int64_t minutes = 0;
  std::string kind; ///< active, candidate, forward or holdout
  std::int64_t first_round = 0;
  std::int64_t last_round = 0;
  std::int64_t trades = 0;
  std::int64_t net_units = 0;
  double win_rate = std::numeric_limits<double>::quiet_NaN();
  double profit_factor = std::numeric_limits<double>::quiet_NaN();
  double sharpe = std::numeric_limits<double>::quiet_NaN();
  double max_drawdown = std::numeric_limits<double>::quiet_NaN();
  double eep = std::numeric_limits<double>::quiet_NaN();
  double composite = std::numeric_limits<double>::quiet_NaN();
  double deflated_sharpe = std::numeric_limits<double>::quiet_NaN();
  double pbo = std::numeric_limits<double>::quiet_NaN();
  double drift = std::numeric_limits<double>::quiet_NaN();
  std::int64_t rank = 0;
  std::string verdict; ///< promote, keep, demote, archive, with the reason

  bool operator==(const Score&) const = default;
};

template <>
struct Table<Score> {
  static constexpr const char* name = "scores";
  static constexpr std::size_t keys = 4;
  static constexpr std::tuple columns{column("cycle", &Score::cycle),
                                      column("spec_hash", &Score::spec_hash),
                                      column("minutes", &Score::minutes),
                                      column("kind", &Score::kind),
                                      column("first_round", &Score::first_round),
                                      column("last_round", &Score::last_round),
                                      column("trades", &Score::trades),
                                      column("net_units", &Score::net_units),
                                      column("win_rate", &Score::win_rate),
                                      column("profit_factor", &Score::profit_factor),
                                      column("sharpe", &Score::sharpe),
                                      column("max_drawdown", &Score::max_drawdown),
                                      column("eep", &Score::eep),
                                      column("composite", &Score::composite),
                                      column("deflated_sharpe", &Score::deflated_sharpe),
                                      column("pbo", &Score::pbo),
                                      column("drift", &Score::drift),
                                      column("rank", &Score::rank),
                                      column("verdict", &Score::verdict)};
};

/// One run of the evolution cycle.
struct Cycle {
  std::int64_t id = 0;       ///< number of the UTC hour of `as_of_ns`, or above for repeats
  std::int64_t as_of_ns = 0; ///< nothing later was looked at
  std::int64_t seed = 0;
  std::string state;       ///< running, done or failed
  std::string stage;       ///< the stage it is in or ended with
  std::int64_t trials = 0; ///< counted so far
  std::string message;     ///< of a failure

  bool operator==(const Cycle&) const = default;
};

template <>
struct Table<Cycle> {
  static constexpr const char* name = "cycles";
  static constexpr std::size_t keys = 1;
  static constexpr std::tuple columns{column("id", &Cycle::id),          column("as_of_ns", &Cycle::as_of_ns),
                                      column("seed", &Cycle::seed),      column("state", &Cycle::state),
                                      column("stage", &Cycle::stage),    column("trials", &Cycle::trials),
                                      column("message", &Cycle::message)};
};

/// How far a stage of a cycle got, so that a crash resumes it.
struct CycleStage {
  std::int64_t cycle = 0;
  std::int64_t ordinal = 0; ///< place of the stage in the cycle
  std::string stage;
  std::string state;                                         ///< running, done, skipped or failed
  double seconds = std::numeric_limits<double>::quiet_NaN(); ///< wall time, for people
  std::string detail;                                        ///< what the stage must know to resume

  bool operator==(const CycleStage&) const = default;
};

template <>
struct Table<CycleStage> {
  static constexpr const char* name = "cycle_stages";
  static constexpr std::size_t keys = 2;
  static constexpr std::tuple columns{
      column("cycle", &CycleStage::cycle),     column("ordinal", &CycleStage::ordinal),
      column("stage", &CycleStage::stage),     column("state", &CycleStage::state),
      column("seconds", &CycleStage::seconds), column("detail", &CycleStage::detail)};
};

/// A lineage's one look at a holdout day.
struct HoldoutLook {
  std::string lineage;
  std::int64_t day = 0; ///< days since 1970 of H0
  std::string spec_hash;
  std::int64_t cycle = 0;
  std::string outcome;

  bool operator==(const HoldoutLook&) const = default;
};

template <>
struct Table<HoldoutLook> {
  static constexpr const char* name = "holdout_looks";
  static constexpr std::size_t keys = 2;
  static constexpr std::tuple columns{
      column("lineage", &HoldoutLook::lineage), column("day", &HoldoutLook::day),
      column("spec_hash", &HoldoutLook::spec_hash), column("cycle", &HoldoutLook::cycle),
      column("outcome", &HoldoutLook::outcome)};
};

/// A trained version of a model.
struct Model {
  std::string id; ///< hash of configuration, data and seed
  std::string name;
  std::string kind; ///< gbt, forest, mlp, …
  std::string target;
  std::string instrument; ///< empty for a pooled model
  std::int64_t minutes = 0;
  std::int64_t version = 0;
  std::string state;                 ///< candidate, active or archived
  std::int64_t trained_until_ns = 0; ///< no label it learned from ends later
  std::int64_t created_ns = 0;
  std::string parameters; ///< JSON
  std::string artifact;   ///< path below the data directory

  bool operator==(const Model&) const = default;
};

template <>
struct Table<Model> {
  static constexpr const char* name = "models";
  static constexpr std::size_t keys = 1;
  static constexpr std::tuple columns{column("id", &Model::id),
                                      column("name", &Model::name),
                                      column("kind", &Model::kind),
                                      column("target", &Model::target),
                                      column("instrument", &Model::instrument),
                                      column("minutes", &Model::minutes),
                                      column("version", &Model::version),
                                      column("state", &Model::state),
                                      column("trained_until_ns", &Model::trained_until_ns),
                                      column("created_ns", &Model::created_ns),
                                      column("parameters", &Model::parameters),
                                      column("artifact", &Model::artifact)};
};

/// How well a model did on data it had not seen.
struct ModelResult {
  std::string model;
  std::int64_t cycle = 0;
  std::int64_t first_round = 0;
  std::int64_t last_round = 0;
  std::int64_t samples = 0;
  double log_loss = std::numeric_limits<double>::quiet_NaN();
  double brier = std::numeric_limits<double>::quiet_NaN();
  double auc = std::numeric_limits<double>::quiet_NaN();
  double accuracy = std::numeric_limits<double>::quiet_NaN();
  double information_coefficient = std::numeric_limits<double>::quiet_NaN();
  double drift = std::numeric_limits<double>::quiet_NaN();

  bool operator==(const ModelResult&) const = default;
};

template <>
struct Table<ModelResult> {
  static constexpr const char* name = "model_results";
  static constexpr std::size_t keys = 2;
  static constexpr std::tuple columns{
      column("model", &ModelResult::model),
      column("cycle", &ModelResult::cycle),
      column("first_round", &ModelResult::first_round),
      column("last_round", &ModelResult::last_round),
      column("samples", &ModelResult::samples),
      column("log_loss", &ModelResult::log_loss),
      column("brier", &ModelResult::brier),
      column("auc", &ModelResult::auc),
      column("accuracy", &ModelResult::accuracy),
      column("information_coefficient", &ModelResult::information_coefficient),
      column("drift", &ModelResult::drift)};
};

/// A model's or strategy's weight in an ensemble.
struct Ensemble {
  std::string name;
  std::string member;
  std::int64_t cycle = 0; ///< that decided the weight
  double weight = std::numeric_limits<double>::quiet_NaN();

  bool operator==(const Ensemble&) const = default;
};

template <>
struct Table<Ensemble> {
  static constexpr const char* name = "ensembles";
  static constexpr std::size_t keys = 2;
  static constexpr std::tuple columns{column("name", &Ensemble::name), column("member", &Ensemble::member),
                                      column("cycle", &Ensemble::cycle), column("weight", &Ensemble::weight)};
};

/// Something the cycle learned and wants to remember.
struct Pattern {
  std::string id;
  std::int64_t cycle = 0;
  std::string subject; ///< what it was seen in
  std::string description;
  std::int64_t support = 0;                                 ///< cases
  double effect = std::numeric_limits<double>::quiet_NaN(); ///< mean outcome of the cases
  double p_value = std::numeric_limits<double>::quiet_NaN();

  bool operator==(const Pattern&) const = default;
};

template <>
struct Table<Pattern> {
  static constexpr const char* name = "patterns";
  static constexpr std::size_t keys = 1;
  static constexpr std::tuple columns{
      column("id", &Pattern::id),           column("cycle", &Pattern::cycle),
      column("subject", &Pattern::subject), column("description", &Pattern::description),
      column("support", &Pattern::support), column("effect", &Pattern::effect),
      column("p_value", &Pattern::p_value)};
};

/// A report that was written.
struct Report {
  std::string path; ///< below the data directory
  std::int64_t cycle = 0;
  std::string kind;
  std::int64_t as_of_ns = 0;
  std::string summary;

  bool operator==(const Report&) const = default;
};

template <>
struct Table<Report> {
  static constexpr const char* name = "reports";
  static constexpr std::size_t keys = 1;
  static constexpr std::tuple columns{column("path", &Report::path), column("cycle", &Report::cycle),
                                      column("kind", &Report::kind), column("as_of_ns", &Report::as_of_ns),
                                      column("summary", &Report::summary)};
};

} // namespace finch::journal
