#include "actors/strategies/requirements.hpp"

#include "actors/strategies/environment.hpp"

#include <set>

namespace finch::strategies {

namespace {

using expression::Node;

double fixed_value(const std::optional<expression::Expression>& rule, const Spec& spec) {
  return rule ? constant_value(*rule, spec.parameters) : 0;
}

} // namespace

void walk_references(const Spec& spec, const std::function<void(const Node&)>& visit) {
  for (const auto& rule : rule_set_of(spec).expressions)
    expression::walk(rule.root, [&](const Node& node) {
      if (node.kind == expression::Kind::reference && !spec.parameter(node.text))
        visit(node);
    });
}

std::ptrdiff_t lane_of(const std::string& symbol, const FeatureLayout& layout) {
  std::ptrdiff_t found = -1;
  for (std::size_t i = 0; i < layout.symbols.size(); ++i) {
    const auto& full = layout.symbols[i];
    if (full == symbol)
      return static_cast<std::ptrdiff_t>(i);
    auto slash = full.find('/');
    if (slash == std::string::npos || full.substr(slash + 1) != symbol)
      continue;
    if (found >= 0)
      return -1;
    found = static_cast<std::ptrdiff_t>(i);
  }
  return found;
}

accounting::HoldingRules holding_rules(const Spec& spec) {
  return {.break_even_r = fixed_value(spec.exits.break_even_at_r, spec),
          .max_hold_bars = static_cast<int>(fixed_value(spec.exits.max_hold_bars, spec)),
          .cooldown_bars = static_cast<int>(fixed_value(spec.exits.cooldown_bars, spec))};
}

std::vector<std::string> required_features(const Spec& spec) {
  std::set<std::string> names;
  walk_references(spec, [&](const Node& node) {
    if (!is_model_output(node.text))
      names.insert(node.text);
  });
  for (const auto& reference : spec.references)
    if (reference.spec)
      for (auto& name : required_features(*reference.spec))
        names.insert(std::move(name));
  return {names.begin(), names.end()};
}

std::vector<market::Timeframe> required_timeframes(const Spec& spec, market::Timeframe timeframe) {
  std::set<market::Timeframe> timeframes{timeframe};
  walk_references(spec, [&](const Node& node) {
    if (node.minutes > 0)
      timeframes.insert({node.minutes});
  });
  for (const auto& reference : spec.references)
    if (reference.spec)
      for (auto read : required_timeframes(*reference.spec, timeframe))
        timeframes.insert(read);
  return {timeframes.begin(), timeframes.end()};
}

} // namespace finch::strategies
