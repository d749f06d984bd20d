#include "actors/reporting/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace finch::reporting {

namespace {

constexpr auto none = "–";
constexpr auto minus = "−";

std::string grouped(std::string digits) {
  auto point = std::min(digits.find('.'), digits.size());
  for (auto i = static_cast<std::ptrdiff_t>(point) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), 1, ',');
  return digits;
}

std::string with_sign(double value, std::string magnitude, bool plus) {
  // A loss too small to print must not read as a negative nothing.
  auto zero = magnitude.find_first_of("123456789") == std::string::npos;
  if (zero)
    return magnitude;
  return (value < 0 ? minus : plus ? "+" : "") + magnitude;
}

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

} // namespace

std::string money(double amount) {
  return std::isfinite(amount) ? with_sign(amount, grouped(fmt::format("{:.2f}", std::abs(amount))), false)
                               : none;
}

std::string signed_money(double amount) {
  return std::isfinite(amount) ? with_sign(amount, grouped(fmt::format("{:.2f}", std::abs(amount))), true)
                               : none;
}

std::string percent(double fraction, bool sign) {
  return std::isfinite(fraction)
             ? with_sign(fraction, fmt::format("{:.2f}", std::abs(fraction) * 100), sign) + " %"
             : none;
}

std::string ratio(double value) {
  return std::isfinite(value) ? with_sign(value, fmt::format("{:.2f}", std::abs(value)), false) : none;
}

std::string count(std::int64_t value) {
  return (value < 0 ? minus : "") + grouped(std::to_string(value < 0 ? -value : value));
}

std::string duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0)
    return none;
  if (seconds < 0.9995)
    return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 59.95)
    return fmt::format("{:.1f} s", seconds);
  auto whole = std::llround(seconds);
  if (whole < 3'600)
    return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  if (whole < 86'400)
    return fmt::format("{} h {:02} min", whole / 3'600, whole % 3'600 / 60);
  auto hours = whole % 86'400 / 3'600;
  return hours ? fmt::format("{} d {:02} h", whole / 86'400, hours) : fmt::format("{} d", whole / 86'400);
}

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (auto c : text)
    switch (c) {
    case '&':
      out += "&amp;";
      break;
    case '<':
      out += "&lt;";
      break;
    case '>':
      out += "&gt;";
      break;
    case '"':
      out += "&quot;";
      break;
    case '\'':
      out += "&#39;";
      break;
    default:
      out += c;
    }
  return out;
}

std::string markdown_table(const std::vector<std::string>& header,
                           const std::vector<std::vector<std::string>>& rows,
                           const std::vector<bool>& right) {
  auto escaped = [](std::string cell) {
    for (auto at = cell.find('|'); at != std::string::npos; at = cell.find('|', at + 2))
      cell.insert(at, 1, '\\');
    return cell;
  };
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < header.size(); ++column) {
    auto widest = std::max<std::size_t>(3, width(header[column]));
    for (const auto& row : rows)
      widest = std::max(widest, width(escaped(row[column])));
    widths.push_back(widest);
  }
  auto line = [&](const std::vector<std::string>& cells) {
    std::string out = "|";
    for (std::size_t column = 0; column < cells.size(); ++column) {
      auto cell = escaped(cells[column]);
      auto padding = std::string(widths[column] - width(cell), ' ');
      out += right[column] ? fmt::format(" {}{} |", padding, cell) : fmt::format(" {}{} |", cell, padding);
    }
    return out + "\n";
  };
  auto out = line(header) + "|";
  for (std::size_t column = 0; column < header.size(); ++column)
    out += std::string(widths[column] + 1, '-') + (right[column] ? ":|" : "-|");
  out += "\n";
  for (const auto& row : rows)
    out += line(row);
  return out;
}

} // namespace finch::reporting
