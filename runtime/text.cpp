#include "runtime/text.hpp"

#include "actors/reporting/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <numeric>

namespace finch::runtime {

namespace {

std::string three_digits(double value) {
  auto magnitude = std::abs(value);
  return fmt::format("{:.{}f}", value, magnitude < 9.995 ? 2 : magnitude < 99.95 ? 1 : 0);
}

bool looks_numeric(std::string_view cell) {
  if (cell.empty() || cell == "–" || cell == "-")
    return true;
  auto first = cell.find_first_not_of("+-−");
  return first != std::string_view::npos && std::isdigit(static_cast<unsigned char>(cell[first])) &&
         std::count(cell.begin(), cell.end(), '.') < 2 && cell.find_first_of(":T/") == std::string_view::npos;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      auto change = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({row[j] + 1, row[j + 1] + 1, change}));
    }
  }
  return row.back();
}

} // namespace

std::string human_count(std::int64_t value) { return reporting::count(value); }

std::string human_short(double value) {
  static constexpr std::array suffixes{"", " k", " M", " G", " T"};
  if (!std::isfinite(value))
    return "–";
  auto step = std::size_t{0};
  while (std::abs(value) >= 999.5 && step + 1 < suffixes.size()) {
    value /= 1000;
    ++step;
  }
  if (step == 0 && value == std::floor(value))
    return fmt::format("{:.0f}", value);
  return three_digits(value) + suffixes[step];
}

std::string human_bytes(double bytes) {
  static constexpr std::array suffixes{" B", " KiB", " MiB", " GiB", " TiB"};
  auto step = std::size_t{0};
  while (std::abs(bytes) >= 1023.5 && step + 1 < suffixes.size()) {
    bytes /= 1024;
    ++step;
  }
  return (step == 0 ? fmt::format("{:.0f}", bytes) : three_digits(bytes)) + suffixes[step];
}

std::string human_duration(double seconds) { return reporting::duration(seconds); }

std::string human_percent(double fraction) { return reporting::percent(fraction, true); }

std::string human_money(double amount) { return reporting::money(amount); }

std::size_t display_width(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string nearest(std::string_view word, std::span<const std::string> known) {
  std::string best;
  // A typo changes a letter or two; in short words two changes already make another word.
  auto limit = std::max<std::size_t>(1, word.size() / 3);
  for (const auto& candidate : known) {
    auto prefix = candidate.starts_with(word) && word.size() >= 3;
    auto distance = prefix ? 1 : edit_distance(word, candidate);
    if (distance <= limit && (best.empty() || distance < edit_distance(word, best)))
      best = candidate;
  }
  return best;
}

Table& Table::row(std::vector<std::string> cells) {
  cells.resize(header_.size());
  rows_.push_back(std::move(cells));
  return *this;
}

std::string Table::text(bool bold) const {
  std::vector<std::size_t> width;
  std::vector<bool> right;
  for (std::size_t column = 0; column < header_.size(); ++column) {
    auto widest = display_width(header_[column]);
    for (const auto& cells : rows_)
      widest = std::max(widest, display_width(cells[column]));
    width.push_back(widest);
    right.push_back(!rows_.empty() && std::all_of(rows_.begin(), rows_.end(), [column](const auto& cells) {
      return looks_numeric(cells[column]);
    }));
  }
  auto line = [&](const std::vector<std::string>& cells) {
    std::string out;
    for (std::size_t column = 0; column < cells.size(); ++column) {
      auto padding = std::string(width[column] - display_width(cells[column]), ' ');
      out += column ? "  " : "";
      out += right[column] ? padding + cells[column] : cells[column] + padding;
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return out;
  };
  auto out = bold ? "\033[1m" + line(header_) + "\033[0m\n" : line(header_) + "\n";
  for (const auto& cells : rows_)
    out += line(cells) + "\n";
  return out;
}

} // namespace finch::runtime
