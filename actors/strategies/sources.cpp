#include "actors/strategies/sources.hpp"

#include "actors/strategies/environment.hpp"
#include "actors/strategies/requirements.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace finch::strategies {

using expression::Node;

std::uint32_t SourceTable::slot_of(std::string text, const Source& source) {
  auto known = std::find(texts_.begin(), texts_.end(), text);
  auto slot = static_cast<std::uint32_t>(known - texts_.begin());
  if (known == texts_.end()) {
    texts_.push_back(std::move(text));
    sources_.push_back(source);
  }
  return slot;
}

RuleEnvironment::RuleEnvironment(const Spec& spec, market::Timeframe timeframe, const FeatureLayout& layout,
                                 SourceTable& table)
    : spec_{spec}, timeframe_{timeframe}, layout_{layout}, table_{table} {
  for (const auto& reference : spec.references)
    if (reference.spec)
      references_.push_back(reference.name);
}

Result<expression::Binding> RuleEnvironment::resolve(const Node& reference) const {
  if (auto p = spec_.parameter(reference.text))
    return expression::Constant{p->value, p->min, p->max, p->step};
  auto found = std::find(layout_.names.begin(), layout_.names.end(), reference.text);
  if (found == layout_.names.end() && !is_model_output(reference.text))
    return fail(Category::bad_input,
                fmt::format("expected a feature this run computes, found '{}'", reference.text),
                "add it to the features asked of the calculators");
  Source source{.kind = Source::own,
                .feature = static_cast<std::size_t>(found - layout_.names.begin()),
                .timeframe = reference.minutes > 0 ? market::Timeframe{reference.minutes} : timeframe_};
  if (found == layout_.names.end())
    source.kind = Source::absent;
  else if (source.timeframe != timeframe_ || !reference.symbol.empty())
    source.kind = Source::gathered;
  if (!reference.symbol.empty()) {
    source.lane = lane_of(reference.symbol, layout_);
    if (source.lane < 0)
      source.kind = Source::absent;
  }
  return expression::Input{table_.slot_of(expression::format(reference), source)};
}

Result<expression::Binding> RuleEnvironment::resolve_votes(const Node& votes) const {
  Source source;
  source.kind = Source::votes;
  source.quorum = static_cast<std::int32_t>(votes.number);
  for (const auto& name : votes.names) {
    auto found = std::find(references_.begin(), references_.end(), name);
    if (found != references_.end())
      source.voters.push_back(static_cast<std::size_t>(found - references_.begin()));
  }
  // Those who are left can never agree: there is nothing to read.
  if (source.voters.size() < static_cast<std::size_t>(source.quorum))
    source = {};
  return expression::Input{table_.slot_of(expression::format(votes), source)};
}

RuleSet rule_set_of(const Spec& spec) {
  RuleSet rules;
  auto add = [&](std::ptrdiff_t& root, std::optional<expression::Expression> rule, std::uint8_t group) {
    if (!rule)
      return;
    root = static_cast<std::ptrdiff_t>(rules.expressions.size());
    rules.expressions.push_back(std::move(*rule));
    rules.groups.push_back(group);
  };
  auto priced = [](const std::optional<Distance>& d) {
    return d ? std::optional{as_price(*d)} : std::nullopt;
  };
  add(rules.roots.enter_long, spec.enter_long, entry_group);
  add(rules.roots.enter_short, spec.enter_short, entry_group);
  add(rules.roots.confidence, spec.confidence, entry_group);
  add(rules.roots.stop, as_price(spec.exits.stop_loss), entry_group);
  add(rules.roots.target, priced(spec.exits.take_profit), entry_group);
  add(rules.roots.trail, priced(spec.exits.trailing), entry_group);
  add(rules.roots.exit_long, spec.exits.exit_long, exit_long_group);
  add(rules.roots.exit_short, spec.exits.exit_short, exit_short_group);
  return rules;
}

} // namespace finch::strategies
