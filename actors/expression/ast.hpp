/// The tree of a parsed expression, and its canonical text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace finch::expression {

enum class Kind : std::uint8_t {
  number,    ///< a literal, never negative
  boolean,   ///< `true` or `false`
  reference, ///< a feature, a raw bar field, a parameter or a model's output
  votes,     ///< `votes(2, "a", "b", "c")`
  call,      ///< a function of functions.hpp
  negate,
  add,
  subtract,
  multiply,
  divide,
  less,
  less_equal,
  greater,
  greater_equal,
  equal,
  not_equal,
  logical_not,
  logical_and,
  logical_or
};

/// One node. Which fields mean something follows from `kind`.
struct Node {
  Kind kind = Kind::number;
  double number = 0;                ///< the literal; 0 or 1 of a boolean; the quorum of votes
  std::string text{};               ///< name of the reference or function
  std::int32_t minutes = 0;         ///< timeframe of a reference, `@60m`; 0 is the instance's own
  std::string symbol{};             ///< reference symbol, `[BTC-USDT]`; empty is each instrument itself
  std::vector<std::string> names{}; ///< strategies of votes
  std::vector<Node> children{};
  std::uint32_t offset = 0; ///< byte in the source, for errors; not part of equality

  bool operator==(const Node& other) const;
};

/// A parsed expression with the text it came from.
struct Expression {
  std::string source;
  Node root;
};

/// The one spelling of a tree: single spaces, only the parentheses that are needed, shortest numbers. Parsing
/// it gives the same tree.
[[nodiscard]] std::string format(const Node& node);

[[nodiscard]] std::size_t count_nodes(const Node& node);
/// Levels of the tree; a leaf has 1.
[[nodiscard]] std::size_t depth(const Node& node);
/// Calls `visit` for every node, parents first, children in order.
void walk(const Node& node, const std::function<void(const Node&)>& visit);

[[nodiscard]] Node make_number(double value);
[[nodiscard]] Node make_reference(std::string name);
[[nodiscard]] Node make_binary(Kind kind, Node left, Node right);

} // namespace finch::expression
