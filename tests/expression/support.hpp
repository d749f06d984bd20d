/// A small world for expressions: six columns, two parameters, random well-typed trees and a slow, obvious
/// evaluator.
#pragma once

#include "actors/expression/checker.hpp"
#include "actors/expression/functions.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace finch::expression::test {

inline constexpr auto nan = std::numeric_limits<double>::quiet_NaN();

class World : public Environment {
public:
  struct Column {
    std::string name;
    market::Dimension dimension;
  };
  std::vector<Column> columns{
      {"close", market::Dimension::price},         {"open", market::Dimension::price},
      {"volume", market::Dimension::volume},       {"rsi_14", market::Dimension::unitless},
      {"ret_1", market::Dimension::unitless},      {"is_weekend", market::Dimension::flag},
      {"mins_to_funding", market::Dimension::time}};

  [[nodiscard]] Result<Binding> resolve(const Node& reference) const override {
    if (reference.text == "period")
      return Constant{7, 2, 20, 1};
    if (reference.text == "level")
      return Constant{0.5, -2, 2, 0.25};
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (columns[i].name == reference.text)
        return Input{static_cast<std::uint32_t>(i), columns[i].dimension};
    return fail(Category::bad_input, "expected a feature, found '" + reference.text + "'",
                "list the features");
  }
  [[nodiscard]] Result<Binding> resolve_votes(const Node&) const override {
    return Input{3, market::Dimension::unitless};
  }
};

/// Columns of history: [slot][row][lane].
struct History {
  std::size_t rows = 0, lanes = 0;
  std::vector<std::vector<double>> columns;

  [[nodiscard]] double at(std::size_t slot, std::size_t row, std::size_t lane) const {
    return columns[slot][row * lanes + lane];
  }
};

inline History random_history(std::size_t rows, std::size_t lanes, double missing, unsigned seed) {
  std::mt19937_64 random{seed};
  std::uniform_real_distribution<double> uniform{0, 1};
  History history{rows, lanes, {}};
  for (std::size_t slot = 0; slot < World{}.columns.size(); ++slot) {
    auto& column = history.columns.emplace_back(rows * lanes);
    for (auto& value : column) {
      // Few distinct values, so that ties and equalities happen.
      value = std::round(uniform(random) * 40) / 8 - (slot == 4 ? 2.5 : 0);
      if (slot == 5)
        value = uniform(random) < 0.4 ? 1 : 0;
      if (uniform(random) < missing)
        value = nan;
    }
  }
  return history;
}

/// Evaluates by walking the tree and looking at the whole window again at every row.
class Oracle {
public:
  explicit Oracle(const History& history) : history_{history} {}

  /// NaN before the first row: history begins empty.
  [[nodiscard]] double value(const Node& node, std::ptrdiff_t row, std::size_t lane) const {
    switch (node.kind) {
    case Kind::number:
    case Kind::boolean:
      return node.number;
    case Kind::votes:
      return input(3, row, lane);
    case Kind::reference: {
      auto binding = *world_.resolve(node);
      if (auto constant = std::get_if<Constant>(&binding))
        return constant->value;
      return input(std::get<Input>(binding).slot, row, lane);
    }
    case Kind::call:
      return call(node, row, lane);
    default:
      break;
    }
    auto a = value(node.children[0], row, lane);
    if (node.kind == Kind::negate)
      return -a;
    if (node.kind == Kind::logical_not)
      return truth(a) ? 0 : 1;
    auto b = value(node.children[1], row, lane);
    switch (node.kind) {
    case Kind::add:
      return a + b;
    case Kind::subtract:
      return a - b;
    case Kind::multiply:
      return a * b;
    case Kind::divide:
      return a / b;
    case Kind::less:
      return a < b;
    case Kind::less_equal:
      return a <= b;
    case Kind::greater:
      return a > b;
    case Kind::greater_equal:
      return a >= b;
    case Kind::equal:
      return a == b;
    case Kind::not_equal:
      return a == a && b == b && a != b;
    case Kind::logical_and:
      return truth(a) && truth(b);
    default:
      return truth(a) || truth(b);
    }
  }

  static bool truth(double x) { return x == x && x != 0; }

private:
  [[nodiscard]] double input(std::size_t slot, std::ptrdiff_t row, std::size_t lane) const {
    return row < 0 ? nan : history_.at(slot, static_cast<std::size_t>(row), lane);
  }

