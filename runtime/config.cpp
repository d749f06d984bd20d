#include "runtime/config.hpp"

#include "actors/market/timeframe.hpp"
#include "runtime/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>

namespace finch::runtime {

namespace {

using Integers = std::vector<std::int64_t>;
using Words = std::vector<std::string>;
constexpr auto huge = std::numeric_limits<std::int64_t>::max();

/// The one list of keys. Reader and describer walk it alike, so neither can know a key the other does not.
template <class Visitor, class C>
void visit(Visitor& on, C& config) {
  on.section("data");
  on.number("holdout_pct", config.data.holdout_pct, 0, 50);
  on.integer("min_free_mib", config.data.min_free_mib, 0, 1 << 30);
  on.text("journal", config.data.journal);

  on.section("log");
  on.text("level", config.log.level, {"trace", "debug", "info", "warn", "error", "off"});
  on.text("format", config.log.format, {"text", "json"});
  on.integer("file_mib", config.log.file_mib, 1, 1'024);
  on.integer("files", config.log.files, 1, 1'000);

  on.section("node");
  on.integer("threads", config.node.threads, 0, 1'024);
  on.minutes("timeframes", config.node.timeframes);

  on.section("clock");
  on.integer("grace_ms", config.clock.grace_ms, 0, 30'000);

  on.section("risk");
  on.number("initial_equity_quote", config.risk.initial_equity_quote, 1, 1e9);
  on.number("risk_per_trade_pct", config.risk.risk_per_trade_pct, 0.01, 10);
  on.number("max_exposure_pct", config.risk.max_exposure_pct, 1, 1'000);
  on.number("max_leverage", config.risk.max_leverage, 0.1, 20);
  on.number("daily_stop_pct", config.risk.daily_stop_pct, 0.1, 100);
  on.number("daily_drawdown_pct", config.risk.daily_drawdown_pct, 0.1, 100);
  on.integer("losing_streak", config.risk.losing_streak, 1, 1'000);
  on.integer("acknowledge_after_hours", config.risk.acknowledge_after_hours, 0, 8'760);

  on.section("costs");
  on.number("maker_fee_bps", config.costs.maker_fee_bps, 0, 1'000);
  on.number("taker_fee_bps", config.costs.taker_fee_bps, 0, 1'000);
  on.number("spread_bps", config.costs.spread_bps, 0, 1'000);
  on.number("funding_bps", config.costs.funding_bps, 0, 1'000);
  on.number("impact", config.costs.impact, 0, 10);
  on.number("safety_margin_bps", config.costs.safety_margin_bps, 0, 1'000);
  on.integer("data_latency_ms", config.costs.data_latency_ms, 0, 60'000);
  on.integer("decision_latency_ms", config.costs.decision_latency_ms, 0, 60'000);
  on.integer("order_latency_ms", config.costs.order_latency_ms, 0, 60'000);

  on.section("consensus");
  on.number("threshold_sigma", config.consensus.threshold_sigma, 0, 10);
  on.number("sigma_floor", config.consensus.sigma_floor, 0, 1);
  on.integer("sigma_samples", config.consensus.sigma_samples, 2, 100'000);
  on.integer("min_samples", config.consensus.min_samples, 2, 100'000);
  on.integer("horizon_bars", config.consensus.horizon_bars, 1, 1'000);
  on.integer("calibrate_after", config.consensus.calibrate_after, 1, 1'000'000);
  on.number("half_life_days", config.consensus.half_life_days, 0.01, 3'650);

  on.section("evolution");
  on.boolean("enabled", config.evolution.enabled);
  on.integer("minute", config.evolution.minute, 0, 59);
  on.integer("every_hours", config.evolution.every_hours, 1, 24);
  on.integer("window_days", config.evolution.window_days, 1, 3'650);
  on.integer("slots", config.evolution.slots, 1, 20);
  on.integer("variants", config.evolution.variants, 0, 100'000);
  on.integer("seed", config.evolution.seed, 0, huge);

  on.section("features");
  on.formulas(config.features.user);

  on.section("sim");
  on.integer("seed", config.sim.seed, 0, huge);
  on.integer("symbols", config.sim.symbols, 1, 36);
  on.integer("days", config.sim.days, 1, 3'650);
  on.integer("tick_days", config.sim.tick_days, 0, 3'650);
  on.number("speed", config.sim.speed, 0.01, 100'000);
}

std::string type_of(const toml::node& node) {
  switch (node.type()) {
  case toml::node_type::table:
    return "a table";
  case toml::node_type::array:
    return "a list";
  case toml::node_type::string:
    return "text";
  case toml::node_type::integer:
    return "a whole number";
  case toml::node_type::floating_point:
    return "a number with decimals";
  case toml::node_type::boolean:
    return "true or false";
  default:
    return "a date or time";
  }
}

/// Fills a Config from a parsed file, remembering the first thing wrong and every key it knows.
class Reader {
public:
  Reader(const toml::table& root, std::string_view name) : root_{root}, name_{name} {}

  void section(const char* section) {
    section_ = section;
    sections_.emplace_back(section);
    keys_.emplace_back();
    table_ = nullptr;
    if (auto node = root_.get(section)) {
      table_ = node->as_table();
      if (!table_)
        wrong(*node, section, fmt::format("is {}, not a section", type_of(*node)),
              fmt::format("write it as [{}]", section));
    }
  }

  void integer(const char* key, std::int64_t& target, std::int64_t low, std::int64_t high) {
    auto node = find(key);
    if (!node)
      return;
    auto value = node->value_exact<std::int64_t>();
    if (!value)
      return mistyped(*node, key, "a whole number");
    if (*value < low || *value > high)
      return wrong(*node, path(key), fmt::format("is {}", *value), range(low, high));
    target = *value;
  }

  void number(const char* key, double& target, double low, double high) {
    auto node = find(key);
    if (!node)
      return;
    if (!node->is_number())
      return mistyped(*node, key, "a number");
    auto value = node->value<double>();
    if (!value || !(*value >= low && *value <= high))
      return wrong(*node, path(key), fmt::format("is {}", value.value_or(0)), range(low, high));
    target = *value;
  }

  void boolean(const char* key, bool& target) {
    auto node = find(key);
    if (!node)
      return;
    if (!node->is_boolean())
      return mistyped(*node, key, "true or false");
    target = **node->as_boolean();
  }

  void text(const char* key, std::string& target, const Words& choices = {}) {
    auto node = find(key);
    if (!node)
      return;
    if (!node->is_string())
      return mistyped(*node, key, "text in quotes");
    auto value = **node->as_string();
    if (!choices.empty() && std::find(choices.begin(), choices.end(), value) == choices.end())
      return wrong(*node, path(key), fmt::format("is \"{}\"", value),
                   fmt::format("use one of: {}", fmt::join(choices, ", ")));
    target = value;
  }

  void minutes(const char* key, Integers& target) {
    auto node = find(key);
    if (!node)
      return;
    auto array = node->as_array();
    if (!array || array->empty())
      return mistyped(*node, key, "a list of timeframes");
    Integers values;
    for (const auto& entry : *array) {
      auto value = entry.value_exact<std::int64_t>();
      if (auto text = entry.value_exact<std::string>())
        if (auto timeframe = market::parse_timeframe(*text))
          value = timeframe->minutes;
      if (!value || *value < 1 || 1'440 % *value != 0)
        return wrong(entry, path(key), "holds " + shown(entry),
                     "use whole minutes that divide a day, as [1, 5, 15, 60] or [\"1m\", \"3m\", \"4h\"]");
      values.push_back(*value);
    }
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    target = std::move(values);
  }

  /// A section whose keys are names of features.
  void formulas(std::vector<features::UserFeature>& target) {
    if (!table_)
      return;
    for (auto&& [key, node] : *table_) {
      std::string name{key.str()};
      keys_.back().push_back(name);
      features::UserFeature feature{
          name, {}, 0, fmt::format("{}:{}: {}", name_, node.source().begin.line, path(key.str()))};
      auto formula = &node;
      if (auto parts = node.as_table()) {
        formula = parts->get("formula");
        if (auto neutral = parts->get("neutral"))
          feature.neutral = neutral->value<double>().value_or(std::nan(""));
        for (auto&& [part, value] : *parts)
          if (part != "formula" && part != "neutral")
            return unknown(value, "key", std::string{part.str()}, {"formula", "neutral"},
                           path(key.str()) + ".");
      }
      if (!formula || !formula->is_string())
        return mistyped(node, name, "an expression in quotes, as \"(close - vwap_day) / atr_14\"");
      feature.formula = **formula->as_string();
      target.push_back(std::move(feature));
    }
  }

  /// After the visit: the first error, counting names that nothing asked for.
  [[nodiscard]] std::optional<Error> finish() {
    for (auto&& [key, node] : root_) {
      auto found = std::find(sections_.begin(), sections_.end(), key.str());
      if (found == sections_.end()) {
        unknown(node, "section", std::string{key.str()}, sections_);
      } else if (auto table = node.as_table()) {
        const auto& known = keys_[static_cast<std::size_t>(found - sections_.begin())];
        for (auto&& [inner, value] : *table)
          if (std::find(known.begin(), known.end(), inner.str()) == known.end())
            unknown(value, "key", std::string{inner.str()}, known, *found + ".");
      }
    }
    return error_;
  }

private:
  static std::string shown(const toml::node& node) {
    if (auto number = node.value_exact<std::int64_t>())
      return std::to_string(*number);
    auto text = node.value_exact<std::string>();
    return text ? fmt::format("\"{}\"", *text) : type_of(node);
  }

  const toml::node* find(const char* key) {
    keys_.back().emplace_back(key);
    return table_ ? table_->get(key) : nullptr;
  }

  [[nodiscard]] std::string path(std::string_view key) const { return fmt::format("{}.{}", section_, key); }

  template <class Number>
  static std::string range(Number low, Number high) {
    return static_cast<double>(high) >= 9e18 ? fmt::format("use at least {}", low)
                                             : fmt::format("use a value from {} to {}", low, high);
  }

  /// Keeps the error that stands first in the file.
  void wrong(const toml::node& node, const std::string& key, const std::string& what,
             const std::string& remedy) {
    auto line = node.source().begin.line;
    if (error_ && line_ <= line)
      return;
    line_ = line;
    error_ = Error{Category::bad_input, fmt::format("{}:{}: {} {}", name_, line, key, what), remedy};
  }

  void mistyped(const toml::node& node, std::string_view key, std::string_view wanted) {
    wrong(node, path(key), fmt::format("is {}", type_of(node)), fmt::format("give {}", wanted));
  }

  void unknown(const toml::node& node, std::string_view kind, const std::string& word, const Words& known,
               const std::string& prefix = {}) {
    auto close = nearest(word, known);
    wrong(node, prefix + word, fmt::format("is not a known {}", kind),
          close.empty() ? fmt::format("known are: {}", fmt::join(known, ", "))
                        : fmt::format("did you mean {}{}?", prefix, close));
  }

  const toml::table& root_;
  std::string name_, section_;
  const toml::table* table_ = nullptr;
  Words sections_;
  std::vector<Words> keys_;
  std::optional<Error> error_;
  toml::source_index line_ = 0;
};

/// Writes every key with its value.
class Describer {
public:
  void section(const char* name) { section_ = name; }
  void integer(const char* key, std::int64_t value, std::int64_t, std::int64_t) { add(key, value); }
  void number(const char* key, double value, double, double) { add(key, value); }
  void boolean(const char* key, bool value) { add(key, value); }
  void text(const char* key, const std::string& value, const Words& = {}) { add(key, '"' + value + '"'); }
  void minutes(const char* key, const Integers& value) { add(key, fmt::format("{}", value)); }
  void formulas(const std::vector<features::UserFeature>& user) {
    for (const auto& feature : user)
      add(feature.name.c_str(), feature.neutral == 0 ? fmt::format("\"{}\"", feature.formula)
                                                     : fmt::format("{{formula = \"{}\", neutral = {}}}",
                                                                   feature.formula, feature.neutral));
  }

  Words lines;

private:
  template <class Value>
  void add(const char* key, const Value& value) {
    lines.push_back(fmt::format("{}.{} = {}", section_, key, value));
  }

  std::string section_;
};

std::optional<Error> contradiction(const Config& config, std::string_view name) {
  auto conflict = [&](std::string message, std::string remedy) {
    return Error{Category::bad_input, fmt::format("{}: {}", name, message), std::move(remedy)};
  };
  if (config.sim.tick_days > config.sim.days)
    return conflict(
        fmt::format("sim.tick_days ({}) exceeds sim.days ({})", config.sim.tick_days, config.sim.days),
        "ticks are kept for the newest of those days: lower sim.tick_days");
  if (config.consensus.min_samples > config.consensus.sigma_samples)
    return conflict("consensus.min_samples exceeds consensus.sigma_samples, so the desk could never trade",
                    "lower consensus.min_samples");
  return std::nullopt;
}

} // namespace

Result<Config> parse_config(std::string_view text, std::string_view name) {
  toml::table root;
  try {
    root = toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    return fail(Category::bad_input,
                fmt::format("{}:{}:{}: {}", name, error.source().begin.line, error.source().begin.column,
                            error.description()),
                "correct the line; config/finch.toml shows the form");
  }
  Config config;
  Reader reader{root, name};
  visit(reader, config);
  if (auto error = reader.finish())
    return tl::unexpected(*error);
  if (auto error = contradiction(config, name))
    return tl::unexpected(*error);
  auto catalogue = features::Catalogue::with(config.features.user);
  if (!catalogue)
    return tl::unexpected(catalogue.error());
  config.catalogue = std::move(*catalogue);
  return config;
}

Result<Config> load_config(const std::filesystem::path& file) {
  std::ifstream stream{file, std::ios::binary};
  std::ostringstream text;
  if (std::filesystem::is_directory(file) || !stream || !(text << stream.rdbuf()).good())
    return fail(Category::unavailable, fmt::format("{}: the configuration cannot be read", file.string()),
                "check the path given with --config");
  return parse_config(text.view(), file.string());
}

std::vector<std::string> describe(const Config& config) {
  Describer describer;
  visit(describer, config);
  return describer.lines;
}

} // namespace finch::runtime
