#include "actors/expression/checker.hpp"

#include "actors/expression/diagnostic.hpp"
#include "actors/expression/functions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

namespace finch::expression {

namespace {

std::string describe(const Checked& checked) {
  if (checked.type == Type::boolean)
    return "a condition";
  if (checked.constant)
    return "a plain number";
  return checked.units.unitless() ? "a unitless number" : fmt::format("a {}", format_units(checked.units));
}

constexpr auto mixed_remedy = "divide by another value of the same unit, so that ratios are compared; "
                              "0 is the only number every unit shares";

class Checker {
public:
  Checker(std::string_view source, const Environment& environment)
      : source_{source}, environment_{environment} {}

  Result<Checked> visit(const Node& node) {
    auto result = dispatch(node);
    if (result && result->lookback > max_lookback)
      return tl::unexpected(error(
          node,
          fmt::format("expected a lookback of at most {} rows, found {}", max_lookback, result->lookback),
          "shorten the windows; windows inside windows add up"));
    return result;
  }

  Result<Checked> condition(const Node& node) {
    auto result = visit(node);
    if (result && result->type != Type::boolean && !result->flag)
      return tl::unexpected(error(node, fmt::format("expected a condition, found {}", describe(*result)),
                                  "compare it with something: x > y"));
    return result;
  }

  Result<Checked> number(const Node& node) {
    auto result = visit(node);
    if (result && result->type != Type::number)
      return tl::unexpected(error(node, fmt::format("expected a number, found {}", describe(*result)),
                                  "turn a condition into a number with if(condition, 1, 0)"));
    return result;
  }

  Error error(const Node& node, const std::string& what, std::string remedy = {}) const {
    return diagnose(source_, node.offset, what, std::move(remedy));
  }

private:
  Result<Checked> dispatch(const Node& node) {
    switch (node.kind) {
    case Kind::number:
      return Checked{.constant = true, .zero = node.number == 0};
    case Kind::boolean:
      return Checked{.type = Type::boolean, .constant = true};
    case Kind::reference:
      return bound(node, environment_.resolve(node));
    case Kind::votes:
      return bound(node, environment_.resolve_votes(node));
    case Kind::call:
      return call(node);
    case Kind::negate:
      return number(node.children[0]).map([](Checked operand) {
        operand.flag = false;
        return operand;
      });
    case Kind::logical_not:
      return condition(node.children[0]).map([](const Checked& operand) {
        return Checked{.type = Type::boolean, .constant = operand.constant, .lookback = operand.lookback};
      });
    case Kind::logical_and:
    case Kind::logical_or:
      return logical(node);
    case Kind::multiply:
    case Kind::divide:
      return product_of(node);
    case Kind::add:
    case Kind::subtract:
      return same_units(node, node.children);
    default:
      return same_units(node, node.children).map([](const Checked& sides) {
        return Checked{.type = Type::boolean, .constant = sides.constant, .lookback = sides.lookback};
      });
    }
  }

  Result<Checked> bound(const Node& node, const Result<Binding>& binding) const {
    if (!binding)
      return tl::unexpected(error(node, binding.error().message, binding.error().remedy));
    if (auto input = std::get_if<Input>(&*binding))
      return Checked{.units = units_of(input->dimension),
                     .flag = input->dimension == market::Dimension::flag};
    return Checked{.constant = true};
  }

  Result<Checked> logical(const Node& node) {
    Checked joined{.type = Type::boolean, .constant = true};
    for (const auto& child : node.children) {
      auto side = condition(child);
      if (!side)
        return side;
      joined.constant = joined.constant && side->constant;
      joined.lookback = std::max(joined.lookback, side->lookback);
    }
    return joined;
  }

  Result<Checked> product_of(const Node& node) {
    auto left = number(node.children[0]);
    if (!left)
      return left;
    auto right = number(node.children[1]);
    if (!right)
      return right;
    auto multiply = node.kind == Kind::multiply;
    return Checked{.units =
                       multiply ? product(left->units, right->units) : quotient(left->units, right->units),
                   .constant = left->constant && right->constant,
                   .lookback = std::max(left->lookback, right->lookback)};
  }

  /// All of `nodes` as numbers of one unit. A constant takes the unit of the others where the rule allows it.
  Result<Checked> same_units(const Node& parent, std::span<const Node> nodes) {
    Checked joined;
    const Node* first = nullptr;
    for (const auto& node : nodes) {
      auto side = number(node);
      if (!side)
        return side;
      if (!first) {
        joined = *side;
        joined.flag = false;
        first = &node;
        continue;
      }
      auto lookback = std::max(joined.lookback, side->lookback);
      auto constant = joined.constant && side->constant;
      if (!joins(joined, *side))
        return tl::unexpected(
            error(side->constant && !joined.constant ? node : (joined.constant ? *first : parent),
                  fmt::format("expected both sides of {} in one unit, found {} and {}", quoted(parent),
                              describe(joined), describe(*side)),
                  mixed_remedy));
      if (joined.zero || (joined.constant && !side->zero && !side->constant))
        joined.units = side->units;
      joined.zero = joined.zero && side->zero;
      joined.constant = constant;
      joined.lookback = lookback;
    }
    return joined;
  }

  static bool joins(const Checked& a, const Checked& b) {
    auto adapts = [](const Checked& number, const Checked& other) {
      return number.zero || (number.constant && other.units.price == 0 && other.units.volume == 0);
    };
    return a.units == b.units || adapts(a, b) || adapts(b, a);
  }

