#include "actors/expression/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace finch::expression {

namespace {

constexpr std::size_t excerpt_before = 60, excerpt_after = 40;

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

/// Levenshtein distance with two rows.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> previous(b.size() + 1), current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    previous[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    current[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j)
      current[j + 1] =
          std::min({previous[j + 1] + 1, current[j] + 1, previous[j] + (a[i] == b[j] ? std::size_t{0} : 1)});
    std::swap(previous, current);
  }
  return previous[b.size()];
}

} // namespace

Error diagnose(std::string_view source, std::size_t offset, const std::string& what, std::string remedy) {
  offset = std::min(offset, source.size());
  auto begin = offset > excerpt_before ? offset - excerpt_before : 0;
  while (begin < offset && !starts_character(source[begin]))
    ++begin;
  auto end = std::min(source.size(), offset + excerpt_after);
  while (end < source.size() && !starts_character(source[end]))
    ++end;
  std::string excerpt{source.substr(begin, end - begin)};
  for (auto& c : excerpt)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7F)
      c = ' ';
  auto indent = characters(source.substr(begin, offset - begin));
  return Error{Category::bad_input,
               fmt::format("column {}: {}\n  {}\n  {}^", characters(source.substr(0, offset)) + 1, what,
                           excerpt, std::string(indent, ' ')),
               std::move(remedy)};
}

std::string closest(std::string_view name, const std::vector<std::string>& candidates) {
  // A third of the name may differ: beyond that a suggestion misleads.
  auto best = std::max<std::size_t>(1, name.size() / 3) + 1;
  std::string found;
  if (name.size() > 64)
    return found;
  for (const auto& candidate : candidates) {
    auto d = distance(name, candidate);
    if (d < best) {
      best = d;
      found = candidate;
    }
  }
  return found;
}

} // namespace finch::expression
