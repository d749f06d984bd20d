#include "actors/strategies/environment.hpp"

#include "actors/expression/diagnostic.hpp"
#include "actors/expression/parser.hpp"
#include "actors/expression/program.hpp"
#include "actors/market/instrument.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace finch::strategies {

namespace {

using expression::Binding;
using expression::Constant;
using expression::Input;
using expression::Kind;
using expression::Node;

const Parameter* find_parameter(const std::vector<Parameter>& parameters, std::string_view name) {
  auto found =
      std::find_if(parameters.begin(), parameters.end(), [&](const Parameter& p) { return p.name == name; });
  return found == parameters.end() ? nullptr : &*found;
}

Constant as_constant(const Parameter& p) { return {p.value, p.min, p.max, p.step}; }

/// For compiling expressions of literals and parameters only.
class ParametersOnly : public expression::Environment {
public:
  explicit ParametersOnly(const std::vector<Parameter>& parameters) : parameters_{parameters} {}
  [[nodiscard]] Result<Binding> resolve(const Node& reference) const override {
    if (auto parameter = find_parameter(parameters_, reference.text))
      return as_constant(*parameter);
    return fail(Category::bad_input, "expected a parameter, found '" + reference.text + "'");
  }
  [[nodiscard]] Result<Binding> resolve_votes(const Node&) const override {
    return fail(Category::bad_input, "expected a number, found votes");
  }

private:
  const std::vector<Parameter>& parameters_;
};

} // namespace

bool is_model_output(std::string_view name) {
  return name.starts_with("model.") && std::count(name.begin(), name.end(), '.') == 2;
}

bool is_plain_name(std::string_view name) {
  auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name.size() <= 64 && name[0] >= 'a' && name[0] <= 'z' &&
         std::all_of(name.begin(), name.end(), plain);
}

Result<Binding> SpecEnvironment::resolve(const Node& reference) const {
  const auto& name = reference.text;
  if (auto parameter = find_parameter(parameters_, name)) {
    if (reference.minutes == 0 && reference.symbol.empty())
      return as_constant(*parameter);
    return fail(Category::bad_input, fmt::format("expected a feature, found the parameter '{}'", name),
                "parameters have no timeframe and no symbol");
  }
  if (!reference.symbol.empty() && !market::parse_name(reference.symbol) &&
      !market::split_symbol(reference.symbol))
    return fail(Category::bad_input,
                fmt::format("expected a symbol such as BTC-USDT, found '{}'", reference.symbol));
  if (is_model_output(name))
    return Input{};
  if (name.starts_with("model."))
    return fail(Category::bad_input, fmt::format("expected a model's output, found '{}'", name),
                "write model.<model>.<output>, as in model.direction.p_up");
  if (auto found = vocabulary_.features.find(name); found != vocabulary_.features.end())
    return Input{0, found->second};
  std::vector<std::string> candidates;
  for (const auto& parameter : parameters_)
    candidates.push_back(parameter.name);
  for (const auto& [feature, dimension] : vocabulary_.features)
    candidates.push_back(feature);
  auto close = expression::closest(name, candidates);
  return fail(Category::bad_input, fmt::format("expected a feature or parameter, found '{}'", name),
              close.empty() ? "`finch features list` names the features"
                            : fmt::format("did you mean {}?", close));
}

Result<Binding> SpecEnvironment::resolve_votes(const Node& votes) const {
  for (const auto& name : votes.names)
    if (!is_plain_name(name))
      return fail(Category::bad_input, fmt::format("expected strategies' names, found \"{}\"", name));
  return Input{};
}

Node substitute(const Node& node, const std::vector<Parameter>& parameters) {
  if (node.kind == Kind::reference)
    if (auto parameter = find_parameter(parameters, node.text))
      return expression::make_number(parameter->value);
  auto copy = node;
  for (auto& child : copy.children)
    child = substitute(child, parameters);
  return copy;
}

expression::Expression as_price(const Distance& distance) {
  using expression::make_binary;
  auto amount = distance.amount.root;
  switch (distance.unit) {
  case Distance::Unit::pct:
    amount = make_binary(Kind::divide,
                         make_binary(Kind::multiply, expression::make_reference("close"), std::move(amount)),
                         expression::make_number(100));
    break;
  case Distance::Unit::atr:
    amount = make_binary(Kind::multiply, std::move(amount), expression::make_reference("atr_14"));
    break;
  case Distance::Unit::price:
    break;
  }
  return {expression::format(amount), std::move(amount)};
}

double constant_value(const expression::Expression& expression, const std::vector<Parameter>& parameters) {
  expression::Root root{&expression, 0};
  auto program = expression::compile({&root, 1}, ParametersOnly{parameters});
  if (!program || program->roots[0] >= program->constants.size())
    return std::numeric_limits<double>::quiet_NaN();
  return program->constants[program->roots[0]];
}

} // namespace finch::strategies
