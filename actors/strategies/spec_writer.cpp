#include "actors/strategies/environment.hpp"
#include "actors/strategies/spec.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <xxhash.h>

#include <algorithm>
#include <cmath>

namespace finch::strategies {

namespace {

using Json = nlohmann::ordered_json;
using expression::Expression;

/// Whole numbers without a point, so that one number has one spelling.
Json number(double value) {
  if (value == std::floor(value) && std::fabs(value) < 1e15)
    return static_cast<std::int64_t>(value);
  return value;
}

/// A literal as a number, anything else as canonical text.
Json amount(const expression::Node& node) {
  if (node.kind == expression::Kind::number)
    return number(node.number);
  return expression::format(node);
}

const char* key_of(Distance::Unit unit) {
  switch (unit) {
  case Distance::Unit::pct:
    return "pct";
  case Distance::Unit::atr:
    return "atr";
  default:
    return "price";
  }
}

/// Rules and exits with every expression passed through `render`.
template <class Render>
void write_rules(const Spec& spec, Json& out, Render render) {
  auto put = [&](Json& parent, const char* key, const std::optional<Expression>& rule) {
    if (rule)
      parent[key] = render(rule->root);
  };
  put(out, "enter_long", spec.enter_long);
  put(out, "enter_short", spec.enter_short);
  put(out, "confidence", spec.confidence);
  auto exits = Json::object();
  auto put_distance = [&](const char* key, const Distance& distance) {
    exits[key] = Json{{key_of(distance.unit), render(distance.amount.root)}};
  };
  put_distance("stop_loss", spec.exits.stop_loss);
  if (spec.exits.take_profit)
    put_distance("take_profit", *spec.exits.take_profit);
  if (spec.exits.trailing)
    put_distance("trailing", *spec.exits.trailing);
  if (spec.exits.break_even_at_r)
    exits["break_even"] = Json{{"at_r", render(spec.exits.break_even_at_r->root)}};
  put(exits, "max_hold_bars", spec.exits.max_hold_bars);
  put(exits, "cooldown_bars", spec.exits.cooldown_bars);
  put(exits, "exit_long", spec.exits.exit_long);
  put(exits, "exit_short", spec.exits.exit_short);
  out["exits"] = std::move(exits);
}

Json universe(const Spec& spec) { return spec.universe.empty() ? Json("all") : Json(spec.universe); }

/// Indented, but with lists and objects without inner objects on one line, as people write specs.
std::string lay_out(const Json& value, const std::string& indent = "\n") {
  auto structured = [](const Json& member) { return member.is_object(); };
  if (!value.is_structured())
    return value.dump();
  auto wide = value.is_object() && std::any_of(value.begin(), value.end(), structured);
  std::string text, inner = wide ? indent + "  " : "";
  for (const auto& [key, member] : value.items()) {
    text += text.empty() ? inner : wide ? "," + inner : ", ";
    text += value.is_object() ? Json(key).dump() + ": " + lay_out(member, inner) : lay_out(member, inner);
  }
  text += wide ? indent : "";
  return value.is_object() ? "{" + text + "}" : "[" + text + "]";
}

/// `*` matches any text; everything else itself.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, retry = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

} // namespace

std::string canonical_json(const Spec& spec) {
  Json out;
  out["name"] = spec.name;
  out["family"] = spec.family;
  out["description"] = spec.description;
  out["timeframes"] = Json::array();
  for (auto timeframe : spec.timeframes)
    out["timeframes"].push_back(market::format_timeframe(timeframe));
  out["universe"] = universe(spec);
  if (!spec.parameters.empty())
    out["parameters"] = Json::object();
  for (const auto& p : spec.parameters)
    out["parameters"][p.name] = Json{
        {"value", number(p.value)}, {"min", number(p.min)}, {"max", number(p.max)}, {"step", number(p.step)}};
  write_rules(spec, out, amount);
  if (!spec.parent.empty())
    out["parent"] = spec.parent;
  return lay_out(out) + "\n";
}

std::string behaviour(const Spec& spec) {
  Json out;
  out["universe"] = universe(spec);
  write_rules(spec, out,
              [&](const expression::Node& node) { return amount(substitute(node, spec.parameters)); });
  if (!spec.user_features.empty())
    out["features"] = spec.user_features;
  return out.dump();
}

std::string spec_hash(const Spec& spec) {
  auto text = behaviour(spec);
  auto hash = XXH3_128bits(text.data(), text.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::string Instance::id() const { return spec.name + "@" + market::format_timeframe(timeframe); }

std::string Instance::hash() const { return spec_hash(spec) + "@" + market::format_timeframe(timeframe); }

std::vector<Instance> instances(const Spec& spec) {
  std::vector<Instance> all;
  for (auto timeframe : spec.timeframes)
    all.push_back({spec, timeframe});
  return all;
}

bool in_universe(const Spec& spec, std::string_view symbol) {
  if (spec.universe.empty())
    return true;
  auto slash = symbol.find('/');
  auto bare = slash == std::string_view::npos ? symbol : symbol.substr(slash + 1);
  for (std::string_view pattern : spec.universe)
    if (matches(pattern, pattern.find('/') == std::string_view::npos ? bare : symbol))
      return true;
  return false;
}

} // namespace finch::strategies
