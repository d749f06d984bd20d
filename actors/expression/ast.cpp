#include "actors/expression/ast.hpp"

#include "actors/market/timeframe.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace finch::expression {

namespace {

/// Binding strength, weakest first; the parser climbs the same ladder.
int precedence(Kind kind) {
  switch (kind) {
  case Kind::logical_or:
    return 1;
  case Kind::logical_and:
    return 2;
  case Kind::logical_not:
    return 3;
  case Kind::less:
  case Kind::less_equal:
  case Kind::greater:
  case Kind::greater_equal:
  case Kind::equal:
  case Kind::not_equal:
    return 4;
  case Kind::add:
  case Kind::subtract:
    return 5;
  case Kind::multiply:
  case Kind::divide:
    return 6;
  case Kind::negate:
    return 7;
  default:
    return 8;
  }
}

std::string_view symbol_of(Kind kind) {
  switch (kind) {
  case Kind::logical_or:
    return " or ";
  case Kind::logical_and:
    return " and ";
  case Kind::less:
    return " < ";
  case Kind::less_equal:
    return " <= ";
  case Kind::greater:
    return " > ";
  case Kind::greater_equal:
    return " >= ";
  case Kind::equal:
    return " == ";
  case Kind::not_equal:
    return " != ";
  case Kind::add:
    return " + ";
  case Kind::subtract:
    return " - ";
  case Kind::multiply:
    return " * ";
  case Kind::divide:
    return " / ";
  default:
    return "";
  }
}

/// The shortest text that reads back as the same double.
std::string format_number(double value) {
  std::array<char, 32> buffer;
  auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

void print(const Node& node, std::string& out);

void print_child(const Node& child, int required, std::string& out) {
  auto wrap = precedence(child.kind) < required;
  if (wrap)
    out += '(';
  print(child, out);
  if (wrap)
    out += ')';
}

void print_list(const std::vector<Node>& children, std::string& out) {
  for (std::size_t i = 0; i < children.size(); ++i) {
    if (i > 0)
      out += ", ";
    print(children[i], out);
  }
}

void print(const Node& node, std::string& out) {
  auto strength = precedence(node.kind);
  switch (node.kind) {
  case Kind::number:
    out += format_number(node.number);
    return;
  case Kind::boolean:
    out += node.number != 0 ? "true" : "false";
    return;
  case Kind::reference:
    out += node.text;
    if (node.minutes > 0)
      out += "@" + market::format_timeframe({node.minutes});
    if (!node.symbol.empty())
      out += "[" + node.symbol + "]";
    return;
  case Kind::votes:
    out += "votes(" + format_number(node.number);
    for (const auto& name : node.names)
      out += ", \"" + name + "\"";
    out += ')';
    return;
  case Kind::call:
    out += node.text + "(";
    print_list(node.children, out);
    out += ')';
    return;
  case Kind::negate:
    out += '-';
    print_child(node.children[0], strength, out);
    return;
  case Kind::logical_not:
    out += "not ";
    print_child(node.children[0], strength, out);
    return;
  default:
    // Comparisons do not chain, so both sides bind tighter; everything else groups to the left.
    print_child(node.children[0], strength == 4 ? 5 : strength, out);
    out += symbol_of(node.kind);
    print_child(node.children[1], strength + 1, out);
  }
}

} // namespace

bool Node::operator==(const Node& other) const {
  return kind == other.kind && number == other.number && text == other.text && minutes == other.minutes &&
         symbol == other.symbol && names == other.names && children == other.children;
}

std::string format(const Node& node) {
  std::string out;
  print(node, out);
  return out;
}

std::size_t count_nodes(const Node& node) {
  std::size_t count = 1;
  for (const auto& child : node.children)
    count += count_nodes(child);
  return count;
}

std::size_t depth(const Node& node) {
  std::size_t deepest = 0;
  for (const auto& child : node.children)
    deepest = std::max(deepest, depth(child));
  return deepest + 1;
}

void walk(const Node& node, const std::function<void(const Node&)>& visit) {
  visit(node);
  for (const auto& child : node.children)
    walk(child, visit);
}

Node make_number(double value) {
  if (!std::signbit(value))
    return Node{.kind = Kind::number, .number = value};
  Node node{.kind = Kind::negate};
  node.children.push_back(Node{.kind = Kind::number, .number = -value});
  return node;
}

Node make_reference(std::string name) {
  Node node{.kind = Kind::reference};
  node.text = std::move(name);
  return node;
}

Node make_binary(Kind kind, Node left, Node right) {
  Node node{.kind = kind};
  node.children.push_back(std::move(left));
  node.children.push_back(std::move(right));
  return node;
}

} // namespace finch::expression
