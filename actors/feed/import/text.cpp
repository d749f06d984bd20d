#include "actors/feed/import/text.hpp"

#include <fmt/format.h>

namespace finch::feed {

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

std::string fold(std::string_view text) {
  std::string out;
  for (auto symbol : text)
    if (symbol >= 'A' && symbol <= 'Z')
      out += static_cast<char>(symbol - 'A' + 'a');
    else if ((symbol >= 'a' && symbol <= 'z') || is_digit(symbol))
      out += symbol;
  return out;
}

std::string excerpt(std::string_view text, std::size_t limit) {
  std::string out;
  for (auto symbol : text.substr(0, limit))
    if (symbol >= ' ' && symbol <= '~')
      out += symbol;
    else
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(symbol));
  if (text.size() > limit)
    out += "…";
  return out;
}

} // namespace finch::feed