  [[nodiscard]] double call(const Node& node, std::ptrdiff_t row, std::size_t lane) const {
    auto builtin = find_function(node.text)->builtin;
    auto argument = [&](std::size_t i, std::ptrdiff_t back = 0) {
      return value(node.children[i], row - back, lane);
    };
    switch (builtin) {
    case Builtin::abs:
      return std::fabs(argument(0));
    case Builtin::sign: {
      auto x = argument(0);
      return x != x ? x : (x > 0 ? 1 : x < 0 ? -1 : 0);
    }
    case Builtin::log:
      return std::log(argument(0));
    case Builtin::exp:
      return std::exp(argument(0));
    case Builtin::sqrt:
      return std::sqrt(argument(0));
    case Builtin::min:
    case Builtin::max: {
      auto best = argument(0);
      for (std::size_t i = 1; i < node.children.size(); ++i) {
        auto x = argument(i);
        if (best != best || x != x)
          best = nan;
        else
          best = builtin == Builtin::min ? std::min(best, x) : std::max(best, x);
      }
      return best;
    }
    case Builtin::clamp: {
      auto x = argument(0), low = argument(1), high = argument(2);
      return x != x || low != low || high != high ? nan : std::min(std::max(x, low), high);
    }
    case Builtin::select:
      return truth(argument(0)) ? argument(1) : argument(2);
    case Builtin::cross_above:
      return argument(0) > argument(1) && argument(0, 1) <= argument(1, 1);
    case Builtin::cross_below:
      return argument(0) < argument(1) && argument(0, 1) >= argument(1, 1);
    default:
      return windowed(builtin, node, row, lane);
    }
  }

  [[nodiscard]] double windowed(Builtin builtin, const Node& node, std::ptrdiff_t row,
                                std::size_t lane) const {
    auto n = static_cast<std::ptrdiff_t>(value(node.children[1], row, lane));
    auto now = value(node.children[0], row, lane);
    // A constant has no beginning, anything else does.
    auto constant = check({"", node.children[0]}, world_)->constant;
    if (builtin == Builtin::lag || builtin == Builtin::delta) {
      auto then = constant ? now : row < n ? nan : value(node.children[0], row - n, lane);
      return builtin == Builtin::lag ? then : now - then;
    }
    auto length = builtin == Builtin::ema ? ema_span * n : n;
    if (row + 1 < length)
      return nan;
    std::vector<double> xs; // newest first
    for (std::ptrdiff_t back = 0; back < length; ++back)
      xs.push_back(value(node.children[0], row - back, lane));
    for (auto x : xs)
      if (x != x)
        return nan;
    return of_window(builtin, xs, static_cast<double>(n));
  }

  static double of_window(Builtin builtin, const std::vector<double>& xs, double n) {
    long double sum = 0, squares = 0, below = 0;
    for (auto x : xs)
      sum += x;
    auto mean = sum / static_cast<long double>(xs.size());
    auto flat = true;
    for (auto x : xs) {
      squares += (x - mean) * (x - mean);
      below += x < xs[0] ? 1 : x == xs[0] ? 0.5L : 0;
      flat = flat && x == xs[0];
    }
    auto deviation = flat ? 0 : std::sqrt(squares / (n - 1));
    switch (builtin) {
    case Builtin::mean:
      return static_cast<double>(mean);
    case Builtin::std:
      return static_cast<double>(deviation);
    case Builtin::zscore:
      return flat ? 0 : static_cast<double>((xs[0] - mean) / deviation);
    case Builtin::rank:
      return static_cast<double>(below / n);
    case Builtin::lowest:
      return *std::min_element(xs.begin(), xs.end());
    case Builtin::highest:
      return *std::max_element(xs.begin(), xs.end());
    default: {
      long double weighted = 0, weights = 0, weight = 1;
      for (auto x : xs) {
        weighted += weight * x;
        weights += weight;
        weight *= 1 - 2 / (n + 1);
      }
      return static_cast<double>(weighted / weights);
    }
    }
  }

  const History& history_;
  World world_;
};

/// Random well-typed trees. Unit errors are avoided by building numbers out of unitless columns only.
class Generator {
public:
  explicit Generator(unsigned seed) : random_{seed} {}

  Node condition(int levels) {
    switch (levels <= 0 ? 0 : pick(8)) {
    case 0:
      return levels > 0 || pick(2) == 0 ? comparison(levels) : flag();
    case 1:
      return unary(Kind::logical_not, condition(levels - 1));
    case 2:
    case 3:
      return make_binary(pick(2) == 0 ? Kind::logical_and : Kind::logical_or, condition(levels - 1),
                         condition(levels - 1));
    case 4:
      return call(pick(2) == 0 ? "cross_above" : "cross_below", {number(levels - 1), number(levels - 1)});
    case 5:
      return flag();
    case 6:
      return call("if", {condition(levels - 1), condition(levels - 1), condition(levels - 1)});
    default:
      return comparison(levels);
    }
  }

