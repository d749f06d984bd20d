#include "actors/expression/lexer.hpp"

#include "actors/expression/diagnostic.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace finch::expression {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_word(char c) { return is_letter(c) || is_digit(c); }
bool is_symbol(char c) { return is_word(c) || c == '-' || c == '/' || c == '.'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

class Lexer {
public:
  explicit Lexer(std::string_view source) : source_{source} {}

  Result<std::vector<Token>> run() {
    std::vector<Token> tokens;
    while (true) {
      while (at_ < source_.size() && is_space(source_[at_]))
        ++at_;
      if (at_ == source_.size())
        break;
      auto token = next();
      if (!token)
        return tl::unexpected(token.error());
      tokens.push_back(*token);
    }
    tokens.push_back({TokenKind::end, {}, 0, static_cast<std::uint32_t>(at_)});
    return tokens;
  }

private:
  Result<Token> next() {
    auto c = source_[at_];
    if (is_digit(c) || (c == '.' && at_ + 1 < source_.size() && is_digit(source_[at_ + 1])))
      return number();
    if (is_letter(c))
      return name();
    if (c == '@')
      return enclosed(TokenKind::timeframe, is_word, '\0', "a timeframe such as 60m after '@'");
    if (c == '[')
      return enclosed(TokenKind::symbol, is_symbol, ']', "a symbol such as BTC-USDT, closed by ']'");
    if (c == '"' || c == '\'')
      return enclosed(TokenKind::string, is_word, c, "a strategy's name, closed by the same quote");
    for (std::string_view sign : {"<=", ">=", "==", "!=", "<", ">", "+", "-", "*", "/", "(", ")", ","})
      if (source_.substr(at_, sign.size()) == sign)
        return take(TokenKind::sign, sign.size());
    return tl::unexpected(unknown(c));
  }

  Error unknown(char c) const {
    if (c == '&' || c == '|' || c == '!')
      return diagnose(source_, at_, fmt::format("expected an operator, found '{}'", c),
                      "logic is written in words: and, or, not");
    if (c == '=')
      return diagnose(source_, at_, "expected a comparison, found '='", "equality is written ==");
    auto printable = c >= ' ' && c <= '~';
    return diagnose(source_, at_,
                    printable
                        ? fmt::format("expected a value or operator, found '{}'", c)
                        : std::string{"expected a value or operator, found a character outside the language"},
                    "expressions hold names, numbers, + - * /, comparisons, and/or/not, function calls");
  }

  Result<Token> number() {
    double value = 0;
    auto begin = source_.data() + at_;
    auto [end, code] = std::from_chars(begin, source_.data() + source_.size(), value);
    auto length = static_cast<std::size_t>(end - begin);
    if (code != std::errc{} || !std::isfinite(value))
      return tl::unexpected(diagnose(source_, at_, "expected a number a double can hold"));
    if (at_ + length < source_.size() && (is_word(source_[at_ + length]) || source_[at_ + length] == '.'))
      return tl::unexpected(
          diagnose(source_, at_ + length,
                   fmt::format("expected an operator after the number, found '{}'", source_[at_ + length]),
                   "names start with a letter; parameters stand for numbers with a name"));
    auto token = take(TokenKind::number, length);
    token.number = value;
    return token;
  }

  Result<Token> name() {
    auto end = at_;
    while (end < source_.size() && is_word(source_[end])) {
      while (end < source_.size() && is_word(source_[end]))
        ++end;
      if (end + 1 < source_.size() && source_[end] == '.' && is_letter(source_[end + 1]))
        ++end;
    }
    return take(TokenKind::name, end - at_);
  }

  /// A mark, then one or more characters that `accepts`, then `close` unless that is 0.
  Result<Token> enclosed(TokenKind kind, bool (*accepts)(char), char close, const char* expected) {
    auto end = at_ + 1;
    while (end < source_.size() && accepts(source_[end]))
      ++end;
    if (end == at_ + 1 || (close != '\0' && (end == source_.size() || source_[end] != close)))
      return tl::unexpected(
          diagnose(source_, end, fmt::format("expected {}, found {}", expected, found_at(end))));
    Token token{kind, source_.substr(at_ + 1, end - at_ - 1), 0, static_cast<std::uint32_t>(at_)};
    at_ = end + (close != '\0' ? 1 : 0);
    return token;
  }

  std::string found_at(std::size_t offset) const {
    if (offset >= source_.size())
      return "the end";
    auto c = source_[offset];
    return c >= ' ' && c <= '~' ? fmt::format("'{}'", c) : "a character outside the language";
  }

  Token take(TokenKind kind, std::size_t length) {
    Token token{kind, source_.substr(at_, length), 0, static_cast<std::uint32_t>(at_)};
    at_ += length;
    return token;
  }

  std::string_view source_;
  std::size_t at_ = 0;
};

} // namespace

Result<std::vector<Token>> tokenize(std::string_view source) { return Lexer{source}.run(); }

std::string describe(const Token& token) {
  switch (token.kind) {
  case TokenKind::end:
    return "the end";
  case TokenKind::timeframe:
    return fmt::format("'@{}'", token.text);
  case TokenKind::symbol:
    return fmt::format("'[{}]'", token.text);
  case TokenKind::string:
    return fmt::format("\"{}\"", token.text);
  default:
    return fmt::format("'{}'", token.text);
  }
}

} // namespace finch::expression
