#include "actors/strategies/spec_reader.hpp"

#include "actors/expression/checker.hpp"
#include "actors/expression/diagnostic.hpp"
#include "actors/strategies/environment.hpp"
#include "actors/strategies/evaluator.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <set>

namespace finch::strategies {

namespace {

using Json = nlohmann::json;
using expression::Expression;

/// Reads a spec out of a JSON document, remembering the first thing that is wrong.
class Reader {
public:
  Reader(std::string_view where, const Vocabulary& vocabulary)
      : where_{where}, vocabulary_{vocabulary}, environment_{spec_.parameters, vocabulary} {}

  Result<Spec> read(const Json& document) {
    if (object(document, "",
               {"name", "family", "description", "timeframes", "universe", "parameters", "enter_long",
                "enter_short", "confidence", "exits", "parent"})) {
      read_identity(document);
      read_parameters(document);
      read_rules(document);
      read_exits(document);
      refuse_unused_parameters();
    }
    if (error_)
      return tl::unexpected(*error_);
    for (const auto& name : required_features(spec_))
      if (auto meaning = vocabulary_.meanings.find(name); meaning != vocabulary_.meanings.end())
        spec_.user_features.insert(*meaning);
    return std::move(spec_);
  }

private:
  void problem(const std::string& path, const std::string& what, std::string remedy = {}) {
    if (!error_)
      error_ = Error{Category::bad_input, fmt::format("{}: {}: {}", where_, path.empty() ? "/" : path, what),
                     std::move(remedy)};
  }

  void problem(const std::string& path, const Error& error) { problem(path, error.message, error.remedy); }

  /// Whether the value is an object with no keys but those allowed.
  bool object(const Json& value, const std::string& path, const std::vector<std::string>& allowed) {
    if (!value.is_object()) {
      problem(path, fmt::format("expected an object, found {}", describe(value)));
      return false;
    }
    for (const auto& [key, member] : value.items())
      if (std::find(allowed.begin(), allowed.end(), key) == allowed.end()) {
        auto close = expression::closest(key, allowed);
        problem(path + "/" + key, "unknown key",
                close.empty() ? fmt::format("the keys here are {}", fmt::join(allowed, ", "))
                              : fmt::format("did you mean {}?", close));
        return false;
      }
    return true;
  }

  static std::string describe(const Json& value) {
    auto text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    return text.size() <= 40 ? text : fmt::format("{} of {} characters", value.type_name(), text.size());
  }

  static const Json* member(const Json& parent, const char* key) {
    auto found = parent.find(key);
    return found == parent.end() ? nullptr : &*found;
  }

  std::string text(const Json& parent, const char* key, bool required, std::size_t longest) {
    auto value = member(parent, key);
    auto path = std::string{"/"} + key;
    if (!value) {
      if (required)
        problem(path, "expected a text, found nothing");
      return {};
    }
    if (!value->is_string())
      problem(path, fmt::format("expected a text, found {}", describe(*value)));
    else if (value->get_ref<const std::string&>().size() > longest)
      problem(path, fmt::format("expected at most {} bytes", longest));
    else
      return value->get<std::string>();
    return {};
  }

