#include "actors/expression/parser.hpp"

#include "actors/expression/diagnostic.hpp"
#include "actors/expression/functions.hpp"
#include "actors/expression/lexer.hpp"
#include "actors/market/timeframe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace finch::expression {

namespace {

constexpr int not_strength = 3, comparison_strength = 4, negate_strength = 7;

struct Infix {
  std::string_view text;
  Kind kind;
  int strength;
};

constexpr Infix infixes[] = {
    {"or", Kind::logical_or, 1}, {"and", Kind::logical_and, 2}, {"<", Kind::less, 4},
    {"<=", Kind::less_equal, 4}, {">", Kind::greater, 4},       {">=", Kind::greater_equal, 4},
    {"==", Kind::equal, 4},      {"!=", Kind::not_equal, 4},    {"+", Kind::add, 5},
    {"-", Kind::subtract, 5},    {"*", Kind::multiply, 6},      {"/", Kind::divide, 6},
};

/// Operator-precedence climbing: `expression(strength)` takes everything that binds at least that tightly.
class Parser {
public:
  Parser(std::string_view source, std::vector<Token> tokens) : source_{source}, tokens_{std::move(tokens)} {}

  Result<Node> run() {
    auto root = expression(1);
    if (root && here().kind != TokenKind::end)
      return tl::unexpected(expected("an operator or the end"));
    return root;
  }

private:
  Result<Node> expression(int strength) {
    // Nesting is bounded here so that hostile text cannot exhaust the stack; the tree's own depth is checked
    // after.
    if (++nesting_ > 4 * max_depth)
      return tl::unexpected(too_deep(here().offset));
    auto left = prefix(strength);
    while (left) {
      auto infix = infix_here();
      if (!infix || infix->strength < strength)
        break;
      auto offset = here().offset;
      ++at_;
      auto right = expression(infix->strength + 1);
      if (!right)
        return right;
      auto joined = make_binary(infix->kind, std::move(*left), std::move(*right));
      joined.offset = offset;
      left = std::move(joined);
      if (++joined_ > max_nodes)
        return tl::unexpected(too_many(offset));
      if (infix->strength == comparison_strength && infix_here() &&
          infix_here()->strength == comparison_strength)
        return tl::unexpected(
            diagnose(source_, here().offset,
                     fmt::format("expected 'and', 'or' or the end, found {}", describe(here())),
                     "comparisons do not chain: write a < b and b < c"));
    }
    --nesting_;
    return left;
  }

  Result<Node> prefix(int strength) {
    if (is_sign("-"))
      return unary(Kind::negate, negate_strength);
    if (is_word("not")) {
      if (strength > not_strength)
        return tl::unexpected(diagnose(source_, here().offset, "expected a value, found 'not'",
                                       "put the negated condition in parentheses"));
      return unary(Kind::logical_not, not_strength);
    }
    return primary();
  }

  Result<Node> unary(Kind kind, int strength) {
    auto offset = here().offset;
    ++at_;
    auto operand = expression(strength);
    if (!operand)
      return operand;
    Node node{.kind = kind};
    node.offset = offset;
    node.children.push_back(std::move(*operand));
    return node;
  }

  Result<Node> primary() {
    auto token = here();
    if (token.kind == TokenKind::number) {
      ++at_;
      return Node{.kind = Kind::number, .number = token.number, .offset = token.offset};
    }
    if (is_sign("(")) {
      ++at_;
      auto inner = expression(1);
      if (inner && !is_sign(")"))
        return tl::unexpected(expected("an operator or ')'"));
      ++at_;
      return inner;
    }
    if (token.kind != TokenKind::name || is_word("and") || is_word("or"))
      return tl::unexpected(expected("a value"));
    ++at_;
    if (token.text == "true" || token.text == "false")
      return Node{.kind = Kind::boolean, .number = token.text == "true" ? 1.0 : 0.0, .offset = token.offset};
    if (token.text == "votes")
      return votes(token);
    if (is_sign("("))
      return call(token);
    return reference(token);
  }

  Result<Node> reference(const Token& name) {
    if (find_function(name.text))
      return tl::unexpected(expected(fmt::format("'(' after the function {}", name.text)));
    Node node{.kind = Kind::reference, .text = std::string{name.text}, .offset = name.offset};
    while (here().kind == TokenKind::timeframe || here().kind == TokenKind::symbol) {
      auto token = here();
      auto again = token.kind == TokenKind::timeframe ? node.minutes > 0 : !node.symbol.empty();
      if (again)
        return tl::unexpected(expected("one timeframe and one symbol at most"));
      if (token.kind == TokenKind::symbol) {
        node.symbol = token.text;
      } else {
        auto timeframe = market::parse_timeframe(token.text);
        if (!timeframe)
          return tl::unexpected(
              diagnose(source_, token.offset,
                       fmt::format("expected a timeframe such as @60m, found {}", describe(token)),
                       timeframe.error().remedy));
        node.minutes = timeframe->minutes;
      }
      ++at_;
    }
    return node;
  }