  Node number(int levels) {
    if (levels <= 0)
      return leaf();
    switch (pick(9)) {
    case 0:
      return leaf();
    case 1:
      return unary(Kind::negate, number(levels - 1));
    case 2:
    case 3: {
      const Kind kinds[] = {Kind::add, Kind::subtract, Kind::multiply, Kind::divide};
      return make_binary(kinds[pick(4)], number(levels - 1), number(levels - 1));
    }
    case 4: {
      const char* names[] = {"abs", "sign", "log", "exp", "sqrt"};
      return call(names[pick(5)], {number(levels - 1)});
    }
    case 5:
      return pick(2) == 0 ? call("clamp", {number(levels - 1), number(levels - 1), number(levels - 1)})
                          : call(pick(2) == 0 ? "min" : "max", {number(levels - 1), number(levels - 1)});
    case 6:
      return call("if", {condition(levels - 1), number(levels - 1), number(levels - 1)});
    default: {
      const char* names[] = {"lag", "delta", "mean", "std", "lowest", "highest", "rank", "zscore", "ema"};
      auto length = pick(4) == 0 ? make_reference("period") : make_number(static_cast<double>(2 + pick(9)));
      return call(names[pick(9)], {number(levels - 1), std::move(length)});
    }
    }
  }

  /// Any tree the grammar allows, typed or not, with every kind of leaf.
  Node anything(int levels) {
    if (levels <= 0 || pick(6) == 0)
      return odd_leaf();
    auto choice = pick(4);
    if (choice == 0) {
      const auto& function =
          functions()[static_cast<std::size_t>(pick(static_cast<int>(functions().size())))];
      std::vector<Node> arguments;
      for (int i = 0; i < function.min_arguments; ++i)
        arguments.push_back(anything(levels - 1));
      return call(function.name, std::move(arguments));
    }
    if (choice == 1)
      return unary(pick(2) == 0 ? Kind::negate : Kind::logical_not, anything(levels - 1));
    const Kind kinds[] = {Kind::add,       Kind::subtract, Kind::multiply,      Kind::divide,
                          Kind::less,      Kind::greater,  Kind::greater_equal, Kind::less_equal,
                          Kind::not_equal, Kind::equal,    Kind::logical_and,   Kind::logical_or};
    return make_binary(kinds[pick(12)], anything(levels - 1), anything(levels - 1));
  }

  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

private:
  Node comparison(int levels) {
    const Kind kinds[] = {Kind::less,          Kind::less_equal, Kind::greater,
                          Kind::greater_equal, Kind::equal,      Kind::not_equal};
    return make_binary(kinds[pick(6)], number(levels - 1), number(levels - 1));
  }
  Node flag() { return make_reference("is_weekend"); }
  Node leaf() {
    switch (pick(5)) {
    case 0:
      return make_number(pick(20) / 4.0);
    case 1:
      return make_reference("level");
    case 2:
      return make_binary(Kind::divide, make_reference("close"), make_reference("open"));
    default:
      return make_reference(pick(2) == 0 ? "rsi_14" : "ret_1");
    }
  }
  Node odd_leaf() {
    Node node;
    switch (pick(6)) {
    case 0:
      return make_number(std::ldexp(static_cast<double>(random_() >> 11U), pick(200) - 150));
    case 1:
      node.kind = Kind::boolean;
      node.number = pick(2);
      return node;
    case 2:
      node.kind = Kind::votes;
      node.number = 1;
      node.names = {"momentum", "breakout_2"};
      return node;
    case 3:
      return make_reference("model.direction.p_up");
    default:
      node = make_reference("ret_5");
      if (pick(2) == 0)
        node.minutes = 60;
      if (pick(2) == 0)
        node.symbol = "binance.um/BTC-USDT";
      return node;
    }
  }
  static Node unary(Kind kind, Node operand) {
    Node node{.kind = kind};
    node.children.push_back(std::move(operand));
    return node;
  }
  static Node call(std::string_view name, std::vector<Node> arguments) {
    Node node{.kind = Kind::call};
    node.text = name;
    node.children = std::move(arguments);
    return node;
  }

  std::mt19937_64 random_;
};

} // namespace finch::expression::test