  static std::string quoted(const Node& parent) {
    switch (parent.kind) {
    case Kind::call:
      return fmt::format("'{}'", parent.text);
    case Kind::add:
      return "'+'";
    case Kind::subtract:
      return "'-'";
    case Kind::less:
      return "'<'";
    case Kind::less_equal:
      return "'<='";
    case Kind::greater:
      return "'>'";
    case Kind::greater_equal:
      return "'>='";
    case Kind::equal:
      return "'=='";
    default:
      return "'!='";
    }
  }

  Result<Checked> call(const Node& node) {
    const auto& function = *find_function(node.text);
    const auto& arguments = node.children;
    switch (function.builtin) {
    case Builtin::min:
    case Builtin::max:
    case Builtin::clamp:
      return same_units(node, arguments);
    case Builtin::cross_above:
    case Builtin::cross_below:
      return same_units(node, arguments).map([](const Checked& sides) {
        return Checked{.type = Type::boolean, .constant = sides.constant, .lookback = sides.lookback + 1};
      });
    case Builtin::select:
      return select(node);
    default:
      break;
    }
    auto value = number(arguments[0]);
    if (!value)
      return value;
    value->flag = false;
    value->zero = false;
    return function.min_window > 0 ? windowed(node, function, *value) : elementwise(node, function, *value);
  }

  Result<Checked> select(const Node& node) {
    auto chooser = condition(node.children[0]);
    if (!chooser)
      return chooser;
    auto first = visit(node.children[1]);
    if (!first)
      return first;
    auto branches = first->type == Type::boolean
                        ? condition(node.children[2]).map([&](const Checked& second) {
                            return Checked{.type = Type::boolean,
                                           .constant = first->constant && second.constant,
                                           .lookback = std::max(first->lookback, second.lookback)};
                          })
                        : same_units(node, std::span{node.children}.subspan(1));
    return branches.map([&](Checked result) {
      result.constant = result.constant && chooser->constant;
      result.lookback = std::max(result.lookback, chooser->lookback);
      return result;
    });
  }

  Result<Checked> elementwise(const Node& node, const Function& function, Checked value) const {
    switch (function.builtin) {
    case Builtin::sign:
      value.units = {};
      return value;
    case Builtin::log:
    case Builtin::exp:
      if (!value.units.unitless())
        return tl::unexpected(
            error(node.children[0],
                  fmt::format("expected a unitless number in {}, found {}", function.name, describe(value)),
                  "take it of a ratio, as in log(close / lag(close, 1))"));
      return value;
    case Builtin::sqrt:
      if (value.units.price % 2 != 0 || value.units.volume % 2 != 0 || value.units.time % 2 != 0)
        return tl::unexpected(
            error(node.children[0],
                  fmt::format("expected a unitless number or a square in sqrt, found {}", describe(value)),
                  "take it of a ratio or of a product of two like values"));
      value.units = {static_cast<std::int8_t>(value.units.price / 2),
                     static_cast<std::int8_t>(value.units.volume / 2),
                     static_cast<std::int8_t>(value.units.time / 2)};
      return value;
    default:
      return value;
    }
  }

  Result<Checked> windowed(const Node& node, const Function& function, Checked value) {
    auto largest = window(node.children[1], function);
    if (!largest)
      return tl::unexpected(largest.error());
    switch (function.builtin) {
    case Builtin::lag:
    case Builtin::delta:
      value.lookback += *largest;
      break;
    case Builtin::ema:
      value.lookback += ema_span * *largest - 1;
      break;
    default:
      value.lookback += *largest - 1;
    }
    if (function.builtin == Builtin::rank || function.builtin == Builtin::zscore)
      value.units = {};
    value.constant = false;
    return value;
  }

  /// The largest length this window can take.
  Result<std::size_t> window(const Node& node, const Function& function) {
    auto refuse = [&](const std::string& found) {
      return tl::unexpected(
          error(node,
                fmt::format("expected a window of {} to {} rows in {}, found {}", function.min_window,
                            max_lookback, function.name, found),
                "write a whole number, or a parameter whose range and step are whole numbers"));
    };
    Constant range;
    if (node.kind == Kind::number) {
      range = {node.number, node.number, node.number, 1};
    } else if (node.kind == Kind::reference) {
      auto binding = environment_.resolve(node);
      if (!binding)
        return tl::unexpected(error(node, binding.error().message, binding.error().remedy));
      if (std::holds_alternative<Input>(*binding))
        return refuse(fmt::format("'{}', which changes from row to row", node.text));
      range = std::get<Constant>(*binding);
    } else {
      return refuse("an expression");
    }
    for (auto bound : {range.value, range.min, range.max})
      if (bound != std::floor(bound) || bound < function.min_window ||
          bound > static_cast<double>(max_lookback))
        return refuse(fmt::format("{}", bound));
    if (range.step != std::floor(range.step))
      return refuse(fmt::format("steps of {}", range.step));
    return static_cast<std::size_t>(range.max);
  }

  std::string_view source_;
  const Environment& environment_;
};

} // namespace

Result<Checked> check(const Expression& expression, const Environment& environment) {
  return Checker{expression.source, environment}.visit(expression.root);
}

Result<Checked> check_condition(const Expression& expression, const Environment& environment) {
  return Checker{expression.source, environment}.condition(expression.root);
}

Result<Checked> check_number(const Expression& expression, const Environment& environment, Units wanted) {
  Checker checker{expression.source, environment};
  auto result = checker.number(expression.root);
  if (result && result->units != wanted && !(result->zero || (result->constant && wanted.unitless())))
    return tl::unexpected(
        checker.error(expression.root,
                      fmt::format("expected a {} number, found {}", format_units(wanted), describe(*result)),
                      wanted == Units{.price = 1} ? "a distance in price, as in 2 * atr_14" : ""));
  return result;
}

} // namespace finch::expression