  Result<Node> call(const Token& name) {
    auto function = find_function(name.text);
    if (!function)
      return tl::unexpected(unknown_function(name));
    Node node{.kind = Kind::call, .text = std::string{name.text}, .offset = name.offset};
    do {
      ++at_;
      if (node.children.size() == function->max_arguments)
        return tl::unexpected(arity(*function, "an argument more"));
      auto argument = expression(1);
      if (!argument)
        return argument;
      node.children.push_back(std::move(*argument));
    } while (is_sign(","));
    if (!is_sign(")"))
      return tl::unexpected(expected("',' or ')'"));
    if (node.children.size() < function->min_arguments)
      return tl::unexpected(arity(*function, "')'"));
    ++at_;
    return node;
  }

  Result<Node> votes(const Token& name) {
    Node node{.kind = Kind::votes, .offset = name.offset};
    if (!is_sign("("))
      return tl::unexpected(expected("'(' after votes"));
    ++at_;
    auto quorum = here();
    if (quorum.kind != TokenKind::number || quorum.number < 1 || quorum.number != std::floor(quorum.number))
      return tl::unexpected(expected("how many votes are needed, a whole number of at least 1"));
    node.number = quorum.number;
    ++at_;
    while (is_sign(",")) {
      ++at_;
      if (here().kind != TokenKind::string)
        return tl::unexpected(expected("a strategy's name in quotes"));
      if (std::find(node.names.begin(), node.names.end(), here().text) != node.names.end())
        return tl::unexpected(
            diagnose(source_, here().offset,
                     fmt::format("expected each strategy once, found {} again", describe(here())),
                     "a strategy has one vote"));
      if (node.names.size() == max_voters)
        return tl::unexpected(expected(fmt::format("at most {} strategies and ')'", max_voters)));
      node.names.emplace_back(here().text);
      ++at_;
    }
    if (!is_sign(")"))
      return tl::unexpected(expected("',' or ')'"));
    ++at_;
    if (node.number > static_cast<double>(node.names.size()))
      return tl::unexpected(diagnose(
          source_, quorum.offset,
          fmt::format("expected at most {} (the strategies named), found {}", node.names.size(), quorum.text),
          "name at least as many strategies as votes are needed"));
    return node;
  }

  const Token& here() const { return tokens_[at_]; }
  bool is_sign(std::string_view text) const { return here().kind == TokenKind::sign && here().text == text; }
  bool is_word(std::string_view text) const { return here().kind == TokenKind::name && here().text == text; }

  std::optional<Infix> infix_here() const {
    if (here().kind == TokenKind::sign || here().kind == TokenKind::name)
      for (const auto& infix : infixes)
        if (infix.text == here().text)
          return infix;
    return std::nullopt;
  }

  Error expected(const std::string& what) const {
    return diagnose(source_, here().offset, fmt::format("expected {}, found {}", what, describe(here())));
  }
  Error arity(const Function& function, std::string_view found) const {
    auto count = function.min_arguments == function.max_arguments
                     ? fmt::format("{}", function.min_arguments)
                     : fmt::format("{} to {}", function.min_arguments, function.max_arguments);
    return diagnose(source_, here().offset,
                    fmt::format("expected {} argument{} for {}, found {}", count,
                                function.max_arguments == 1 ? "" : "s", function.name, found),
                    fmt::format("write {}", function.signature));
  }
  Error unknown_function(const Token& name) const {
    std::vector<std::string> names;
    for (const auto& function : functions())
      names.emplace_back(function.name);
    auto close = closest(name.text, names);
    return diagnose(source_, name.offset, fmt::format("expected a function, found '{}'", name.text),
                    close.empty() ? fmt::format("the functions are {}", fmt::join(names, ", "))
                                  : fmt::format("did you mean {}?", close));
  }
  Error too_deep(std::size_t offset) const {
    return diagnose(source_, offset, fmt::format("expected at most {} levels of nesting", max_depth),
                    "split the rule into fewer nested parts");
  }
  Error too_many(std::size_t offset) const {
    return diagnose(source_, offset, fmt::format("expected at most {} nodes", max_nodes), "shorten the rule");
  }

  std::string_view source_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t nesting_ = 0;
  std::size_t joined_ = 0;
};

} // namespace

bool is_reserved(std::string_view word) {
  for (auto taken : {"and", "or", "not", "true", "false", "votes", "model"})
    if (word == taken)
      return true;
  return find_function(word) != nullptr;
}

Result<Expression> parse(std::string_view source) {
  if (source.size() > max_source_bytes)
    return tl::unexpected(
        diagnose(source, max_source_bytes,
                 fmt::format("expected at most {} bytes, found {}", max_source_bytes, source.size()),
                 "shorten the rule"));
  auto tokens = tokenize(source);
  if (!tokens)
    return tl::unexpected(tokens.error());
  auto root = Parser{source, std::move(*tokens)}.run();
  if (!root)
    return tl::unexpected(root.error());
  if (auto nodes = count_nodes(*root); nodes > max_nodes)
    return tl::unexpected(diagnose(source, root->offset,
                                   fmt::format("expected at most {} nodes, found {}", max_nodes, nodes),
                                   "shorten the rule"));
  if (auto levels = depth(*root); levels > max_depth)
    return tl::unexpected(
        diagnose(source, root->offset,
                 fmt::format("expected at most {} levels of nesting, found {}", max_depth, levels),
                 "split the rule into fewer nested parts"));
  return Expression{std::string{source}, std::move(*root)};
}

} // namespace finch::expression
