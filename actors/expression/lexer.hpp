/// Cuts expression text into tokens, each with its place.
#pragma once

#include "schemas/error.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace finch::expression {

enum class TokenKind : std::uint8_t {
  number,
  name,      ///< a word, dots included; keywords and function names too
  timeframe, ///< what follows `@`, without it
  symbol,    ///< what stands in `[…]`, without the brackets
  string,    ///< what stands in quotes, without them
  sign,      ///< an operator, comma or parenthesis
  end
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string_view text; ///< into the source
  double number = 0;
  std::uint32_t offset = 0;
};

/// The tokens of `source`, the last of kind `end`. Fails at the first character that belongs to no token.
[[nodiscard]] Result<std::vector<Token>> tokenize(std::string_view source);

/// How a token is named in an error: `'and'`, `a number`, `the end`.
[[nodiscard]] std::string describe(const Token& token);

} // namespace finch::expression