  void read_identity(const Json& document) {
    spec_.name = text(document, "name", true, 64);
    spec_.family = text(document, "family", true, 64);
    for (auto [key, value] : {std::pair{"/name", &spec_.name}, std::pair{"/family", &spec_.family}})
      if (!is_plain_name(*value))
        problem(key,
                fmt::format(
                    "expected lower-case letters, digits and underscores starting with a letter, found {}",
                    describe(Json(*value))));
    spec_.description = text(document, "description", true, 2'000);
    if (spec_.description.empty())
      problem("/description", "expected a sentence that says why this should work, found an empty text");
    spec_.parent = text(document, "parent", false, 32);
    auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (!spec_.parent.empty() &&
        (spec_.parent.size() != 32 || !std::all_of(spec_.parent.begin(), spec_.parent.end(), hex)))
      problem("/parent", "expected a spec hash of 32 hex digits");
    read_timeframes(document);
    read_universe(document);
  }

  void read_timeframes(const Json& document) {
    auto list = member(document, "timeframes");
    if (!list || !list->is_array() || list->empty())
      return problem("/timeframes", fmt::format("expected a list such as [\"5m\", \"15m\"], found {}",
                                                list ? describe(*list) : "nothing"));
    for (std::size_t i = 0; i < list->size(); ++i) {
      const auto& entry = (*list)[i];
      auto path = fmt::format("/timeframes/{}", i);
      auto timeframe = entry.is_string() ? market::parse_timeframe(entry.get<std::string>())
                                         : fail(Category::bad_input, "not a text", "write \"5m\"");
      if (!timeframe)
        return problem(path, fmt::format("expected a timeframe, found {}", describe(entry)),
                       timeframe.error().remedy);
      if (std::find(spec_.timeframes.begin(), spec_.timeframes.end(), *timeframe) != spec_.timeframes.end())
        return problem(path, fmt::format("{} is listed twice", market::format_timeframe(*timeframe)));
      spec_.timeframes.push_back(*timeframe);
    }
    std::sort(spec_.timeframes.begin(), spec_.timeframes.end());
  }

  void read_universe(const Json& document) {
    auto value = member(document, "universe");
    if (value && value->is_string() && value->get<std::string>() == "all")
      return;
    if (!value || !value->is_array() || value->empty())
      return problem("/universe", fmt::format("expected \"all\" or a list of symbols, found {}",
                                              value ? describe(*value) : "nothing"));
    auto accepted = [](char c) {
      return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
             std::string_view{"-_./*"}.find(c) != std::string_view::npos;
    };
    for (std::size_t i = 0; i < value->size(); ++i) {
      const auto& entry = (*value)[i];
      auto pattern = entry.is_string() ? entry.get<std::string>() : std::string{};
      if (pattern.empty() || pattern.size() > 64 || !std::all_of(pattern.begin(), pattern.end(), accepted))
        return problem(fmt::format("/universe/{}", i),
                       fmt::format("expected a symbol or pattern, found {}", describe(entry)),
                       "write BTC-USDT, *-USDT or binance.um/*");
      spec_.universe.push_back(std::move(pattern));
    }
    std::sort(spec_.universe.begin(), spec_.universe.end());
    spec_.universe.erase(std::unique(spec_.universe.begin(), spec_.universe.end()), spec_.universe.end());
  }

  double number(const Json& parent, const std::string& path, const char* key) {
    auto value = member(parent, key);
    if (value && value->is_number() && std::isfinite(value->get<double>()))
      return value->get<double>();
    problem(path + "/" + key,
            fmt::format("expected a number, found {}", value ? describe(*value) : "nothing"));
    return 0;
  }

  void read_parameters(const Json& document) {
    auto list = member(document, "parameters");
    if (!list)
      return;
    if (!list->is_object())
      return problem("/parameters", fmt::format("expected an object, found {}", describe(*list)));
    for (const auto& [name, value] : list->items()) {
      auto path = "/parameters/" + name;
      if (!is_plain_name(name) || expression::is_reserved(name) || vocabulary_.features.contains(name))
        problem(path, fmt::format("'{}' cannot name a parameter", name),
                "use lower-case letters, digits and underscores, and no word of the language or feature");
      if (!object(value, path, {"value", "min", "max", "step"}))
        return;
      Parameter parameter{name, number(value, path, "value"), number(value, path, "min"),
                          number(value, path, "max"), number(value, path, "step")};
      if (parameter.min > parameter.max)
        problem(path, fmt::format("expected min <= max, found {} and {}", parameter.min, parameter.max));
      else if (parameter.value < parameter.min || parameter.value > parameter.max)
        problem(path + "/value",
                fmt::format("expected a value from {} to {}, found {}", parameter.min, parameter.max,
                            parameter.value),
                "move the value or widen the range");
      if (!(parameter.step > 0) || (parameter.max - parameter.min) / parameter.step > 1e6)
        problem(path + "/step",
                fmt::format("expected a step above 0 that cuts the range into at most 1e6 pieces, "
                            "found {}",
                            parameter.step));
      spec_.parameters.push_back(std::move(parameter));
    }
  }

  /// The expression at `key`, a text or a plain number, parsed but not checked.
  std::optional<Expression> expression_at(const Json& parent, const std::string& path, const char* key) {
    auto value = member(parent, key);
    if (!value)
      return std::nullopt;
    auto here = path + "/" + key;
    if (value->is_number() && std::isfinite(value->get<double>())) {
      auto root = expression::make_number(value->get<double>());
      return Expression{expression::format(root), root};
    }
    if (!value->is_string()) {
      problem(here, fmt::format("expected an expression, found {}", describe(*value)));
      return std::nullopt;
    }
    auto parsed = expression::parse(value->get<std::string>());
    if (!parsed) {
      problem(here, parsed.error());
      return std::nullopt;
    }
    expression::walk(parsed->root, [this](const expression::Node& node) { used_.insert(node.text); });
    return std::move(*parsed);
  }

  std::optional<Expression> condition(const Json& parent, const std::string& path, const char* key) {
    auto rule = expression_at(parent, path, key);
    if (rule)
      if (auto checked = expression::check_condition(*rule, environment_); !checked)
        problem(path + "/" + key, checked.error());
    return rule;
  }

  std::optional<Expression> quantity(const Json& parent, const std::string& path, const char* key,
                                     expression::Units units) {
    auto rule = expression_at(parent, path, key);
    if (rule)
      if (auto checked = expression::check_number(*rule, environment_, units); !checked)
        problem(path + "/" + key, checked.error());
    return rule;
  }

  void read_rules(const Json& document) {
    spec_.enter_long = condition(document, "", "enter_long");
    spec_.enter_short = condition(document, "", "enter_short");
    if (!member(document, "enter_long") && !member(document, "enter_short"))
      problem("/enter_long", "expected enter_long, enter_short or both, found neither");
    spec_.confidence = quantity(document, "", "confidence", {});
  }

  void read_exits(const Json& document) {
    auto exits = member(document, "exits");
    if (!exits)
      return problem("/exits", "expected an object with at least stop_loss, found nothing");
    if (!object(*exits, "/exits",
                {"stop_loss", "take_profit", "trailing", "break_even", "max_hold_bars", "cooldown_bars",
                 "exit_long", "exit_short"}))
      return;
    if (auto stop = distance(*exits, "stop_loss"))
      spec_.exits.stop_loss = std::move(*stop);
    else
      problem("/exits/stop_loss", "expected a stop, found nothing",
              "without a stop a position cannot be sized: write {\"atr\": 2.5}");
    spec_.exits.take_profit = distance(*exits, "take_profit");
    spec_.exits.trailing = distance(*exits, "trailing");
    if (auto break_even = member(*exits, "break_even");
        break_even && object(*break_even, "/exits/break_even", {"at_r"})) {
      spec_.exits.break_even_at_r = fixed(*break_even, "/exits/break_even", "at_r", 1e-6, 1e6, false);
      if (!spec_.exits.break_even_at_r)
        problem("/exits/break_even/at_r", "expected a number of initial risks, found nothing");
    }
    spec_.exits.max_hold_bars = fixed(*exits, "/exits", "max_hold_bars", 1, max_bars, true);
    spec_.exits.cooldown_bars = fixed(*exits, "/exits", "cooldown_bars", 0, max_bars, true);
    spec_.exits.exit_long = condition(*exits, "/exits", "exit_long");
    spec_.exits.exit_short = condition(*exits, "/exits", "exit_short");
  }

  std::optional<Distance> distance(const Json& exits, const char* key) {
    auto value = member(exits, key);
    if (!value)
      return std::nullopt;
    auto path = std::string{"/exits/"} + key;
    if (!object(*value, path, {"pct", "atr", "price"}))
      return std::nullopt;
    if (value->size() != 1) {
      problem(path,
              fmt::format("expected exactly one of pct, atr and price, found {} of them", value->size()));
      return std::nullopt;
    }
    auto unit = value->contains("pct")   ? Distance::Unit::pct
                : value->contains("atr") ? Distance::Unit::atr
                                         : Distance::Unit::price;
    auto written = value->begin().key();
    expression::Units units{.price = static_cast<std::int8_t>(unit == Distance::Unit::price ? 1 : 0)};
    auto amount = quantity(*value, path, written.c_str(), units);
    if (!amount)
      return std::nullopt;
    if (auto fixed_amount = constant_value(*amount, spec_.parameters); fixed_amount <= 0)
      problem(path + "/" + written, fmt::format("expected a distance above 0, found {}", fixed_amount));
    Distance result{unit, std::move(*amount)};
    refuse_unknown_columns(result, path);
    return result;
  }

  /// The close and atr_14 a distance implies must be known as well.
  void refuse_unknown_columns(const Distance& result, const std::string& path) {
    auto needed = result.unit == Distance::Unit::pct   ? "close"
                  : result.unit == Distance::Unit::atr ? "atr_14"
                                                       : "";
    if (*needed && !vocabulary_.features.contains(needed))
      problem(path, fmt::format("the feature {} is not available", needed));
  }

  /// A literal or one parameter, within bounds over the parameter's whole range.
  std::optional<Expression> fixed(const Json& parent, const std::string& path, const char* key, double least,
                                  double most, bool whole) {
    auto rule = expression_at(parent, path, key);
    if (!rule)
      return rule;
    auto here = path + "/" + key;
    auto value = constant_value(*rule, spec_.parameters);
    Parameter range{"", value, value, value, 1};
    if (rule->root.kind == expression::Kind::reference) {
      if (auto parameter = spec_.parameter(rule->root.text))
        range = *parameter;
    } else if (rule->root.kind != expression::Kind::number) {
      problem(here, fmt::format("expected a number or a parameter, found '{}'", rule->source));
    }
    for (auto bound : {range.value, range.min, range.max})
      if (!(bound >= least && bound <= most) || (whole && bound != std::floor(bound)))
        problem(here, std::isnan(bound)
                          ? fmt::format("expected a number or a parameter, found '{}'", rule->source)
                          : fmt::format("expected {} from {} to {}, found {}",
                                        whole ? "a whole number" : "a number", least, most, bound));
    if (whole && range.step != std::floor(range.step))
      problem(here, fmt::format("expected a parameter with a whole step, found steps of {}", range.step));
    return rule;
  }

  void refuse_unused_parameters() {
    for (const auto& parameter : spec_.parameters)
      if (!used_.contains(parameter.name))
        problem("/parameters/" + parameter.name, "no rule uses this parameter", "use it or remove it");
  }

  std::string_view where_;
  const Vocabulary& vocabulary_;
  Spec spec_;
  SpecEnvironment environment_;
  std::set<std::string> used_;
  std::optional<Error> error_;
};

} // namespace

const Parameter* Spec::parameter(std::string_view wanted) const noexcept {
  auto found = std::find_if(parameters.begin(), parameters.end(),
                            [&](const Parameter& p) { return p.name == wanted; });
  return found == parameters.end() ? nullptr : &*found;
}

Result<Spec> read_spec(const nlohmann::json& document, const Vocabulary& vocabulary, std::string_view where) {
  return Reader{where, vocabulary}.read(document);
}

} // namespace finch::strategies
