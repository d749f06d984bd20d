/// Numbers and text as reports print them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace finch::reporting {

/// `1,234.50`, with a typographic minus where negative; `–` where not finite.
[[nodiscard]] std::string money(double amount);
/// The same with a sign in front of gains too.
[[nodiscard]] std::string signed_money(double amount);
/// A fraction as `+1.25 %` or `1.25 %`.
[[nodiscard]] std::string percent(double fraction, bool sign = false);
/// Two decimals, or `–`.
[[nodiscard]] std::string ratio(double value);
/// `35,000,000`.
[[nodiscard]] std::string count(std::int64_t value);
/// `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 03 min`, `3 d 04 h`, `43 d`.
[[nodiscard]] std::string duration(double seconds);
/// Text made safe inside HTML elements and quoted attributes.
[[nodiscard]] std::string escape_html(std::string_view text);

/// A Markdown table whose source is aligned as well, so that it reads in a terminal. Cells must hold no line
/// breaks; bars in them are escaped. Columns named in `right` are aligned to the right.
[[nodiscard]] std::string markdown_table(const std::vector<std::string>& header,
                                         const std::vector<std::vector<std::string>>& rows,
                                         const std::vector<bool>& right);

} // namespace finch::reporting
