/// What names mean inside a spec: parameters, features, models' outputs, votes.
#pragma once

#include "actors/expression/environment.hpp"
#include "actors/strategies/spec.hpp"

namespace finch::strategies {

/// For checking: knows dimensions, not columns.
class SpecEnvironment : public expression::Environment {
public:
  SpecEnvironment(const std::vector<Parameter>& parameters, const Vocabulary& vocabulary)
      : parameters_{parameters}, vocabulary_{vocabulary} {}

  [[nodiscard]] Result<expression::Binding> resolve(const expression::Node& reference) const override;
  [[nodiscard]] Result<expression::Binding> resolve_votes(const expression::Node& votes) const override;

private:
  const std::vector<Parameter>& parameters_;
  const Vocabulary& vocabulary_;
};

[[nodiscard]] bool is_model_output(std::string_view name);
/// `name` is lower-case letters, digits and underscores, starting with a letter, at most 64 characters.
[[nodiscard]] bool is_plain_name(std::string_view name);

/// The tree with each parameter replaced by its value.
[[nodiscard]] expression::Node substitute(const expression::Node& node,
                                          const std::vector<Parameter>& parameters);

/// The distance in quote per base as one tree: `close * x / 100`, `x * atr_14` or the price itself.
[[nodiscard]] expression::Expression as_price(const Distance& distance);

/// The value of an expression of literals and parameters.
[[nodiscard]] double constant_value(const expression::Expression& expression,
                                    const std::vector<Parameter>& parameters);

} // namespace finch::strategies
