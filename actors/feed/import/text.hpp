/// Small helpers for the names and headers of files.
#pragma once

#include <string>
#include <string_view>

namespace finch::feed {

[[nodiscard]] constexpr bool is_digit(char symbol) noexcept { return symbol >= '0' && symbol <= '9'; }

/// Without spaces and tabs at either end.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;
/// Lower case, letters and digits only: `is_buyer_maker` and `isBuyerMaker` fold to one word.
[[nodiscard]] std::string fold(std::string_view text);
/// At most `limit` bytes of the text with everything unprintable written as `\xHH`: fit for a message.
[[nodiscard]] std::string excerpt(std::string_view text, std::size_t limit = 80);

} // namespace finch::feed
