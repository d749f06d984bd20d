/// A strategy as data: the JSON spec, its checks, its canonical text and its identity.
#pragma once

#include "actors/expression/ast.hpp"
#include "actors/market/timeframe.hpp"
#include "actors/strategies/vocabulary.hpp"
#include "schemas/error.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace finch::strategies {

/// A number the tuner may turn: its value, and the grid min, min + step, … up to max.
struct Parameter {
  std::string name;
  double value = 0, min = 0, max = 0, step = 0;

  bool operator==(const Parameter&) const = default;
};

/// How far from the entry a level lies, always a positive distance.
struct Distance {
  enum class Unit {
    pct,  ///< percent of the close
    atr,  ///< multiples of atr_14
    price ///< quote per base, any expression that is a price
  };
  Unit unit = Unit::atr;
  expression::Expression amount;
};

/// When a position ends. Distances are taken when the vote is cast and frozen at entry.
struct Exits {
  Distance stop_loss; ///< always there: size is risk over distance
  std::optional<Distance> take_profit;
  std::optional<Distance> trailing;
  std::optional<expression::Expression>
      break_even_at_r; ///< gain, in initial risks, that moves the stop to entry
  std::optional<expression::Expression> max_hold_bars;
  std::optional<expression::Expression> cooldown_bars; ///< bars without entry after an exit
  std::optional<expression::Expression> exit_long, exit_short;
};

/// A checked spec: everything in it parses, types and stays within its limits over all parameter ranges.
struct Spec {
  std::string name, family, description;
  std::vector<market::Timeframe> timeframes; ///< ascending
  std::vector<std::string> universe;         ///< patterns as `BTC-USDT` or `binance.um/*`; empty is all
  std::vector<Parameter> parameters;         ///< by name
  std::optional<expression::Expression> enter_long, enter_short; ///< at least one
  std::optional<expression::Expression> confidence;              ///< default_confidence where absent
  Exits exits;
  std::string parent; ///< hash of the spec this one was made from; empty for an original
  /// Users' features the rules read, with their meanings when the spec was read: a part of what it does.
  std::map<std::string, std::string, std::less<>> user_features;

  [[nodiscard]] const Parameter* parameter(std::string_view wanted) const noexcept;
};

inline constexpr double default_confidence = 0.55;
inline constexpr std::size_t max_spec_bytes = 256 * 1024;
inline constexpr std::int64_t max_bars = 100'000; ///< longest hold or cooldown

/// Reads and checks a spec. `where` names the source in errors, which read
/// `momentum.json: /exits/stop_loss/atr: column 3: …`. Unknown and repeated keys are refused.
[[nodiscard]] Result<Spec> parse_spec(std::string_view json, const Vocabulary& vocabulary,
                                      std::string_view where);
/// `parse_spec` of a file, whose stem must be the strategy's name.
[[nodiscard]] Result<Spec> load_spec(const std::filesystem::path& file, const Vocabulary& vocabulary);
/// All `*.json` of a folder by name; the first file that is wrong fails the whole.
[[nodiscard]] Result<std::vector<Spec>> load_library(const std::filesystem::path& folder,
                                                     const Vocabulary& vocabulary);

/// The one JSON text of a spec, laid out for people, ending in a newline. Reading it gives an equal spec.
[[nodiscard]] std::string canonical_json(const Spec& spec);

/// What the spec does, as one line of JSON: universe, rules and exits with the parameters' values put in.
/// Names, descriptions, ranges, timeframes and ancestry are left out, so that two specs that act alike are
/// one trial.
[[nodiscard]] std::string behaviour(const Spec& spec);
/// XXH3-128 of `behaviour`, 32 hex digits: the spec's identity.
[[nodiscard]] std::string spec_hash(const Spec& spec);

/// The JSON Schema of specs, for editors and language models; it describes the language and lists the names.
[[nodiscard]] std::string json_schema(const Vocabulary& vocabulary);

/// A spec on one timeframe: the unit of registry, book, vote and trial.
struct Instance {
  Spec spec;
  market::Timeframe timeframe;

  /// `momentum@5m`.
  [[nodiscard]] std::string id() const;
  /// `<spec hash>@5m`.
  [[nodiscard]] std::string hash() const;
};

/// The instances of a spec, one per timeframe.
[[nodiscard]] std::vector<Instance> instances(const Spec& spec);

/// Whether `symbol` (`binance.um/BTC-USDT` or `BTC-USDT`) is in the spec's universe. A pattern without a
/// slash is matched with the symbol's part after the slash; `*` stands for any text.
[[nodiscard]] bool in_universe(const Spec& spec, std::string_view symbol);

} // namespace finch::strategies
