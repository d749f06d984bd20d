/// From text to tree.
#pragma once

#include "actors/expression/ast.hpp"
#include "schemas/error.hpp"

#include <string_view>

namespace finch::expression {

/// Limits of one expression. They bound what evaluating a generated rule can cost.
inline constexpr std::size_t max_source_bytes = 4'096;
inline constexpr std::size_t max_nodes = 256;
inline constexpr std::size_t max_depth = 32;
inline constexpr std::size_t max_voters = 16;      ///< strategies one `votes` may name
inline constexpr std::size_t max_lookback = 1'000; ///< rows before the current one

/// Words with a meaning of their own, which no parameter or strategy may take.
[[nodiscard]] bool is_reserved(std::string_view word);

/// Parses the whole of `source`. Knows the grammar and the functions' names and arity, nothing about
/// features. The error names the column, what was expected and what was found.
[[nodiscard]] Result<Expression> parse(std::string_view source);

} // namespace finch::expression
