/// How numbers, spans and tables are written for people.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace finch::runtime {

/// `35,000,000`.
[[nodiscard]] std::string human_count(std::int64_t value);
/// Three significant digits with a suffix: `35.0 M`, `1.20 k`, `999`.
[[nodiscard]] std::string human_short(double value);
/// Binary units: `94.3 MiB`.
[[nodiscard]] std::string human_bytes(double bytes);
/// `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 03 min`, `3 d 04 h`, `43 d`.
[[nodiscard]] std::string human_duration(double seconds);
/// A fraction as percent with two decimals and a sign: `+1.25 %`.
[[nodiscard]] std::string human_percent(double fraction);
/// An amount of quote currency with two decimals and separators: `−1,234.50`.
[[nodiscard]] std::string human_money(double amount);

/// Columns a terminal needs for UTF-8 `text`: one per code point, which holds for everything Finch prints.
[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;

/// The entry of `known` closest to `word` by edit distance, or empty when none is close enough to be a typo
/// of it.
[[nodiscard]] std::string nearest(std::string_view word, std::span<const std::string> known);

/// An aligned table: a header, a row per thing, columns padded to their widest cell. Columns whose cells all
/// look like numbers are aligned to the right.
class Table {
public:
  explicit Table(std::initializer_list<std::string_view> header) : header_(header.begin(), header.end()) {}
  explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}

  /// Missing cells are left blank, surplus ones are an error of the caller and dropped.
  Table& row(std::vector<std::string> cells);
  [[nodiscard]] std::size_t rows() const noexcept { return rows_.size(); }
  /// The whole table, each line ending in a newline; `bold` wraps the header in the escape for bold.
  [[nodiscard]] std::string text(bool bold = false) const;

private:
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

} // namespace finch::runtime
